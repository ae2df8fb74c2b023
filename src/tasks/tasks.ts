// Tasks as callers know them: register, start, stop, look at, trigger, and ask why something ran or did not.
import type { ActionRegistry } from "../actions/registry.ts";
import { readActor } from "../base/actor.ts";
import { clip } from "../base/clip.ts";
import type { Clock } from "../base/clock.ts";
import { EscapementError, invalidInput } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import type { Json } from "../base/json.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import type { Run } from "../run/run.ts";
import type { Runs } from "../runs/runs.ts";
import { traitsOf } from "../runs/traits.ts";
import type { Page } from "../storage/runs.ts";
import type { ActionTraits, SkipCounts } from "../storage/tasks.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { runOfTask } from "../task/run-of-task.ts";
import type { TaskState } from "../task/task-state.ts";
import type { Task, TaskInput, TaskLike } from "../task/task.ts";
import { readBackfill, type BackfillOptions, type BackfillReport } from "./read-backfill.ts";
import { previewTask, readPreviewed, type PreviewedTime, type PreviewOptions } from "./preview-task.ts";
import { readInput } from "./read-input.ts";
import { explainTime, type Explanation } from "./explain-time.ts";
import { walkOccurrences, type Occurrence, type OccurrenceOptions } from "./walk-occurrences.ts";
import { toTask } from "./to-task.ts";

export type { PreviewedTime } from "./preview-task.ts";

interface Parts {
  readonly storage: StorageNouns;
  readonly registry: ActionRegistry;
  readonly clock: Clock;
  readonly runs: Runs;
  readonly payloadLimit: number;
}

export interface TaskListOptions {
  readonly tag?: string;
  readonly enabled?: boolean;
  /** The `next` of the page before. */
  readonly after?: string;
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
}

const code = "task.invalid";
const largestPage = 1_000;

