// Runs in SQLite: the writing verbs. Claiming and settling have files of their own.
import { exemptActions } from "../run/controls.ts";
import { exempt, ready } from "../run/place.ts";
import type { ClaimRequest, ClaimResult, NewRun, RunStorage, SettleRequest } from "../storage/runs.ts";
import { Claim } from "./claim.ts";
import { integer, text } from "./connection.ts";
import { Recover } from "./recover.ts";
import { Settle, type Ending } from "./settle.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import { encodeLanes, SqliteLanes } from "./sqlite-lanes.ts";
import type { WriteContext } from "./write-context.ts";

const into = `INSERT INTO run (id, place, priority, due_at, action, params, task_id, scheduled_for, max_attempts, passes, cluster, lanes, parent_id, tags, options)
  VALUES `;
const tuple = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/** Many rows a statement: crossing into SQLite costs as much as a row does. */
const rowsPerStatement = 16;
const insertOne = into + tuple;
const insertMany = into + Array.from({ length: rowsPerStatement }, () => tuple).join(", ");

const kept =
  "id, priority, action, params, task_id, scheduled_for, max_attempts, pass, passes, cluster, lanes, parent_id, tags, options, error";
const revive = `INSERT INTO run (place, due_at, ${kept}) SELECT ?, ?, ${kept} FROM run_history WHERE id = ?`;

type Input<Verb extends keyof RunStorage> = Parameters<RunStorage[Verb]>[0];

export class SqliteRuns {
  readonly #context: WriteContext;
  readonly #claim: Claim;
  readonly #settle: Settle;
  readonly #recover: Recover;

  constructor(context: WriteContext, control: SqliteControl) {
    this.#context = context;
    const lanes = new SqliteLanes(context);
    this.#claim = new Claim(context, control, lanes);
    this.#settle = new Settle(context, lanes);
    this.#recover = new Recover(context, lanes, this.#settle);
  }

  enqueue(request: Input<"enqueue">): void {
    const { connection, journal } = this.#context;
    const rows = request.runs.map(rowOf);
    const whole = rows.length - (rows.length % rowsPerStatement);
    for (let from = 0; from < whole; from += rowsPerStatement)
      connection.run(insertMany, ...rows.slice(from, from + rowsPerStatement).flat());
    for (const row of rows.slice(whole)) connection.run(insertOne, ...row);
    journal.addRuns(
      "run.enqueued",
      request.actor,
      request.runs.map((run) => [run.id, request.now, causeOf(run), run.action, null, null]),
    );
    this.#context.runDue(
      request.runs.reduce((first, run) => Math.min(first, run.dueAt), Number.POSITIVE_INFINITY),
    );
    this.#context.tally("live", request.runs.length);
  }

  claim(request: ClaimRequest): ClaimResult {
    return this.#claim.claim(request);
  }

  settle(request: SettleRequest): string[] {
    return this.#settle.settle(request);
  }

  progress(request: Input<"progress">): boolean {
    const { node, id, attempt, fraction, note, now } = request;
    const { connection, journal } = this.#context;
    const sql = "UPDATE run SET progress = ? WHERE id = ? AND node = ? AND attempt = ?";
    const held = connection.run(sql, fraction, id, node, attempt) === 1;
    const kind = held ? "run.progressed" : "run.stale";
    journal.addRuns(kind, `node:${node}`, [
      [id, now, null, note ?? null, null, JSON.stringify({ fraction })],
    ]);
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
    return endings.map((ending) => ending.id);
  }

  redrive(request: Input<"redrive">): string[] {
    const { connection, journal } = this.#context;
    const ids = JSON.stringify(request.ids);
    const failed = connection.all(
      "SELECT id, action FROM run_history WHERE state = 'failed' AND id IN (SELECT value FROM json_each(?))",
      ids,
    );
    for (const row of failed) {
      connection.run(revive, placeOf(text(row["action"])), request.now, text(row["id"]));
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
}

type Value = string | number | null;

function rowOf(run: NewRun): Value[] {
  return [
    run.id,
    placeOf(run.action),
    run.priority,
    run.dueAt,
    run.action,
    run.params,
    run.taskId ?? null,
    run.scheduledFor,
    run.maxAttempts,
    run.passes,
    run.cluster ?? null,
    encodeLanes(run.lanes),
    run.parentId ?? null,
    run.tags.length === 0 ? null : JSON.stringify(run.tags),
    run.options ?? null,
  ];
}

function placeOf(action: string): string {
  return exemptActions.has(action) ? exempt : ready;
}

/** A scheduled run is caused by its task, another by the run that asked for it. */
function causeOf(run: NewRun): string | null {
  if (run.taskId !== undefined) return `task:${run.taskId}`;
  return run.parentId === undefined ? null : `run:${run.parentId}`;
}
