// Tasks as callers know them: register, start, stop, look at, trigger, and ask why something ran or did not.
import { validate, type ActionRegistry } from "../actions/registry.ts";
import type { Clock, Instant } from "../base/clock.ts";
import { EscapementError, invalidInput, type Issue } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import type { Json } from "../base/json.ts";
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
    const { definition, existing } = await this.#read(input, now);
    const { expectedVersion, actor = "system" } = options;
    const state = await storage.tasks.register({
      id: definition.id,
      definition,
      enabled: definition.enabled,
      // What is due under the old definition runs the old action.
      traits: this.#traits(definition.action, existing?.action ?? definition.action),
      actor,
      now,
      ...this.#flow(definition),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
    return toTask(state);
  }

  async #read(
    input: TaskInput,
    now: Instant,
  ): Promise<{ readonly definition: TaskDefinition; readonly existing: TaskDefinition | undefined }> {
    const existing =
      typeof input?.id === "string" ? await this.#parts.storage.tasks.get({ id: input.id }) : undefined;
    const read = readTask(input, {
      now,
      ...(existing === undefined ? {} : { existing: existing.definition }),
    });
    const issues = [...read.issues, ...(await this.#actionIssues(input))];
    if (read.definition === undefined || issues.length > 0) {
      throw invalidInput(
        "task.invalid",
        `Cannot register task ${JSON.stringify(input?.id) ?? "without an id"}.`,
        issues,
      );
    }
    return { definition: read.definition, existing: existing?.definition };
  }

  async #actionIssues(input: TaskInput): Promise<Issue[]> {
    if (typeof input?.action !== "string" || input.action === "") return [];
    const action = this.#parts.registry.get(input.action);
    if (action === undefined)
      return [
        {
          field: "action",
          message: `there is no action "${input.action}"; ${this.#parts.registry.suggest(input.action)}`,
        },
      ];
    const checked = await validate(action.input, input.params ?? {});
    if (!("issues" in checked)) return [];
    return checked.issues.map(({ field, message }) => ({
      field: field === "" ? "params" : `params.${field}`,
      message,
    }));
  }

  /** Where the action limits per key, the params say which key. */
  #flow(definition: TaskDefinition): { flow?: Flow } {
    const action = this.#parts.registry.get(definition.action);
    const flow = action === undefined ? undefined : flowOf(action, definition.params);
    return flow === undefined ? {} : { flow };
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

function notFound(id: string): EscapementError {
  return new EscapementError(
    "task.not-found",
    `There is no task ${JSON.stringify(id)}: register it first, or look at tasks.all() for the ids that exist.`,
    { details: { id } },
  );
}