const pageSize = 500;

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
    const { definition, existing, flow } = await readInput(this.#parts, input, { now, verb: "register" });
    const { expectedVersion } = options;
    checkOptions(options, ["expectedVersion", "actor"], {
      code,
      what: `Cannot register "${definition.id}".`,
    });
    const actor = readActor(options.actor, code);
    const state = await storage.tasks.register({
      id: definition.id,
      definition,
      enabled: definition.enabled,
      // What is due under the old definition runs the old action.
      traits: this.#traits(definition.action, existing?.definition.action ?? definition.action),
      actor,
      now,
      ...(flow === undefined ? {} : { flow }),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
    return toTask(state);
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
    const { note } = options;
    const actor = readActor(options.actor, code);
    checkOptions(options, enabled ? ["actor"] : ["note", "actor"], {
      code,
      what: `Cannot ${enabled ? "start" : "stop"} ${show(id)}.`,
    });
    if (note !== undefined && typeof note !== "string")
      throw invalidInput("task.invalid", `Cannot stop "${id}".`, [
        { field: "note", message: `${show(note)} is not allowed: write text.` },
      ]);
    const now = this.#parts.clock.now();
    const state = await this.#parts.storage.tasks.setEnabled({
      id: readId(id),
      enabled,
      actor,
      now,
      traits: this.#traits(...this.#parts.registry.names()),
      ...(note === undefined ? {} : { note: clip(note, longestNote) }),
    });
    if (state === undefined) throw notFound(id);
    return toTask(state);
  }

  async get(id: string): Promise<Task | undefined> {
    const state = await this.#parts.storage.tasks.get({ id: readId(id) });
    return state === undefined ? undefined : toTask(state);
  }

  /** A page of them, in the order of their ids. */
  async list(options: TaskListOptions = {}): Promise<Page<Task>> {
    const { limit = 100, ...filter } = readListOptions(options);
    const states = await this.#parts.storage.tasks.list({ ...filter, limit: limit + 1 });
    const items = states.slice(0, limit).map(toTask);
    const last = items.at(-1);
    return states.length > limit && last !== undefined ? { items, next: last.id } : { items };
  }

  /** All of them, in the order of their ids. */
  async all(options: Omit<TaskListOptions, "after" | "limit"> = {}): Promise<Task[]> {
    const tasks: Task[] = [];
    let after: string | undefined;
    do {
      const page = await this.list({
        ...options,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      tasks.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return tasks;
  }

  /** Takes the definition away; runs and ledger stay. Throws `task.not-found`. */
  async remove(id: string, options: { readonly actor?: string } = {}): Promise<void> {
    const removed = await this.#parts.storage.tasks.remove({
      id: readId(id),
      actor: readActor(options.actor, code),
      now: this.#parts.clock.now(),
    });
    if (!removed) throw notFound(id);
  }

  /**
   * A run now, beside the schedule: it neither waits for others of the task nor counts as a nominal time. With a `key`
   * that a run of the action has, it is that run.
   */
  async trigger(
    id: string,
    options: { readonly params?: Json; readonly key?: string; readonly actor?: string } = {},
  ): Promise<Run> {
    const state = await this.#find(id);
    checkOptions(options, ["params", "key", "actor"], { code, what: `Cannot trigger "${id}".` });
    const actor = options.actor === undefined ? `task:${id}` : readActor(options.actor, code);
    return this.#parts.runs.trigger(
      runOfTask(state, this.#traits(state.definition.action)[state.definition.action]),
      options.params ?? state.definition.params,
      { actor, key: options.key },
    );
  }

  /**
   * The next times of a task, or of one that is not saved yet: as many as are asked for and `maxRuns` has left.
   * Throws `task.not-found` and `task.invalid`.
   */
  async preview(task: string | TaskLike, options: PreviewOptions = {}): Promise<PreviewedTime[]> {
    const now = this.#parts.clock.now();
    const state = await (typeof task === "string" ? this.#find(task) : readPreviewed(this.#parts, task, now));
    return previewTask(state, options, now);
  }

  /** What became of an instant: a run, a skip with its reason, pending, or no time of the schedule at all. */
  async explain(id: string, at: InstantLike): Promise<Explanation> {
    return explainTime(this.#parts.storage, await this.#find(id), parseInstant(at), this.#parts.clock.now());
  }

  /**
   * Runs for the nominal times of a past stretch, both ends included; those that ran already are left out.
   * Throws `task.not-found`, and `task.invalid` for a stretch that reaches into the future.
   */
  async backfill(id: string, options: BackfillOptions): Promise<BackfillReport> {
    const { storage, clock } = this.#parts;
    const { definition } = await this.#find(id);
    const now = clock.now();
    const { times, overlap } = readBackfill(definition, options, now);
    return storage.tasks.backfill({
      id,
      times,
      traits: this.#traits(definition.action),
      actor: readActor(options.actor, code),
      now,
      ...(overlap === undefined ? {} : { overlap }),
    });
  }

  /** Nominal times skipped since the beginning, by reason: what an alarm on skipped runs watches. */
  skips(): Promise<SkipCounts> {
    return this.#parts.storage.tasks.skipCounts();
  }

  /** The ledger: every nominal time with what became of it, oldest first, the skipped ones included. */
  async *occurrences(
    id: string,
    options: OccurrenceOptions = {},
  ): AsyncGenerator<Occurrence, void, undefined> {
    yield* walkOccurrences(this.#parts.storage, await this.#find(id), options, this.#parts.clock.now());
  }

  async #find(id: string): Promise<TaskState> {
    const state = await this.#parts.storage.tasks.get({ id: readId(id) });
    if (state === undefined) throw notFound(id);
    return state;
  }
}

function readListOptions(options: TaskListOptions): TaskListOptions {
  const { tag, enabled, after, limit } = options;
  const what = "Cannot list tasks.";
  checkOptions(options, ["tag", "enabled", "after", "limit"], { code, what });
  const isCount = limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= largestPage);
  const issues = [
    ...(isCount ? [] : [{ field: "limit", message: `is ${show(limit)}; ask for 1 to ${largestPage}` }]),
    ...(enabled === undefined || typeof enabled === "boolean"
      ? []
      : [{ field: "enabled", message: `is ${show(enabled)}; write true or false` }]),
    ...Object.entries({ tag, after }).flatMap(([field, value]) =>
      value === undefined || typeof value === "string"
        ? []
        : [{ field, message: `is ${show(value)}; write text` }],
    ),
  ];
  if (issues.length > 0) throw invalidInput(code, what, issues);
  return options;
}

const longestNote = 1_000;

function readId(id: string): string {
  if (typeof id === "string") return id;
  throw invalidInput(code, "Cannot look for a task.", [
    { field: "id", message: `is ${show(id)}; write text` },
  ]);
}

function notFound(id: string): EscapementError {
  return new EscapementError(
    "task.not-found",
    `There is no task ${JSON.stringify(id)}: register it first, or look at tasks.all() for the ids that exist.`,
    { details: { id } },
  );
}
