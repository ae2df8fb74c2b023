// How attempts end in SQLite. Finished runs move to the history, set by set; every other outcome puts a run back in line.
// Each write names the fence: where the run is no longer held under it, nothing changes but the journal.
import type { Instant } from "../base/clock.ts";
import { inFifo } from "../run/place.ts";
import {
  backOf,
  endingOf,
  isFinal,
  noteOfBack,
  noteOfEnding,
  noteOfStale,
  type Ending,
  type Final,
  type PutBack,
} from "../storage/ending.ts";
import type { Outcome, SettleRequest } from "../storage/runs.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { ownLine } from "../storage/own-line.ts";
import { decodeLanes } from "../storage/flow-row.ts";
import type { SqliteLanes } from "./sqlite-lanes.ts";
import { noteStale } from "./late-events.ts";
import { countTaskRun } from "./task-counters.ts";
import type { WriteContext } from "./write-context.ts";

const kept =
  "id, action, params, task_id, scheduled_for, due_at, priority, attempt, max_attempts, pass, passes, cluster, lanes, rates, key, fifo, parent_id, tags, options, started_at, progress, first_seq";
const move = `INSERT INTO run_history (${kept}, state, finished_at, node, result, error, reason, last_seq)
  SELECT ${kept.replaceAll(/\w+/g, "run.$&")}, ending.value ->> 2, ending.value ->> 3, run.node, ending.value ->> 4, ending.value ->> 5, ending.value ->> 6, ?2
  FROM json_each(?1) AS ending CROSS JOIN run ON run.id = ending.value ->> 0 WHERE run.attempt = ending.value ->> 1`;
/** What the end of a run means to others: to its task, and to those who wait behind it. */
const bound = `SELECT id, action, node, task_id, lanes, fifo, started_at FROM run
  WHERE id IN (SELECT value FROM json_each(?)) AND (task_id IS NOT NULL OR lanes IS NOT NULL OR fifo IS NOT NULL)`;
/** The first of a line moves up when nobody stands before it any more. */
const callFifo = `UPDATE run SET place = ${ownLine} WHERE id = (SELECT min(id) FROM run WHERE fifo = ?1 AND place = ?2)
  AND NOT EXISTS (SELECT 1 FROM run WHERE fifo = ?1 AND place IS NOT ?2)`;
const remove = "DELETE FROM run WHERE id IN (SELECT value FROM json_each(?))";
/** How many of these are held by that node under that fence. */
const countHeld = `SELECT count(*) AS held FROM json_each(?) AS one CROSS JOIN run ON run.id = one.value ->> 0
  WHERE run.fence = one.value ->> 1 AND run.node = ?`;

export class Settle {
  readonly #context: WriteContext;
  readonly #lanes: SqliteLanes;

  constructor(context: WriteContext, lanes: SqliteLanes) {
    this.#context = context;
    this.#lanes = lanes;
  }

  settle(request: SettleRequest): string[] {
    const actor = `node:${request.node}`;
    const { outcomes, stale } = firstOfEach(request.outcomes);
    const final = outcomes.filter(isFinal);
    const held = this.#held(request.node, final);
    if (held.length < final.length) stale.push(...final.filter((outcome) => !held.includes(outcome)));
    for (const outcome of outcomes) {
      if (!isFinal(outcome) && !this.#putBack(outcome, request.node, actor)) stale.push(outcome);
    }
    this.finish(held.map(endingOf), actor);
    noteStale(this.#context, actor, stale.map(noteOfStale));
    return stale.map((outcome) => outcome.id);
  }

  /** Nearly always all of them, which one count tells; only else they are asked one by one. */
  #held(node: string, outcomes: readonly Final[]): readonly Final[] {
    const count = (some: readonly Final[]): unknown =>
      this.#context.connection.get(
        countHeld,
        JSON.stringify(some.map(({ id, fence }) => [id, fence])),
        node,
      )?.["held"];
    if (outcomes.length === 0 || count(outcomes) === outcomes.length) return outcomes;
    return outcomes.filter((outcome) => count([outcome]) === 1);
  }

