// Tasks in PostgreSQL: load and lock, ask the pure functions of task/, write down the answer. Any node may fire any
// task; one that another node is looking at is passed over. Locks are taken in one order by everybody: controls, runs,
// tasks, lines, lanes.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { holdOf, type Controls } from "../run/controls.ts";
import { gateOf } from "../run/gate.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { decodeLive, decodeTask } from "../storage/task-row.ts";
import type { FireReport, FireRequest, TaskStorage, TraitsByAction } from "../storage/tasks.ts";
import {
  beforeEdit,
  createTask,
  fireTask,
  replaceTask,
  settleStopped,
  startTask,
  stopTask,
  type TaskChange,
} from "../task/change-task.ts";
import { RuleCache } from "../task/rule-cache.ts";
import type { TaskState } from "../task/task-state.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { Enqueue } from "./enqueue.ts";
import type { PostgresControl } from "./postgres-control.ts";
import type { Settle } from "./settle.ts";
import { TaskLedger } from "./task-ledger.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof TaskStorage> = Parameters<TaskStorage[Verb]>[0];

/** Registering one id at a time, also when there is no row yet that could be locked. */
const lockId = "SELECT pg_advisory_xact_lock(hashtextextended('escapement.task:' || $1, 0))";
const load = "SELECT * FROM escapement.task WHERE id = $1 FOR UPDATE";
/**
 * Running runs that firing may cancel are locked before their task, because the end of a run locks them in that order.
 * Those that wait are not: whoever calls the next of a line would take them for being on their way out.
 */
const lockRunsOfOne = `SELECT id FROM escapement.run WHERE task_id = $1 AND node IS NOT NULL ORDER BY id FOR UPDATE`;
const lockRunsOfDue = `SELECT id FROM escapement.run WHERE task_id = ANY (ARRAY(
    SELECT id FROM (SELECT id, definition FROM escapement.task WHERE next_due <= $1 ORDER BY next_due LIMIT $2) AS due
    WHERE definition LIKE '%"cancel running"%')) AND node IS NOT NULL
  ORDER BY id FOR UPDATE OF run`;
const loadDue = `SELECT * FROM escapement.task WHERE next_due <= $1 ORDER BY next_due LIMIT $2 FOR UPDATE SKIP LOCKED`;
const live = `SELECT id, task_id, node, place, permit, due_at FROM escapement.run WHERE task_id = ANY ($1::text[]) ORDER BY id`;
const put = `INSERT INTO escapement.task (id, definition, enabled, paused_note, cursor, next_due, fired, run_count, error_count, last_run, last_error, version, created_at, flow)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, enabled = excluded.enabled, paused_note = excluded.paused_note,
    cursor = excluded.cursor, next_due = excluded.next_due, fired = excluded.fired, version = excluded.version, flow = excluded.flow`;
const putVersion = `INSERT INTO escapement.task_version (task_id, version, definition) VALUES ($1, $2, $3)
  ON CONFLICT (task_id, version) DO UPDATE SET definition = excluded.definition`;
const move = `UPDATE escapement.task SET cursor = moved.cursor, next_due = moved.next_due, fired = moved.fired
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS moved (id, cursor, next_due, fired)
  WHERE task.id = ANY ($1::text[]) AND task.id = moved.id`;
const nextDue = "SELECT min(next_due) AS at FROM escapement.task WHERE next_due IS NOT NULL";
const lastVersion =
  "SELECT coalesce(max(version), 0) AS version FROM escapement.task_version WHERE task_id = $1";

export class PostgresTasks {
  readonly #control: PostgresControl;
  readonly #enqueue: Enqueue;
  readonly #settle: Settle;
  readonly #rules = new RuleCache();

  constructor(control: PostgresControl, enqueue: Enqueue, settle: Settle) {
    this.#control = control;
    this.#enqueue = enqueue;
    this.#settle = settle;
  }

