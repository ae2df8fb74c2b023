// Tasks in SQLite: load, ask the pure functions of task/, write down the answer. All in the caller's transaction.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { deriveId } from "../base/id.ts";
import { holdOf } from "../run/controls.ts";
import { gateOf } from "../run/gate.ts";
import type { Rule } from "../schedule/rule.ts";
import type { NewRun } from "../storage/runs.ts";
import type { ActionTraits, FireReport, FireRequest, TaskStorage, TraitsByAction } from "../storage/tasks.ts";
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
import type { LiveRun } from "../task/plan-fire.ts";
import { runOfTask } from "../task/run-of-task.ts";
import { RuleCache } from "../task/rule-cache.ts";
import type { SkipReason, SkipSpan } from "../task/skip.ts";
import type { TaskState } from "../task/task-state.ts";
import { integer } from "../storage/row.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import type { SqliteRuns } from "./sqlite-runs.ts";
import { decodeLive, decodeTask } from "../storage/task-row.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof TaskStorage> = Parameters<TaskStorage[Verb]>[0];

const put = `INSERT INTO task (id, definition, enabled, paused_note, cursor, next_due, fired, run_count, error_count, last_run, last_error, version, created_at, flow)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, enabled = excluded.enabled, paused_note = excluded.paused_note,
    cursor = excluded.cursor, next_due = excluded.next_due, fired = excluded.fired, version = excluded.version, flow = excluded.flow`;
const move = "UPDATE task SET cursor = ?, next_due = ?, fired = ? WHERE id = ?";
const occur =
  "INSERT OR IGNORE INTO occurrence (task_id, at, until, outcome, reason, count, run_id, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

export class SqliteTasks {
  readonly #context: WriteContext;
  readonly #control: SqliteControl;
  readonly #runs: SqliteRuns;
  #rules = new RuleCache();
  #rulesRollbacks = 0;

  constructor(context: WriteContext, control: SqliteControl, runs: SqliteRuns) {
    this.#context = context;
    this.#control = control;
    this.#runs = runs;
  }

