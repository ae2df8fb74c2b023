// Takes over the runs and processes of nodes whose lease is over. Runs are tried again, or failed as lost when the attempts are used up.
import type { Instant } from "../base/clock.ts";
import { lost } from "../storage/ending.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { ownLine } from "../storage/own-line.ts";
import { decodeLanes } from "../storage/flow-row.ts";
import type { SqliteLanes } from "./sqlite-lanes.ts";
import type { Settle } from "./settle.ts";
import type { SqliteProcesses } from "./sqlite-processes.ts";
import type { WriteContext } from "./write-context.ts";

export class Recover {
  readonly #context: WriteContext;
  readonly #lanes: SqliteLanes;
  readonly #settle: Settle;
  readonly #processes: SqliteProcesses;

  constructor(context: WriteContext, lanes: SqliteLanes, settle: Settle, processes: SqliteProcesses) {
    this.#processes = processes;
    this.#context = context;
    this.#lanes = lanes;
    this.#settle = settle;
  }

  /** Looks through all live rows, which is rare enough: running rows are in no index, because every run would pay for it. */
  recover(now: Instant): string[] {
    const over = this.#context.connection.all("SELECT node FROM lease WHERE lease_until <= ?", now);
    return over.flatMap((lease) => this.takeOver(text(lease["node"]), now));
  }

  /** Ends the lease of a node, if it has one, and takes over whatever stands under its name. */
  takeOver(node: string, now: Instant): string[] {
    const { connection, journal } = this.#context;
    const leases = connection.run("DELETE FROM lease WHERE node = ?", node);
    const lost = connection.all(
      "SELECT id, action, attempt, max_attempts, lanes, started_at FROM run WHERE node = ?",
      node,
    );
    const processes = this.#processes.takeOver(node, now);
    if (leases === 0 && lost.length === 0 && processes === 0) return [];
    journal.add({
      at: now,
      kind: "node.lost",
      actor: "system",
      subject: `node:${node}`,
      data: { runs: lost.length, ...(processes === 0 ? {} : { processes }) },
    });
    for (const row of lost) this.#recoverOne(row, node, now);
    return lost.map((row) => text(row["id"]));
  }

  #recoverOne(row: Row, node: string, now: Instant): void {
    const id = text(row["id"]);
    const attempt = integer(row["attempt"]);
    const message = `Node "${node}" stopped renewing its lease while this run was at attempt ${attempt}.`;
    const error = JSON.stringify({ name: "EscapementError", code: "run.lost", message });
    this.#context.journal.addRuns("run.lost", "system", [
      [id, now, `node:${node}`, text(row["action"]), null, JSON.stringify({ node, attempt })],
    ]);
    if (attempt >= integer(row["max_attempts"])) {
      this.#settle.finish(
        [
          {
            id,
            attempt,
            state: "failed",
            at: now,
            startedAt: integer(row["started_at"]),
            result: null,
            error,
            reason: lost,
          },
        ],
        "system",
      );
      return;
    }
    this.#context.connection.run(
      `UPDATE run SET place = ${ownLine}, node = NULL, permit = NULL, due_at = ?, error = ?, progress = NULL WHERE id = ?`,
      now,
      error,
      id,
    );
    this.#context.tally("running", -1);
    this.#lanes.leave(decodeLanes(row["lanes"]), now);
    this.#context.runDue(now);
  }
}