  async register(context: WriteContext, request: Input<"register">): Promise<TaskState> {
    const { id, definition, enabled, flow, expectedVersion, actor, now } = request;
    const { before, controls } = await this.#load(context, id);
    if (expectedVersion !== undefined && expectedVersion !== (before?.version ?? 0)) {
      throw new EscapementError(
        "task.conflict",
        `Task "${id}" is at version ${before?.version ?? 0}, not ${expectedVersion}: read it again and repeat the change.`,
        { details: { id, version: before?.version ?? 0, expectedVersion } },
      );
    }
    const asked = { id, definition, enabled, ...(flow === undefined ? {} : { flow }) };
    const ledger = new TaskLedger(context, now);
    let state: TaskState;
    if (before === undefined) {
      // Versions go on over a removal, because the ledger of the life before is read by its versions.
      const last = (await context.connection.get(lastVersion, id))?.["version"];
      state = { ...createTask(asked, now), version: integer(last) + 1 };
    } else {
      const current = await this.#catchUp(context, beforeEdit(before, definition), {
        ...request,
        controls,
        ledger,
      });
      state = replaceTask(current, asked, now);
    }
    await ledger.write(this.#enqueue, this.#settle);
    await this.#save(context, state);
    context.journal.add({
      at: now,
      kind: "task.registered",
      actor,
      subject: `task:${id}`,
      label: definition.name,
      data: { version: state.version, enabled },
    });
    context.taskDue(state.nextDue);
    return state;
  }

  /** Before an edit, every time that came due under the old definition gets its outcome. */
  async #catchUp(context: WriteContext, state: TaskState, edit: Edit): Promise<TaskState> {
    if (state.enabled) {
      const lives = await this.#live(context, [state.id]);
      return this.#fireOne(state, lives, edit).state;
    }
    const rule = this.#rules.of(state);
    const change = edit.enabled ? startTask(state, rule, edit.now) : settleStopped(state, rule, edit.now);
    edit.ledger.addSkips(change);
    return change.state;
  }

  async setEnabled(context: WriteContext, request: Input<"setEnabled">): Promise<TaskState | undefined> {
    const { id, enabled, note, actor, now } = request;
    const { before, controls } = await this.#load(context, id);
    if (before === undefined || (before.enabled === enabled && note === undefined)) return before;
    if (enabled && before.enabled) return before;
    const ledger = new TaskLedger(context, now);
    const caught = await this.#catchUp(context, before, { ...request, controls, ledger });
    const state = enabled ? caught : stopTask(caught, note);
    await ledger.write(this.#enqueue, this.#settle);
    await this.#save(context, state);
    context.journal.add({
      at: now,
      kind: enabled ? "task.started" : "task.stopped",
      actor,
      subject: `task:${id}`,
      ...(enabled || note === undefined ? {} : { label: note }),
    });
    if (enabled) context.taskDue(state.nextDue);
    return state;
  }

  async remove(context: WriteContext, { id, actor, now }: Input<"remove">): Promise<boolean> {
    if ((await context.connection.run("DELETE FROM escapement.task WHERE id = $1", id)) === 0) return false;
    context.journal.add({ at: now, kind: "task.removed", actor, subject: `task:${id}` });
    return true;
  }

  async fire(context: WriteContext, request: FireRequest): Promise<FireReport> {
    const { now, limit, traits } = request;
    const { connection } = context;
    const controls = await this.#control.share(context);
    await connection.all(lockRunsOfDue, Math.round(now), limit);
    const tasks = (await connection.all(loadDue, Math.round(now), limit)).map(decodeTask);
    const ledger = new TaskLedger(context, now);
    if (tasks.length > 0) {
      const lives = await this.#live(
        context,
        tasks.map((task) => task.id),
      );
      const changes = tasks.map((task) => this.#fireOne(task, lives, { now, traits, controls, ledger }));
      await ledger.write(this.#enqueue, this.#settle);
      await this.#move(
        context,
        changes.map((change) => change.state),
      );
    }
    const next = (await connection.get(nextDue))?.["at"];
    return {
      ...ledger.report,
      tasks: tasks.length,
      ...(typeof next === "number" ? { nextDueAt: next } : {}),
    };
  }

  #fireOne(state: TaskState, lives: ReadonlyMap<string, Row[]>, fire: Fire): TaskChange {
    const { definition } = state;
    const traits = fire.traits[definition.action];
    const cluster = definition.cluster ?? traits?.cluster;
    const target = { action: definition.action, cluster, taskId: state.id };
    const held = holdOf(fire.controls, target, fire.now);
    const gated = gateOf(fire.controls.gates, target) !== undefined;
    const live = lives.get(state.id) ?? [];
    const change = fireTask(state, {
      rule: this.#rules.of(state),
      now: fire.now,
      live: live.map((row) => decodeLive(row, gated, fire.now)),
      ...(held === undefined ? {} : { blocked: "switch" }),
    });
    fire.ledger.add(change, traits);
    return change;
  }

  async backfill(
    context: WriteContext,
    request: Input<"backfill">,
  ): Promise<{ readonly enqueued: number; readonly skipped: number }> {
    const { id, times, overlap, now } = request;
    const { before } = await this.#load(context, id);
    if (before === undefined) return { enqueued: 0, skipped: 0 };
    const definition = overlap === undefined ? before.definition : { ...before.definition, overlap };
    const runs = times.map((at) => ({ at, dueAt: now }));
    const ledger = new TaskLedger(context, now);
    const change = { state: { ...before, definition }, runs, skips: [], cancel: [], finished: false };
    ledger.add(change, request.traits[definition.action]);
    await ledger.write(this.#enqueue, this.#settle);
    const enqueued = ledger.report.latenessMs.length;
    return { enqueued, skipped: times.length - enqueued };
  }

  /** The task and what stands against it, both locked until the commit. */
  async #load(
    context: WriteContext,
    id: string,
  ): Promise<{ readonly before: TaskState | undefined; readonly controls: Controls }> {
    const { connection } = context;
    const controls = await this.#control.share(context);
    await connection.all(lockId, id);
    await connection.all(lockRunsOfOne, id);
    const row = await connection.get(load, id);
    return { before: row === undefined ? undefined : decodeTask(row), controls };
  }

  /** Unfinished runs by task, oldest first. */
  async #live(context: WriteContext, tasks: readonly string[]): Promise<Map<string, Row[]>> {
    const rows = await context.connection.all(live, texts(tasks));
    return Map.groupBy(rows, (row) => text(row["task_id"]));
  }

  async #move(context: WriteContext, states: readonly TaskState[]): Promise<void> {
    await context.connection.run(
      move,
      texts(states.map((state) => state.id)),
      wholeNumbers(states.map((state) => state.cursor)),
      wholeNumbers(states.map((state) => state.nextDue)),
      wholeNumbers(states.map((state) => state.fired)),
    );
  }

  async #save(context: WriteContext, state: TaskState): Promise<void> {
    const definition = JSON.stringify(state.definition);
    const { pausedNote = null, nextDue = null, lastRun = null, lastError = null } = state;
    const flow = state.flow === undefined ? null : JSON.stringify(state.flow);
    await context.connection.run(
      put,
      state.id,
      definition,
      state.enabled,
      pausedNote,
      state.cursor,
      nextDue,
      state.fired,
      state.runCount,
      state.errorCount,
      lastRun,
      lastError,
      state.version,
      state.createdAt,
      flow,
    );
    await context.connection.run(putVersion, state.id, state.version, definition);
  }
}

interface Fire {
  readonly now: Instant;
  readonly traits: TraitsByAction;
  readonly controls: Controls;
  readonly ledger: TaskLedger;
}

interface Edit extends Fire {
  readonly enabled: boolean;
}
