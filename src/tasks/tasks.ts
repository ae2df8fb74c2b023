// Tasks as callers know them: register, start, stop, look at, trigger, and ask why something ran or did not.
import { validate, type ActionRegistry } from "../actions/registry.ts";
import type { Clock, Instant } from "../base/clock.ts";
import { EscapementError, invalidInput, type Issue } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { decodeJson, encodeJson, type Json } from "../base/json.ts";
import type { Run } from "../run/run.ts";
import type { Runs } from "../runs/runs.ts";
import { flowOf, traitsOf } from "../runs/traits.ts";
import { preview } from "../schedule/preview.ts";
import type { ActionTraits, Flow } from "../storage/tasks.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { planBackfill } from "../task/plan-backfill.ts";
import { readTask } from "../task/read-task.ts";
import { ruleOf } from "../task/rule-of.ts";
import { runOfTask } from "../task/run-of-task.ts";
import { settleAnchor } from "../task/first-cursor.ts";
import type { TaskState } from "../task/task-state.ts";
import type { Overlap, Task, TaskDefinition, TaskInput } from "../task/task.ts";
import { explainTime, type Explanation } from "./explain-time.ts";
import { walkOccurrences, type Occurrence, type OccurrenceOptions } from "./walk-occurrences.ts";
import { toTask } from "./to-task.ts";

export interface PreviewedTime {
  readonly at: Date;
  /** Like `2026-03-29 03:00:00 +02:00 (Europe/Paris)`. */
  readonly local: string;
  /** Names a DST change, an exclusion, jitter. */
  readonly note?: string;
}

interface Parts {
  readonly storage: StorageNouns;
  readonly registry: ActionRegistry;
  readonly clock: Clock;
  readonly runs: Runs;
}

const pageSize = 500;
const largestPreview = 1_000;
/** One backfill makes at most this many runs: a century of minutes is a mistake, not a wish. */
const largestBackfill = 100_000;

export class Tasks {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Creates or replaces a definition; counters, history and cursor stay. Starts the task when it is enabled.
   * Throws `task.invalid` with one issue per field, storing nothing, and `task.conflict` for another `expectedVersion`.
   */
  async register(
    input: TaskInput,
    options: { readonly expectedVersion?: number; readonly actor?: string } = {},
  ): Promise<Task> {
    const { storage, clock } = this.#parts;
    const now = clock.now();
    const { definition, existing, flow } = await this.#read(input, now);
    const { expectedVersion, actor = "system" } = options;
    const state = await storage.tasks.register({
      id: definition.id,
      definition,
      enabled: definition.enabled,
      // What is due under the old definition runs the old action.
      traits: this.#traits(definition.action, existing?.action ?? definition.action),
      actor,
      now,
      ...(flow === undefined ? {} : { flow }),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
    return toTask(state);
  }

  async #read(input: TaskInput, now: Instant): Promise<ReadTask> {
    const existing =
      typeof input?.id === "string" ? await this.#parts.storage.tasks.get({ id: input.id }) : undefined;
    const read = readTask(input, {
      now,
      ...(existing === undefined ? {} : { existing: existing.definition }),
    });
    const { issues: actionIssues, flow } = await this.#checkAction(input);
    const issues = firstOfEachField([...read.issues, ...actionIssues]);
    if (read.definition === undefined || issues.length > 0) {
      throw invalidInput(
        "task.invalid",
        `Cannot register task ${JSON.stringify(input?.id) ?? "without an id"}.`,
        issues,
      );
    }
    return {
      definition: read.definition,
      ...(existing === undefined ? {} : { existing: existing.definition }),
      ...(flow === undefined ? {} : { flow }),
    };
  }

  /** Whether the action is known and takes the params as they will be kept; where it limits per key, which keys they give. */
  async #checkAction(input: TaskInput): Promise<CheckedAction> {
    if (typeof input?.action !== "string" || input.action === "") return { issues: [] };
    const action = this.#parts.registry.get(input.action);
    if (action === undefined) {
      const message = `there is no action "${input.action}"; ${this.#parts.registry.suggest(input.action)}`;
      return { issues: [{ field: "action", message }] };
    }
    const params = attempt(() => decodeJson(encodeJson(input.params === undefined ? {} : input.params)));
    // What is no JSON has its issue already.
    if ("error" in params) return { issues: [] };
    const checked = await validate(action.input, params.value);
    if ("issues" in checked) {
      const under = (field: string): string => (field === "" ? "params" : `params.${field}`);
      return { issues: checked.issues.map(({ field, message }) => ({ field: under(field), message })) };
    }
    const flow = attempt(() => flowOf(action, checked.value));
    if ("error" in flow) return { issues: [{ field: "params", message: flow.error }] };
    return { issues: [], ...(flow.value === undefined ? {} : { flow: flow.value }) };
  }