  register(request: Input<"register">): TaskState {
    const { id, definition, enabled, flow, expectedVersion, actor, now } = request;
    const before = this.#load(id);
    if (expectedVersion !== undefined && expectedVersion !== (before?.version ?? 0)) {
      throw new EscapementError(
        "task.conflict",
        `Task "${id}" is at version ${before?.version ?? 0}, not ${expectedVersion}: read it again and repeat the change.`,
        {
          details: { id, version: before?.version ?? 0, expectedVersion },
        },
      );
    }
    const asked = { id, definition, enabled, ...(flow === undefined ? {} : { flow }) };
    let state: TaskState;
    if (before === undefined) {
      state = { ...createTask(asked, now), version: this.#lastVersion(id) + 1 };
    } else {
      const current = this.#catchUp(beforeEdit(before, definition), enabled, request.traits, now);
      state = replaceTask(current, asked, now);
    }
    this.#save(state);
    this.#context.journal.add({
      at: now,
      kind: "task.registered",
      actor,
      subject: `task:${id}`,
      label: definition.name,
      data: { version: state.version, enabled },
    });
    this.#context.taskDue(state.nextDue);
    return state;
  }

  /** Before an edit, every time that came due under the old definition gets its outcome. */
  #catchUp(state: TaskState, enable: boolean, traits: TraitsByAction, now: Instant): TaskState {
    if (state.enabled) return this.#fireOne(state, traits, now, emptyReport());
    const rule = this.#ruleOf(state);
    const change = enable ? startTask(state, rule, now) : settleStopped(state, rule, now);
    this.#record(change, now);
    return change.state;
  }

  setEnabled(request: Input<"setEnabled">): TaskState | undefined {
    const { id, enabled, note, actor, now } = request;
    const before = this.#load(id);
    if (before === undefined || (before.enabled === enabled && note === undefined)) return before;
    const subject = `task:${id}`;
    if (!enabled) {
      const settled = before.enabled ? this.#fireOne(before, request.traits, now, emptyReport()) : before;
      const state = stopTask(settled, note);
      this.#save(state);
      this.#context.journal.add({
        at: now,
        kind: "task.stopped",
        actor,
        subject,
        ...(note === undefined ? {} : { label: note }),
      });
      return state;
    }
    if (before.enabled) return before;
    const change = startTask(before, this.#ruleOf(before), now);
    this.#record(change, now);
    this.#save(change.state);
    this.#context.journal.add({ at: now, kind: "task.started", actor, subject });
    this.#context.taskDue(change.state.nextDue);
    return change.state;
  }

  remove(request: Input<"remove">): boolean {
    const { id, actor, now } = request;
    if (this.#context.connection.run("DELETE FROM task WHERE id = ?", id) === 0) return false;
    this.#context.journal.add({ at: now, kind: "task.removed", actor, subject: `task:${id}` });
    return true;
  }

  fire(request: FireRequest): FireReport {
    const report = emptyReport();
    const rows = this.#context.connection.all(
      "SELECT * FROM task WHERE next_due <= ? ORDER BY next_due LIMIT ?",
      request.now,
      request.limit,
    );
    for (const row of rows) {
      const state = this.#fireOne(decodeTask(row), request.traits, request.now, report);
      this.#context.connection.run(move, state.cursor, state.nextDue ?? null, state.fired, state.id);
    }
    const next = this.#context.connection.get(
      "SELECT min(next_due) AS at FROM task WHERE next_due IS NOT NULL",
    )?.["at"];
    return { ...report, tasks: rows.length, ...(typeof next === "number" ? { nextDueAt: next } : {}) };
  }

  #fireOne(state: TaskState, traits: TraitsByAction, now: Instant, report: MutableReport): TaskState {
    const { definition } = state;
    const trait = traits[definition.action];
    const cluster = definition.cluster ?? trait?.cluster;
    const controls = this.#control.controls(now);
    const target = { action: definition.action, cluster, taskId: state.id };
    const held = holdOf(controls, target, now);
    const change = fireTask(state, {
      rule: this.#ruleOf(state),
      now,
      live: this.#live(state.id, gateOf(controls.gates, target) !== undefined, now),
      ...(held === undefined ? {} : { blocked: "switch" }),
    });
    this.#record(change, now, report);
    if (change.cancel.length > 0) this.#cancel(change, now, report);
    this.#enqueue(change, trait, now, report);
    if (change.finished)
      this.#context.journal.add({
        at: now,
        kind: "task.finished",
        actor: "system",
        subject: `task:${state.id}`,
      });
    return change.state;
  }

  backfill(request: Input<"backfill">): { enqueued: number; skipped: number } {
    const state = this.#load(request.id);
    if (state === undefined) return { enqueued: 0, skipped: 0 };
    const definition =
      request.overlap === undefined ? state.definition : { ...state.definition, overlap: request.overlap };
    const times = [...new Set(request.times)].toSorted((one, other) => one - other);
    const runs = times.map((at) => ({ at, dueAt: request.now }));
    const enqueued = this.#enqueue(
      { state: { ...state, definition }, runs, skips: [], cancel: [], finished: false },
      request.traits[definition.action],
      request.now,
      emptyReport(),
    );
    return { enqueued, skipped: request.times.length - enqueued };
  }

  /** Writes the skips of a change into the ledger and the journal. */
  #record(change: TaskChange, now: Instant, report?: MutableReport): void {
    const { id, version } = change.state;
    for (const span of change.skips) {
      this.#context.connection.run(
        occur,
        id,
        span.at,
        span.until,
        "skipped",
        span.reason,
        span.count,
        null,
        version,
      );
      this.#context.journal.add({
        at: now,
        kind: "task.skipped",
        actor: "system",
        subject: `task:${id}`,
        label: span.reason,
        data: { ...span },
      });
      this.#tallySkip(span, report);
    }
  }

  #tallySkip(span: SkipSpan, report: MutableReport | undefined): void {
    const count = span.count ?? 1;
    this.#context.tally(`skipped:${span.reason}`, count);
    if (report !== undefined) report.skipped[span.reason] = (report.skipped[span.reason] ?? 0) + count;
  }

  #cancel(change: TaskChange, now: Instant, report: MutableReport): void {
    const reason = `replaced by the next run of task "${change.state.id}"`;
    report.cancelled.push(
      ...this.#runs.cancel({ ids: change.cancel, reason, actor: `task:${change.state.id}`, now }),
    );
  }

  /** The ledger decides: a nominal time that has a run gets no other. Gives how many runs were made. */
  #enqueue(change: TaskChange, trait: ActionTraits | undefined, now: Instant, report: MutableReport): number {
    if (change.runs.length === 0) return 0;
    const { state } = change;
    const params = JSON.stringify(state.definition.params);
    const fresh = change.runs.filter(({ at }) => !this.#hasRun(state.id, at));
    // Where nothing else decides, runs go in the order of their ids: that of their times, then.
    const ids = fresh.map(({ at }) => deriveId(now, `${state.id}@${at}`));
    ids.sort((one, other) => (one < other ? -1 : 1));
    const runs = fresh.map(({ at, dueAt }, index): NewRun => {
      const id = ids[index] ?? "";
      this.#context.connection.run(occur, state.id, at, at, "run", "", 1, id, state.version);
      report.latenessMs.push(now - dueAt);
      return { ...runOfTask(state, trait), id, params, scheduledFor: at, dueAt: Math.max(dueAt, 0) };
    });
    this.#runs.enqueue({ runs, actor: `task:${state.id}`, now });
    return runs.length;
  }

  #hasRun(taskId: string, at: Instant): boolean {
    const sql = "SELECT 1 FROM occurrence WHERE task_id = ? AND at = ? AND reason = ''";
    return this.#context.connection.get(sql, taskId, at) !== undefined;
  }

  #live(taskId: string, gated: boolean, now: Instant): LiveRun[] {
    return this.#context.connection
      .all("SELECT id, node, place, permit, due_at FROM run WHERE task_id = ? ORDER BY id", taskId)
      .map((row) => decodeLive(row, gated, now));
  }

  /** A version that was rolled back may be given again to another definition. */
  #ruleOf(state: TaskState): Rule {
    if (this.#rulesRollbacks !== this.#context.rollbacks) {
      this.#rulesRollbacks = this.#context.rollbacks;
      this.#rules = new RuleCache();
    }
    return this.#rules.of(state);
  }

  #load(id: string): TaskState | undefined {
    const row = this.#context.connection.get("SELECT * FROM task WHERE id = ?", id);
    return row === undefined ? undefined : decodeTask(row);
  }

  /** Versions go on over a removal, because the ledger of the life before is read by its versions. */
  #lastVersion(id: string): number {
    const row = this.#context.connection.get(
      "SELECT coalesce(max(version), 0) AS version FROM task_version WHERE task_id = ?",
      id,
    );
    return integer(row?.["version"]);
  }

  #save(state: TaskState): void {
    const { connection } = this.#context;
    const definition = JSON.stringify(state.definition);
    const { pausedNote, nextDue, lastRun, lastError } = state;
    connection.run(
      put,
      state.id,
      definition,
      state.enabled ? 1 : 0,
      pausedNote ?? null,
      state.cursor,
      nextDue ?? null,
      state.fired,
      state.runCount,
      state.errorCount,
      lastRun ?? null,
      lastError ?? null,
      state.version,
      state.createdAt,
      state.flow === undefined ? null : JSON.stringify(state.flow),
    );
    connection.run(
      "INSERT OR REPLACE INTO task_version (task_id, version, definition) VALUES (?, ?, ?)",
      state.id,
      state.version,
      definition,
    );
  }
}

interface MutableReport {
  readonly tasks: number;
  readonly latenessMs: number[];
  readonly skipped: Partial<Record<SkipReason, number>>;
  readonly cancelled: string[];
}

function emptyReport(): MutableReport {
  return { tasks: 0, latenessMs: [], skipped: {}, cancelled: [] };
}
