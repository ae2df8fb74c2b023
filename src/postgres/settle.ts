// How attempts end in PostgreSQL. Runs that succeeded and that nobody waits for are one statement; everything else is a
// transaction that locks the rows first. Each write names the fence: where the run is no longer held under it, nothing
// changes but the journal.
import type { Instant } from "../base/clock.ts";
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
import { decodeLanes } from "../storage/flow-row.ts";
import { ownLine } from "../storage/own-line.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Outcome, SettleRequest } from "../storage/runs.ts";
import { ids, joined, numbers, onceOrList, texts, textsOrNull, wholeNumbers } from "./columns.ts";
import type { PostgresFifo } from "./postgres-fifo.ts";
import { countLane, type LaneCounts, type PostgresLanes } from "./postgres-lanes.ts";
import type { Session } from "./session.ts";
import { countTaskRuns } from "./task-counters.ts";
import type { WriteContext } from "./write-context.ts";

const settlePlain = `SELECT escapement.settle($1, $2::text, $3::bigint, $4::bigint[], $5::bigint, $6::bigint[], $7::double precision[], $8::text) AS moved`;
const lock = `SELECT id, action, task_id, lanes, fifo, node, fence, attempt, pass, started_at FROM escapement.run
  WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`;
const kept =
  "id, action, params, task_id, scheduled_for, due_at, priority, attempt, max_attempts, pass, passes, cluster, lanes, rates, key, fifo, parent_id, tags, options, started_at, progress, node";
const move = `WITH ending AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])
      AS ending (id, state, at, result, error, reason)
  ), gone AS (
    DELETE FROM escapement.run WHERE id = ANY ($1::text[]) RETURNING ${kept}
  ) INSERT INTO escapement.run_history (${kept}, state, finished_at, result, error, reason)
    SELECT ${kept.replaceAll(/\w+/g, "gone.$&")}, ending.state, ending.at, ending.result, ending.error, ending.reason
    FROM gone JOIN ending ON ending.id = gone.id`;
const putBack = `UPDATE escapement.run SET place = ${ownLine}, node = NULL, permit = NULL, due_at = back.due_at, attempt = back.attempt,
    pass = back.pass, params = coalesce(back.params, run.params), error = back.error, progress = NULL
  FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[], $5::text[], $6::text[])
    AS back (id, due_at, attempt, pass, params, error)
  WHERE run.id = ANY ($1::text[]) AND run.id = back.id`;