  #traits(...names: readonly string[]): Record<string, ActionTraits> {
    const known = names.flatMap((name) => this.#parts.registry.get(name) ?? []);
    return Object.fromEntries(known.map((action) => [action.name, traitsOf(action)]));
  }

  /** Lets a task fire again; the times that passed meanwhile are skipped as "paused". Throws `task.not-found`. */
  start(id: string, options: { readonly actor?: string } = {}): Promise<Task> {
    return this.#setEnabled(id, true, options);
  }

  /** Keeps a task from firing; a run under way goes on to its end. Throws `task.not-found`. */
  stop(id: string, options: { readonly note?: string; readonly actor?: string } = {}): Promise<Task> {
    return this.#setEnabled(id, false, options);
  }

  async #setEnabled(
    id: string,
    enabled: boolean,
    options: { readonly note?: string; readonly actor?: string },
  ): Promise<Task> {
    const { note, actor = "system" } = options;
    const now = this.#parts.clock.now();
    const state = await this.#parts.storage.tasks.setEnabled({
      id,
      enabled,
      actor,
      now,
      traits: this.#traits(...this.#parts.registry.names()),
      ...(note === undefined ? {} : { note }),
    });
    if (state === undefined) throw notFound(id);
    return toTask(state);
  }

  async get(id: string): Promise<Task | undefined> {
    const state = await this.#parts.storage.tasks.get({ id });
    return state === undefined ? undefined : toTask(state);
  }

  /** In the order of their ids. */
  async all(options: { readonly tag?: string; readonly enabled?: boolean } = {}): Promise<Task[]> {
    const tasks: Task[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await this.#parts.storage.tasks.list({
        ...options,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      tasks.push(...page.map(toTask));
      after = page.at(-1)?.id;
      if (page.length < pageSize) return tasks;
    }
  }

  /** Takes the definition away; runs and ledger stay. Throws `task.not-found`. */
  async remove(id: string, options: { readonly actor?: string } = {}): Promise<void> {
    const removed = await this.#parts.storage.tasks.remove({
      id,
      actor: options.actor ?? "system",
      now: this.#parts.clock.now(),
    });
    if (!removed) throw notFound(id);
  }

  /** A run now, beside the schedule: it neither waits for others of the task nor counts as a nominal time. */
  async trigger(id: string, options: { readonly params?: Json; readonly actor?: string } = {}): Promise<Run> {
    const state = await this.#find(id);
    return this.#parts.runs.trigger(
      runOfTask(state, this.#traits(state.definition.action)[state.definition.action]),
      options.params ?? state.definition.params,
      options.actor ?? `task:${id}`,
    );
  }

  /** The next times of a task, or of one that is not saved yet. Throws `task.not-found` and `task.invalid`. */
  async preview(
    task: string | TaskInput,
    options: { readonly count?: number; readonly from?: InstantLike } = {},
  ): Promise<PreviewedTime[]> {
    const now = this.#parts.clock.now();
    const { count = 5 } = options;
    if (!Number.isInteger(count) || count < 1 || count > largestPreview) {
      throw invalidInput("task.invalid", "Cannot preview.", [
        { field: "count", message: `is ${count}; ask for 1 to ${largestPreview}` },
      ]);
    }
    const from = options.from === undefined ? now : parseInstant(options.from);
    const definition =
      typeof task === "string"
        ? (await this.#find(task)).definition
        : settleAnchor((await this.#read(task, now)).definition, { now });
    const { id, jitter } = definition;
    const times = preview(ruleOf(id, definition), {
      from,
      count,
      ...(jitter === undefined ? {} : { jitter: { id, ms: jitter } }),
    });
    return times.map((time) => ({ ...time, at: new Date(time.at) }));
  }

  /** What became of an instant: a run, a skip with its reason, pending, or no time of the schedule at all. */
  async explain(id: string, at: InstantLike): Promise<Explanation> {
    return explainTime(this.#parts.storage, await this.#find(id), parseInstant(at), this.#parts.clock.now());
  }

  /** Runs for the nominal times of a past stretch, both ends included; those that ran already are left out. */
  async backfill(
    id: string,
    options: {
      readonly from: InstantLike;
      readonly to: InstantLike;
      readonly overlap?: Overlap;
      readonly actor?: string;
    },
  ): Promise<{ readonly enqueued: number; readonly skipped: number }> {
    const { storage, clock } = this.#parts;
    const { definition } = await this.#find(id);
    const from = parseInstant(options.from);
    const to = parseInstant(options.to);
    if (from > to)
      throw invalidInput("task.invalid", `Cannot backfill "${id}".`, [
        { field: "to", message: "is earlier than from" },
      ]);
    if (to > clock.now())
      throw invalidInput("task.invalid", `Cannot backfill "${id}".`, [
        { field: "to", message: "lies ahead: what is still to come runs by itself" },
      ]);
    const times: Instant[] = [];
    for (const at of planBackfill({ id, definition, rule: ruleOf(id, definition), from, to })) {
      times.push(at);
      if (times.length > largestBackfill) {
        throw invalidInput("task.invalid", `Cannot backfill "${id}".`, [
          { field: "to", message: `the stretch holds more than ${largestBackfill} times; fill it in parts` },
        ]);
      }
    }
    const { overlap, actor = "system" } = options;
    return storage.tasks.backfill({
      id,
      times,
      traits: this.#traits(definition.action),
      actor,
      now: clock.now(),
      ...(overlap === undefined ? {} : { overlap }),
    });
  }

  /** The ledger: every nominal time with what became of it, oldest first, the skipped ones included. */
  async *occurrences(
    id: string,
    options: OccurrenceOptions = {},
  ): AsyncGenerator<Occurrence, void, undefined> {
    yield* walkOccurrences(this.#parts.storage, await this.#find(id), options, this.#parts.clock.now());
  }

  async #find(id: string): Promise<TaskState> {
    const state = await this.#parts.storage.tasks.get({ id });
    if (state === undefined) throw notFound(id);
    return state;
  }
}

interface CheckedAction {
  readonly issues: readonly Issue[];
  readonly flow?: Flow;
}

interface ReadTask {
  readonly definition: TaskDefinition;
  readonly existing?: TaskDefinition;
  readonly flow?: Flow;
}

function attempt<Value>(read: () => Value): { readonly value: Value } | { readonly error: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** What follows from the first fault of a field would only distract. */
function firstOfEachField(issues: readonly Issue[]): Issue[] {
  const fields = new Set(issues.map((issue) => issue.field));
  return issues.filter((issue) => fields.delete(issue.field));
}

function notFound(id: string): EscapementError {
  return new EscapementError(
    "task.not-found",
    `There is no task ${JSON.stringify(id)}: register it first, or look at tasks.all() for the ids that exist.`,
    { details: { id } },
  );
}
