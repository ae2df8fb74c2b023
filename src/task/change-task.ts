// Every change of a task as a pure function: from what is kept, what is asked and the time, to what is to be kept.
// The engines load, ask one of these, and write down the answer in the same transaction.
import type { Instant } from "../base/clock.ts";
import { canonicalJson, type Json } from "../base/json.ts";
import type { Rule } from "../schedule/rule.ts";
import { firstCursor, settleAnchor } from "./first-cursor.ts";
import { planFire, type LiveRun, type PlannedRun } from "./plan-fire.ts";
import { planResume } from "./plan-resume.ts";
import { ruleOf } from "./rule-of.ts";
import { sameTimes } from "./same-times.ts";
import type { SkipSpan } from "./skip.ts";
import type { TaskState } from "./task-state.ts";
import type { TaskDefinition } from "./task.ts";

export interface TaskChange {
  readonly state: TaskState;
  readonly runs: readonly PlannedRun[];
  readonly skips: readonly SkipSpan[];
  /** Ids of unfinished runs that have to be cancelled. */
  readonly cancel: readonly string[];
  /** No nominal time will ever come again. */
  readonly finished: boolean;
}

export interface FireContext {
  readonly rule: Rule;
  readonly now: Instant;
  readonly live: readonly LiveRun[];
  readonly blocked?: "switch" | "limit";
}

/** Gives every nominal time that is due its outcome. */
export function fireTask(state: TaskState, context: FireContext): TaskChange {
  const { id, definition, cursor, fired } = state;
  const plan = planFire({ id, definition, cursor, fired, ...context });
  return {
    state: {
      ...without(state, "nextDue"),
      cursor: plan.cursor,
      fired: fired + plan.runs.length,
      ...due(plan.nextDue),
    },
    runs: plan.runs,
    skips: plan.skips,
    cancel: plan.cancel,
    finished: plan.finished,
  };
}

/** Starts a stopped task: what came due meanwhile was skipped as paused. */
export function startTask(state: TaskState, rule: Rule, now: Instant): TaskChange {
  const { definition, cursor, fired } = state;
  const plan = planResume({ definition, rule, cursor, now, fired });
  const { pausedNote: _note, ...kept } = state;
  return {
    state: { ...kept, enabled: true, cursor: plan.cursor, ...due(plan.nextDue) },
    runs: [],
    skips: plan.skips,
    cancel: [],
    finished: plan.nextDue === null,
  };
}

/** What passed while a task was off gets its outcome; it stays off. For edits, which would take the rule away from it. */
export function settleStopped(state: TaskState, rule: Rule, now: Instant): TaskChange {
  const { skips, cursor } = planResume({ definition: state.definition, rule, cursor: state.cursor, now });
  return { state: { ...state, cursor }, runs: [], skips, cancel: [], finished: false };
}

export function stopTask(state: TaskState, note?: string): TaskState {
  const { nextDue: _due, pausedNote: _note, ...kept } = state;
  return { ...kept, enabled: false, ...(note === undefined ? {} : { pausedNote: note }) };
}

/**
 * A task about to get another definition, as its old one still has to be settled: where the edit moves the times, one
 * that has passed and only waits for its jitter is due now, because its rule goes.
 */
export function beforeEdit(state: TaskState, asked: TaskDefinition): TaskState {
  if (sameTimes(state.definition, asked)) return state;
  const { jitter: _jitter, ...definition } = state.definition;
  return { ...state, definition };
}

export interface Registration {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly enabled: boolean;
  readonly flow?: NonNullable<TaskState["flow"]>;
}

/** A task seen for the first time. A `once` that is past already keeps its chance: its missed policy decides. */
export function createTask(asked: Registration, now: Instant): TaskState {
  const definition = settleAnchor(asked.definition, { now });
  const cursor = firstCursor(definition, now);
  const state: TaskState = {
    id: asked.id,
    definition,
    enabled: asked.enabled,
    cursor,
    fired: 0,
    runCount: 0,
    errorCount: 0,
    version: 1,
    createdAt: now,
    ...(asked.flow === undefined ? {} : { flow: asked.flow }),
  };
  return asked.enabled ? { ...state, ...due(nextDueOf(state)) } : state;
}

/**
 * A new definition under a known id: counters, history and cursor stay. The caller has fired the old rule up to `now`
 * first, so that an edit never swallows a nominal time. A changed schedule starts from now on.
 */
export function replaceTask(state: TaskState, asked: Registration, now: Instant): TaskState {
  const definition = settleAnchor(asked.definition, { now, existing: state.definition });
  const same = sameTimes(state.definition, definition);
  const changed =
    canonicalJson(withoutEnabled(definition)) !== canonicalJson(withoutEnabled(state.definition));
  const cursor = same ? state.cursor : Math.max(state.cursor, firstCursor(definition, now));
  const { flow: _flow, ...before } = state;
  const flow = asked.flow === undefined ? {} : { flow: asked.flow };
  const next: TaskState = {
    ...before,
    ...flow,
    definition,
    cursor,
    version: state.version + (changed ? 1 : 0),
  };
  if (!asked.enabled) return stopTask(next, state.enabled ? undefined : state.pausedNote);
  const { pausedNote: _note, ...kept } = next;
  const nextDue = same && next.nextDue !== undefined ? next.nextDue : nextDueOf(next);
  return { ...without(kept, "nextDue"), enabled: true, ...due(nextDue) };
}

/** When a task is due for the first time after its cursor; null when its runs are spent or its rule has ended. */
function nextDueOf({ id, definition, cursor, fired }: TaskState): Instant | null {
  return planResume({ definition, rule: ruleOf(id, definition), cursor, now: cursor, fired }).nextDue;
}

/** `enabled` is kept beside the definition: switching a task on and off is no new version of it. */
function withoutEnabled(definition: TaskDefinition): Json {
  const { enabled: _enabled, ...rest } = definition;
  const json: Json = JSON.parse(JSON.stringify(rest));
  return json;
}

function due(at: Instant | null): { nextDue?: Instant } {
  return at === null ? {} : { nextDue: at };
}

function without<State extends Partial<TaskState>, Key extends keyof State>(
  state: State,
  key: Key,
): Omit<State, Key> {
  const { [key]: _gone, ...rest } = state;
  return rest;
}
