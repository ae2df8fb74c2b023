// Keeping new runs in SQLite. Runs without a key and without a line, which is nearly all, go in many rows a statement;
// the others are looked at one by one, in their order, because each may stand in the way of the next.
import { exemptActions } from "../run/controls.ts";
import { exempt, inFifo, ready } from "../run/place.ts";
import type { KeyConflict, NewRun, RunRecord, RunStorage } from "../storage/runs.ts";
import { EscapementError } from "../base/errors.ts";
import type { RunNote } from "../storage/journal.ts";
import { runReads, type RunReads } from "./run-reads.ts";
import type { Settle } from "./settle.ts";
import { encodeFlow } from "../storage/flow-row.ts";
import { causeOf } from "../storage/run-row.ts";
import type { WriteContext } from "./write-context.ts";
import { text } from "../storage/row.ts";

const columns =
  "id, place, priority, due_at, action, params, task_id, scheduled_for, max_attempts, passes, cluster, lanes, rates, key, fifo, parent_id, tags, options, first_seq";
const tuple = `(${columns.replaceAll(/\w+/g, "?")})`;
const into = `INSERT INTO run (${columns}) VALUES `;
/** Crossing into SQLite costs as much as a row does. */
const rowsPerStatement = 16;
const insertOne = into + tuple;
const insertMany = into + Array.from({ length: rowsPerStatement }, () => tuple).join(", ");
const live = "SELECT id FROM run WHERE action = ? AND key = ?";
const finished = "SELECT id FROM run_history WHERE action = ? AND key = ? ORDER BY id DESC LIMIT 1";

type Request = Parameters<RunStorage["enqueue"]>[0];

export class Enqueue {
  readonly #context: WriteContext;
  readonly #settle: Settle;
  readonly #reads: RunReads;

  constructor(context: WriteContext, settle: Settle) {
    this.#context = context;
    this.#settle = settle;
    this.#reads = runReads(context.connection);
  }

  enqueue(request: Request): KeyConflict[] {
    const conflicts: KeyConflict[] = [];
    let plain: NewRun[] = [];
    for (const run of request.runs) {
      if (run.key === undefined && run.fifo === undefined) {
        plain.push(run);
        continue;
      }
      this.#insert(plain, request);
      plain = [];
      const existing = this.#conflict(run, request);
      if (existing === undefined) this.#insert([run], request);
      else conflicts.push({ id: run.id, existing });
    }
    this.#insert(plain, request);
    return conflicts;
  }

  #insert(runs: readonly NewRun[], request: Request): void {
    if (runs.length === 0) return;
    const { connection, journal } = this.#context;
    const first = journal.head + 1;
    const rows = runs.map((run, index) => rowOf(run, this.placeOf(run), first + index));
    const whole = rows.length - (rows.length % rowsPerStatement);
    for (let from = 0; from < whole; from += rowsPerStatement) {
      connection.run(insertMany, ...rows.slice(from, from + rowsPerStatement).flat());
    }
    for (const row of rows.slice(whole)) connection.run(insertOne, ...row);
    journal.addRuns(
      "run.enqueued",
      request.actor,
      runs.map((run): RunNote => [run.id, request.now, causeOf(run), run.action, null, null]),
    );
    this.#context.tally("live", runs.length);
    this.#context.runDue(runs.reduce((first, run) => Math.min(first, run.dueAt), Number.POSITIVE_INFINITY));
  }

  /** Where a run waits at first: behind the others of its line, or ready. */
  placeOf(run: Pick<NewRun, "action" | "fifo">): string {
    if (
      run.fifo !== undefined &&
      this.#context.connection.get("SELECT 1 FROM run WHERE fifo = ? LIMIT 1", run.fifo) !== undefined
    )
      return inFifo(run.fifo);
    return exemptActions.has(run.action) ? exempt : ready;
  }

  /** The run that has the key already and keeps it. */
  #conflict(run: NewRun, request: Request): RunRecord | undefined {
    if (run.key === undefined) return undefined;
    const { onConflict = "return" } = run;
    const { connection, journal } = this.#context;
    const row =
      connection.get(live, run.action, run.key) ??
      (onConflict === "replace" ? undefined : connection.get(finished, run.action, run.key));
    const existing = row === undefined ? undefined : this.#reads.get({ id: text(row["id"]) });
    if (existing === undefined) return undefined;
    switch (onConflict) {
      case "return":
        return existing;
      case "reject":
        throw new EscapementError(
          "run.conflict",
          `Action "${run.action}" has run ${existing.id} with the key ${JSON.stringify(run.key)} already: use another key, or another onConflict.`,
          {
            details: { key: run.key, existing: existing.id },
          },
        );
      case "drop":
        journal.addRuns("run.skipped", request.actor, [
          [
            run.id,
            request.now,
            `run:${existing.id}`,
            `dropped: run ${existing.id} has the same key`,
            null,
            null,
          ],
        ]);
        return existing;
      case "replace":
        this.#replace(existing, run, request);
        return undefined;
    }
  }

  /** One that waits is cancelled; one that runs goes on, but the key is the new one's. */
  #replace(existing: RunRecord, run: NewRun, request: Request): void {
    if (existing.state === "running") {
      this.#context.connection.run("UPDATE run SET key = NULL WHERE id = ?", existing.id);
      return;
    }
    const reason = `replaced by run ${run.id}`;
    const ending = {
      id: existing.id,
      attempt: existing.attempt,
      state: "cancelled",
      at: request.now,
      startedAt: null,
      result: null,
      error: null,
      reason,
    } as const;
    this.#settle.finish([ending], request.actor);
  }
}

type Value = string | number | null;

function rowOf(run: NewRun, place: string, firstSeq: number): Value[] {
  return [
    run.id,
    place,
    run.priority,
    run.dueAt,
    run.action,
    run.params,
    run.taskId ?? null,
    run.scheduledFor,
    run.maxAttempts,
    run.passes,
    run.cluster ?? null,
    encodeFlow(run.lanes),
    encodeFlow(run.rates),
    run.key ?? null,
    run.fifo ?? null,
    run.parentId ?? null,
    run.tags.length === 0 ? null : JSON.stringify(run.tags),
    run.options ?? null,
    firstSeq,
  ];
}