  /** Moves unfinished runs to the history, waiting or running. */
  finish(endings: readonly Ending[], actor: string): void {
    if (endings.length === 0) return;
    const { connection } = this.#context;
    const ids = JSON.stringify(endings.map((ending) => ending.id));
    const rows = endings.map(({ id, attempt, state, at, result, error, reason }) => [
      id,
      attempt,
      state,
      at,
      result,
      error,
      reason,
    ]);
    // No event about them can come later than the last of those that are written below.
    connection.run(move, JSON.stringify(rows), this.#context.journal.head + endings.length);
    const ties = connection.all(bound, ids);
    connection.run(remove, ids);
    this.#context.tally("live", -endings.length);
    this.#context.tally("running", -endings.filter((ending) => ending.startedAt !== null).length);
    for (const state of ["succeeded", "failed", "cancelled"] as const) {
      const ended = endings.filter((ending) => ending.state === state);
      if (ended.length === 0) continue;
      this.#context.tally(state, ended.length);
      this.#context.journal.addRuns(`run.${state}`, actor, ended.map(noteOfEnding));
    }
    if (ties.length > 0) this.#tellOthers(ties, new Map(endings.map((ending) => [ending.id, ending])));
  }

  #tellOthers(ties: readonly Row[], endings: ReadonlyMap<string, Ending>): void {
    for (const row of ties) {
      const runId = text(row["id"]);
      const ending = endings.get(runId);
      if (ending === undefined) continue;
      const ran = row["node"] !== null;
      const lanes = decodeLanes(row["lanes"]);
      if (ran) this.#lanes.leave(lanes, ending.at);
      else for (const lane of lanes) this.#lanes.callNext(lane, ending.at);
      if (typeof row["fifo"] === "string") this.#callFifo(row["fifo"], ending.at);
      if (typeof row["task_id"] !== "string") continue;
      const startedAt = ran && typeof row["started_at"] === "number" ? row["started_at"] : null;
      countTaskRun(this.#context, {
        ...ending,
        taskId: row["task_id"],
        runId,
        action: text(row["action"]),
        startedAt,
      });
    }
  }

  #callFifo(fifo: string, now: Instant): void {
    if (this.#context.connection.run(callFifo, fifo, inFifo(fifo)) > 0) this.#context.runDue(now);
  }

  #putBack(outcome: PutBack, node: string, actor: string): boolean {
    const { connection, journal } = this.#context;
    const row = connection.get(
      "SELECT action, lanes, pass FROM run WHERE id = ? AND node = ? AND fence = ?",
      outcome.id,
      node,
      outcome.fence,
    );
    if (row === undefined) return false;
    const action = text(row["action"]);
    const back = backOf(outcome, integer(row["pass"]));
    connection.run(
      `UPDATE run SET place = ${ownLine}, node = NULL, permit = NULL, due_at = ?, attempt = ?, pass = ?, params = coalesce(?, params), error = ?, progress = NULL
        WHERE id = ?`,
      back.dueAt,
      back.attempt,
      back.pass,
      back.params,
      back.error,
      outcome.id,
    );
    journal.addRuns(back.kind, actor, [noteOfBack(outcome, action, back)]);
    this.#context.tally("running", -1);
    this.#context.runDue(back.dueAt);
    if (row["lanes"] !== null) this.#lanes.leave(decodeLanes(row["lanes"]), outcome.at);
    return true;
  }
}

/** An attempt ends once: what is said of it a second time is stale. */
function firstOfEach(all: readonly Outcome[]): {
  readonly outcomes: readonly Outcome[];
  readonly stale: Outcome[];
} {
  const ids = new Set(all.map((outcome) => outcome.id));
  if (ids.size === all.length) return { outcomes: all, stale: [] };
  const outcomes = all.filter((outcome) => ids.delete(outcome.id));
  return { outcomes, stale: all.filter((outcome) => !outcomes.includes(outcome)) };
}