/** Rows are locked in the order of their ids by everybody, so that nobody waits in a circle; nearly always they are so. */
function inOrder<One extends { readonly id: string }>(list: readonly One[]): readonly One[] {
  const isSorted = list.every((one, index) => index === 0 || (list[index - 1]?.id ?? "") <= one.id);
  return isSorted ? list : list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Digits beyond that mean nothing, and would be sent for nothing. */
function toMicroseconds(durationMs: number): number {
  return Math.round(durationMs * 1_000) / 1_000;
}

export class Settle {
  readonly #lanes: PostgresLanes;
  readonly #fifo: PostgresFifo;

  constructor(lanes: PostgresLanes, fifo: PostgresFifo) {
    this.#lanes = lanes;
    this.#fifo = fifo;
  }

  async settle(session: Session, request: SettleRequest): Promise<string[]> {
    const rest = await this.#settlePlain(session, request);
    if (rest.length === 0) return [];
    return session.transact((context) => this.#settleLocked(context, request.node, rest));
  }

  /** Resolves to the outcomes that need more. */
  async #settlePlain(session: Session, request: SettleRequest): Promise<readonly Outcome[]> {
    const done = inOrder(request.outcomes.filter((outcome) => outcome.kind === "succeeded"));
    // An attempt ends once: where one is said to end twice, it has to be seen which came first.
    const ended = new Set(request.outcomes.map((outcome) => outcome.id));
    if (done.length === 0 || ended.size < request.outcomes.length) return request.outcomes;
    const ats = done.map((outcome) => outcome.at);
    const latest = ats.reduce((last, at) => Math.max(last, at), 0);
    const values = [
      joined(done.map((outcome) => outcome.id)),
      ...onceOrList(
        done.map((outcome) => outcome.fence),
        "bigint",
      ),
      Math.round(latest),
      ats.every((at) => at === latest) ? null : wholeNumbers(ats),
      numbers(done.map((outcome) => toMicroseconds(outcome.at - outcome.startedAt))),
      joined(done.map((outcome) => outcome.result)),
    ];
    const row = await session.direct((connection) => connection.get(settlePlain, request.node, ...values));
    session.tell({});
    const moved = row?.["moved"];
    if (!Array.isArray(moved)) return request.outcomes.filter((outcome) => outcome.kind !== "succeeded");
    const gone = new Set<unknown>(moved);
    return request.outcomes.filter((outcome) => outcome.kind !== "succeeded" || !gone.has(outcome.id));
  }

  async #settleLocked(context: WriteContext, node: string, outcomes: readonly Outcome[]): Promise<string[]> {
    const actor = `node:${node}`;
    const rows = await this.lock(
      context,
      outcomes.map((outcome) => outcome.id),
    );
    const held = new Map(rows.filter((row) => row["node"] === node).map((row) => [text(row["id"]), row]));
    const finals: Final[] = [];
    const backs: PutBack[] = [];
    const stale: Outcome[] = [];
    for (const outcome of outcomes) {
      if (held.get(outcome.id)?.["fence"] !== outcome.fence) stale.push(outcome);
      else if (isFinal(outcome)) finals.push(outcome);
      else backs.push(outcome);
      // The first outcome of an attempt is the one that counts.
      if (stale.at(-1) !== outcome) held.delete(outcome.id);
    }
    const byId = new Map(rows.map((row) => [text(row["id"]), row]));
    const left = await this.#putBack(context, backs, byId, actor);
    await this.finish(context, finals.map(endingOf), byId, actor, left);
    context.journal.addRuns("run.stale", actor, stale.map(noteOfStale));
    return stale.map((outcome) => outcome.id);
  }

  /** Unfinished runs, so that nobody else ends them meanwhile. */
  lock(context: WriteContext, runs: readonly string[]): Promise<Row[]> {
    return context.connection.all(lock, ids(Array.from(new Set(runs)).sort()));
  }

  /** Ends locked rows as cancelled, waiting or running. */
  async cancel(
    context: WriteContext,
    rows: readonly Row[],
    by: { readonly reason: string; readonly actor: string; readonly now: Instant },
  ): Promise<string[]> {
    const endings = rows.map((row): Ending => ({
      id: text(row["id"]),
      attempt: integer(row["attempt"]),
      state: "cancelled",
      at: by.now,
      startedAt: row["node"] !== null && typeof row["started_at"] === "number" ? row["started_at"] : null,
      result: null,
      error: null,
      reason: by.reason,
    }));
    await this.finish(context, endings, new Map(rows.map((row) => [text(row["id"]), row])), by.actor);
    const running = endings.filter((ending) => ending.startedAt !== null);
    if (running.length > 0) context.tell({ cancelled: running.map(({ id }) => ({ id, reason: by.reason })) });
    return endings.map((ending) => ending.id);
  }

  /** Moves locked rows to the history. `left` are seats that others have left besides. */
  async finish(
    context: WriteContext,
    endings: readonly Ending[],
    rows: ReadonlyMap<string, Row>,
    actor: string,
    left: LaneCounts = new Map(),
  ): Promise<void> {
    if (endings.length > 0) await this.#move(context, endings, actor);
    await this.#tellOthers(context, endings, rows, left);
  }

  async #move(context: WriteContext, endings: readonly Ending[], actor: string): Promise<void> {
    await context.connection.run(
      move,
      ids(endings.map((ending) => ending.id)),
      texts(endings.map((ending) => ending.state)),
      wholeNumbers(endings.map((ending) => ending.at)),
      textsOrNull(endings.map((ending) => ending.result)),
      textsOrNull(endings.map((ending) => ending.error)),
      textsOrNull(endings.map((ending) => ending.reason)),
    );
    context.tally("live", -endings.length);
    context.tally("running", -endings.filter((ending) => ending.startedAt !== null).length);
    for (const state of ["succeeded", "failed", "cancelled"] as const) {
      const ended = endings.filter((ending) => ending.state === state);
      context.tally(state, ended.length);
      context.journal.addRuns(`run.${state}`, actor, ended.map(noteOfEnding));
    }
  }

  /** The task of a run, and those who wait behind it. Everybody locks in this order: runs, tasks, lines, lanes. */
  async #tellOthers(
    context: WriteContext,
    endings: readonly Ending[],
    rows: ReadonlyMap<string, Row>,
    left: LaneCounts,
  ): Promise<void> {
    const called: LaneCounts = new Map();
    // A seat that is left may be taken at once.
    const at = Math.max(0, ...endings.map((ending) => ending.at));
    await countTaskRuns(context, endings, rows);
    for (const ending of endings) {
      const counts = ending.startedAt === null ? called : left;
      for (const lane of decodeLanes(rows.get(ending.id)?.["lanes"])) countLane(counts, lane);
    }
    const lines = endings.map((ending) => rows.get(ending.id)?.["fifo"]);
    await this.#fifo.leave(context, lines, at);
    await this.#lanes.leave(context, left, at);
    await this.#lanes.callNext(context, called, at);
  }

  /** Resolves to the seats that they leave. */
  async #putBack(
    context: WriteContext,
    outcomes: readonly PutBack[],
    rows: ReadonlyMap<string, Row>,
    actor: string,
  ): Promise<LaneCounts> {
    const left: LaneCounts = new Map();
    if (outcomes.length === 0) return left;
    const backs = outcomes.map((outcome) => {
      const row = rows.get(outcome.id);
      const back = backOf(outcome, integer(row?.["pass"]));
      context.journal.addRuns(back.kind, actor, [noteOfBack(outcome, text(row?.["action"]), back)]);
      context.runDue(back.dueAt);
      for (const lane of decodeLanes(row?.["lanes"])) countLane(left, lane);
      return back;
    });
    await context.connection.run(
      putBack,
      ids(outcomes.map((outcome) => outcome.id)),
      wholeNumbers(backs.map((back) => back.dueAt)),
      numbers(backs.map((back) => back.attempt)),
      numbers(backs.map((back) => back.pass)),
      textsOrNull(backs.map((back) => back.params)),
      textsOrNull(backs.map((back) => back.error)),
    );
    context.tally("running", -outcomes.length);
    return left;
  }
}
