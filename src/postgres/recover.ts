// Takes over the runs and processes of nodes whose lease is over. Runs are tried again, or failed as lost when the attempts are used up.
import type { Instant } from "../base/clock.ts";
import type { Ending } from "../storage/ending.ts";
import { decodeLanes } from "../storage/flow-row.ts";
import { ownLine } from "../storage/own-line.ts";
import { lost } from "../storage/ending.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { ids, texts } from "./columns.ts";
import { countLane, type LaneCounts } from "./postgres-lanes.ts";
import type { PostgresProcesses } from "./postgres-processes.ts";
import type { Session } from "./session.ts";
import type { Settle } from "./settle.ts";
import type { WriteContext } from "./write-context.ts";

const over = "SELECT node FROM escapement.lease WHERE lease_until <= $1 ORDER BY node";
const end = "DELETE FROM escapement.lease WHERE node = $1 AND lease_until <= $2";
/** Running rows are in no index, because every run would pay for it: this looks through all live rows. */
const heldBy = `SELECT id, action, attempt, max_attempts, task_id, lanes, fifo, node, started_at FROM escapement.run
  WHERE node = $1 ORDER BY id FOR UPDATE`;
const free = `UPDATE escapement.run SET place = ${ownLine}, node = NULL, permit = NULL, due_at = $2, error = lost.error, progress = NULL
  FROM unnest($1::text[], $3::text[]) AS lost (id, error) WHERE run.id = ANY ($1::text[]) AND run.id = lost.id`;

export class Recover {
  readonly #settle: Settle;
  readonly #processes: PostgresProcesses;

  constructor(settle: Settle, processes: PostgresProcesses) {
    this.#processes = processes;
    this.#settle = settle;
  }

  async recover(session: Session, now: Instant): Promise<string[]> {
    const nodes = await session.read((connection) => connection.all(over, Math.round(now)));
    const recovered: string[] = [];
    for (const row of nodes) {
      const node = text(row["node"]);
      // Another node may have been quicker, or the lease may have been renewed after all.
      recovered.push(...(await session.transact((context) => this.takeOver(context, node, now, now))));
    }
    return recovered;
  }

  /** Ends the lease of a node, if it has one that is over by `until`, and takes over whatever stands under its name. */
  async takeOver(
    context: WriteContext,
    node: string,
    now: Instant,
    until: Instant = Number.MAX_SAFE_INTEGER,
  ): Promise<string[]> {
    const { connection, journal } = context;
    const leases = await connection.run(end, node, Math.round(until));
    if (leases === 0 && until !== Number.MAX_SAFE_INTEGER) return [];
    const processes = await this.#processes.takeOver(context, node, now);
    await connection.exec("SET LOCAL enable_seqscan = on");
    const lost = await connection.all(heldBy, node);
    await connection.exec("SET LOCAL enable_seqscan = off");
    if (leases === 0 && lost.length === 0 && processes === 0) return [];
    journal.add({
      at: now,
      kind: "node.lost",
      actor: "system",
      subject: `node:${node}`,
      data: { runs: lost.length, ...(processes === 0 ? {} : { processes }) },
    });
    await this.#recover(context, lost, node, now);
    return lost.map((row) => text(row["id"]));
  }

  async #recover(context: WriteContext, lost: readonly Row[], node: string, now: Instant): Promise<void> {
    if (lost.length === 0) return;
    const errors = new Map(lost.map((row) => [text(row["id"]), errorOf(node, integer(row["attempt"]))]));
    for (const row of lost) {
      const data = JSON.stringify({ node, attempt: integer(row["attempt"]) });
      context.journal.addRuns("run.lost", "system", [
        [text(row["id"]), now, `node:${node}`, text(row["action"]), null, data],
      ]);
    }
    const spent = lost.filter((row) => integer(row["attempt"]) >= integer(row["max_attempts"]));
    const again = lost.filter((row) => !spent.includes(row));
    const left = await this.#putBack(context, again, errors, now);
    const endings = spent.map((row) => endingOf(row, errors, now));
    const byId = new Map(lost.map((row) => [text(row["id"]), row]));
    await this.#settle.finish(context, endings, byId, "system", left);
  }

  /** Resolves to the seats that they leave. */
  async #putBack(
    context: WriteContext,
    rows: readonly Row[],
    errors: ReadonlyMap<string, string>,
    now: Instant,
  ): Promise<LaneCounts> {
    const left: LaneCounts = new Map();
    if (rows.length === 0) return left;
    const found = rows.map((row) => text(row["id"]));
    await context.connection.run(free, ids(found), Math.round(now), texts(found.map((id) => errors.get(id))));
    context.tally("running", -rows.length);
    for (const row of rows) for (const lane of decodeLanes(row["lanes"])) countLane(left, lane);
    context.runDue(now);
    return left;
  }
}

function errorOf(node: string, attempt: number): string {
  const message = `Node "${node}" stopped renewing its lease while this run was at attempt ${attempt}.`;
  return JSON.stringify({ name: "EscapementError", code: "run.lost", message });
}

function endingOf(row: Row, errors: ReadonlyMap<string, string>, now: Instant): Ending {
  const id = text(row["id"]);
  return {
    id,
    attempt: integer(row["attempt"]),
    state: "failed",
    at: now,
    startedAt: integer(row["started_at"]),
    result: null,
    error: errors.get(id) ?? null,
    reason: lost,
  };
}
