// Runs in SQLite: the writing verbs. Claiming and settling have files of their own.
import type { Instant } from "../base/clock.ts";
import type { ClaimRequest, ClaimResult, KeyConflict, RunStorage, SettleRequest } from "../storage/runs.ts";
import { Claim } from "./claim.ts";
import { integer, text } from "../storage/row.ts";
import { Enqueue } from "./enqueue.ts";
import { noteStale } from "./late-events.ts";
import { Recover } from "./recover.ts";
import { Settle } from "./settle.ts";
import type { Ending } from "../storage/ending.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import { SqliteLanes } from "./sqlite-lanes.ts";
import type { SqliteRecords } from "./sqlite-records.ts";
import { SqliteProcesses } from "./sqlite-processes.ts";
import type { WriteContext } from "./write-context.ts";

const kept =
  "id, priority, action, params, task_id, scheduled_for, max_attempts, pass, passes, cluster, lanes, rates, fifo, parent_id, tags, options, error, first_seq";
/** A key that was given to another run meanwhile stays with that one. */
const revive = `INSERT INTO run (place, due_at, key, ${kept})
  SELECT ?, ?, CASE WHEN EXISTS (SELECT 1 FROM run WHERE run.action = old.action AND run.key = old.key) THEN NULL ELSE key END, ${kept}
  FROM run_history AS old WHERE id = ?`;

type Input<Verb extends keyof RunStorage> = Parameters<RunStorage[Verb]>[0];

export class SqliteRuns {
  readonly #context: WriteContext;
  readonly #enqueue: Enqueue;
  readonly #claim: Claim;
  readonly #settle: Settle;
  readonly #recover: Recover;
  /** They enqueue runs as well, and are taken over together with them. */
  readonly processes: SqliteProcesses;

  constructor(context: WriteContext, control: SqliteControl, records: SqliteRecords) {
    this.#context = context;
    const lanes = new SqliteLanes(context);
    this.#claim = new Claim(context, control, lanes);
    this.#settle = new Settle(context, lanes);
    this.#enqueue = new Enqueue(context, this.#settle);
    this.processes = new SqliteProcesses(context, { control, records, enqueue: this.#enqueue });
    this.#recover = new Recover(context, lanes, this.#settle, this.processes);
  }

  enqueue(request: Input<"enqueue">): KeyConflict[] {
    return this.#enqueue.enqueue(request);
  }

  claim(request: ClaimRequest): ClaimResult {
    return this.#claim.claim(request);
  }

  settle(request: SettleRequest): string[] {
    return this.#settle.settle(request);
  }

  progress(request: Input<"progress">): boolean {
    const { node, id, fence, fraction, note, now } = request;
    const { connection, journal } = this.#context;
    const sql = "UPDATE run SET progress = ? WHERE id = ? AND node = ? AND fence = ?";
    const held = connection.run(sql, fraction, id, node, fence) === 1;
    const notes = [[id, now, null, note ?? null, null, JSON.stringify({ fraction })]] as const;
    if (held) journal.addRuns("run.progressed", `node:${node}`, notes);
    else noteStale(this.#context, `node:${node}`, notes);
    return held;
  }

  cancel(request: Input<"cancel">): string[] {
    const rows = this.#context.connection.all(
      "SELECT id, attempt, node, started_at FROM run WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(request.ids),
    );
    const endings = rows.map((row): Ending => ({
      id: text(row["id"]),
      attempt: integer(row["attempt"]),
      state: "cancelled",
      at: request.now,
      startedAt: row["node"] !== null && typeof row["started_at"] === "number" ? row["started_at"] : null,
      result: null,
      error: null,
      reason: request.reason,
    }));
    this.#settle.finish(endings, request.actor);
    for (const { id, startedAt } of endings)
      if (startedAt !== null) this.#context.runCancelled({ id, reason: request.reason });
    return endings.map((ending) => ending.id);
  }

  redrive(request: Input<"redrive">): string[] {
    const { connection, journal } = this.#context;
    const ids = JSON.stringify(request.ids);
    const failed = connection.all(
      "SELECT id, action, fifo FROM run_history WHERE state = 'failed' AND id IN (SELECT value FROM json_each(?))",
      ids,
    );
    for (const row of failed) {
      const fifo = row["fifo"];
      const place = this.#enqueue.placeOf({
        action: text(row["action"]),
        ...(typeof fifo === "string" ? { fifo } : {}),
      });
      connection.run(revive, place, request.now, text(row["id"]));
      connection.run("DELETE FROM run_history WHERE id = ?", text(row["id"]));
    }
    journal.addRuns(
      "run.redriven",
      request.actor,
      failed.map((row) => [text(row["id"]), request.now, null, text(row["action"]), null, null]),
    );
    this.#context.tally("failed", -failed.length);
    this.#context.tally("live", failed.length);
    if (failed.length > 0) this.#context.runDue(request.now);
    return failed.map((row) => text(row["id"]));
  }

  recover(request: Input<"recover">): string[] {
    return this.#recover.recover(request.now);
  }

  /** What stands under the name of a node whose process is another one now, or gone. */
  takeOver(node: string, now: Instant): string[] {
    return this.#recover.takeOver(node, now);
  }
}
