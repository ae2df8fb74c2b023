// Runs as callers know them: enqueue, look up, wait, cancel, redrive. What was resolved is durable.
import type { Action } from "../actions/action.ts";
import type { ActionRegistry } from "../actions/registry.ts";
import { sleepUntil, type Clock } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError, invalidInput } from "../base/errors.ts";
import type { IdSource } from "../base/id.ts";
import { decodeJson, encodeJson, type Json } from "../base/json.ts";
import { validate } from "../base/validate.ts";
import { show } from "../base/quote.ts";
import { clip } from "../base/clip.ts";
import { checkOptions } from "../base/options.ts";
import { readActor } from "../base/actor.ts";
import type { Run } from "../run/run.ts";
import type { NewRun, Page, RunCounts } from "../storage/runs.ts";
import type { Storage, StorageNouns } from "../storage/storage.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { readEnqueueOptions, type EnqueueOptions } from "./enqueue-options.ts";
import { readFilter, type ListOptions } from "./list-options.ts";
import { retryMany, type RetryFilter, type RetryOptions, type RetryReport } from "./retry-many.ts";
import { droppedRun, toRun, waitingRun } from "./to-run.ts";
import { flowOf, traitsOf } from "./traits.ts";

export interface EnqueueItem extends Omit<EnqueueOptions, "actor"> {
  readonly action: string | Pick<Action, "name">;
  readonly input: unknown;
}

export interface RunsParts {
  readonly storage: StorageNouns & Pick<Storage, "onCommit">;
  readonly registry: ActionRegistry;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly dispatcher: Dispatcher | undefined;
  /** The most bytes that an input may have. */
  readonly payloadLimit: number;
}

/** How long a finished run can go unnoticed by `wait` when no commit of this process tells of it. */
const waitPollMs = 1_000;

interface PendingRun {
  readonly run: NewRun;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many runs of different callers share one call of the storage at most. */
const largestJoin = 500;

export class Runs {
  readonly #parts: RunsParts;
  #pending: PendingRun[] = [];

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  /** Resolves when the run is durable. Throws `action.not-found`, `run.invalid`, `json.invalid`, `json.too-large`. */
  async enqueue<Input>(
    action: string | Pick<Action<Input>, "name">,
    input: Input,
    options: EnqueueOptions = {},
  ): Promise<Run> {
    const run = this.prepare(nameOf(action), input, options);
    const ready = run instanceof Promise ? await run : run;
    if (options.actor === undefined && ready.key === undefined) {
      await this.#join(ready);
      return waitingRun(ready);
    }
    const [kept] = await this.#enqueue([ready], options.actor);
    return kept ?? waitingRun(ready);
  }

  /** All of them in one transaction, or none. */
  async enqueueMany(
    items: readonly EnqueueItem[],
    options: { readonly actor?: string } = {},
  ): Promise<Run[]> {
    const runs: NewRun[] = [];
    if (!Array.isArray(items))
      throw new EscapementError(code, `Cannot enqueue ${show(items)}: give a list of { action, input }.`);
    checkOptions(options, ["actor"], { code, what: "Cannot enqueue." });
    for (const item of items) {
      const { action, input, ...rest } = readItem(item);
      const run = this.prepare(nameOf(action), input, rest);
      runs.push(run instanceof Promise ? await run : run);
    }
    return runs.length === 0 ? [] : this.#enqueue(runs, options.actor);
  }

  /** The runs as they are now: those whose key was taken are the others that have it, or dropped. */
  async #enqueue(runs: readonly NewRun[], actor: string | undefined): Promise<Run[]> {
    const { storage, clock } = this.#parts;
    const conflicts = await storage.runs.enqueue({ runs, actor: readActor(actor, code), now: clock.now() });
    const taken = new Map(conflicts.map((conflict) => [conflict.id, conflict.existing]));
    return runs.map((run) => {
      const existing = taken.get(run.id);
      if (existing === undefined) return waitingRun(run);
      return run.onConflict === "drop" ? droppedRun(run, existing.id) : toRun(existing);
    });
  }

  /** Checks and encodes a run that somebody else is to keep; a promise only when the schema needs one. */
  prepare(name: string, input: unknown, options: EnqueueOptions): NewRun | Promise<NewRun> {
    const { registry, clock, newId } = this.#parts;
    const action = registry.find(name);
    const now = clock.now();
    const { priority, ...read } = readEnqueueOptions(name, options, now);
    const traits = traitsOf(action);
    const build = (checked: Awaited<ReturnType<typeof validate>>): NewRun => {
      if ("issues" in checked)
        throw invalidInput("run.invalid", `Action "${name}" refuses the input.`, checked.issues);
      const flow = flowOf(action, checked.value);
      return {
        ...traits,
        ...flow,
        ...read,
        id: newId(),
        action: name,
        params,
        scheduledFor: now,
        priority: priority ?? traits.priority,
        passes: 1,
      };
    };
    // What is kept is what was given: the schema reads it again when the run starts, so it has to read that now.
    const params = encodeJson(input, this.#parts.payloadLimit);
    const checked = validate(action.input, action.input === undefined ? input : decodeJson(params));
    return checked instanceof Promise ? checked.then(build) : build(checked);
  }

  /** A run of a task, now; see `tasks.trigger`. */
  async trigger(
    run: Omit<NewRun, "id" | "params" | "scheduledFor" | "dueAt">,
    params: Json,
    { actor, key }: { readonly actor: string; readonly key?: string | undefined },
  ): Promise<Run> {
    const { registry, clock, newId } = this.#parts;
    const encoded = encodeJson(params, this.#parts.payloadLimit);
    const action = registry.find(run.action);
    const checked = await validate(action.input, decodeJson(encoded));
    if ("issues" in checked)
      throw invalidInput("run.invalid", `Action "${run.action}" refuses the params.`, checked.issues);
    const now = clock.now();
    const once = readEnqueueOptions(run.action, key === undefined ? {} : { key }, now).key;
    // It waits for no other run of the task, and for those of the action as its own params say.
    const { lanes, rates } = flowOf(action, checked.value) ?? traitsOf(action);
    const triggered = {
      ...run,
      lanes,
      rates,
      id: newId(),
      params: encoded,
      scheduledFor: now,
      dueAt: now,
      ...(once === undefined ? {} : { key: once }),
    };
    const [kept] = await this.#enqueue([triggered], actor);
    return kept ?? waitingRun(triggered);
  }

  /** Callers of one turn share one call of the storage. */
  #join(run: NewRun): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ run, resolve, reject });
      if (this.#pending.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    const all = this.#pending;
    this.#pending = [];
    for (let from = 0; from < all.length; from += largestJoin)
      this.#send(all.slice(from, from + largestJoin));
  }

  #send(pending: readonly PendingRun[]): void {
    const runs = pending.map((one) => one.run);
    this.#parts.storage.runs.enqueue({ runs, actor: "system", now: this.#parts.clock.now() }).then(
      () => pending.forEach((one) => one.resolve()),
      (error: unknown) => pending.forEach((one) => one.reject(error)),
    );
  }

  async get(id: string): Promise<Run | undefined> {
    const record = await this.#parts.storage.runs.get({ id: readRunId(id) });
    return record === undefined ? undefined : toRun(record);
  }

  /** Newest first. */
  async list(options: ListOptions = {}): Promise<Page<Run>> {
    const page = await this.#parts.storage.runs.list(readFilter(options));
    return { ...page, items: page.items.map(toRun) };
  }

  counts(): Promise<RunCounts> {
    return this.#parts.storage.runs.counts();
  }

  /** Resolves when the run has finished. Throws `run.not-found`, and `run.timeout` when that takes longer than `timeout`. */
  async wait(
    id: string,
    options: { readonly timeout?: Duration; readonly signal?: AbortSignal } = {},
  ): Promise<Run> {
    const { clock, storage } = this.#parts;
    const deadline =
      options.timeout === undefined ? Number.POSITIVE_INFINITY : clock.now() + parseDuration(options.timeout);
    for (;;) {
      let wake = (): void => undefined;
      const committed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const unlisten = storage.onCommit(wake);
      options.signal?.addEventListener("abort", wake);
      const stop = new AbortController();
      try {
        const run = await this.get(id);
        if (run === undefined) throw notFound(id);
        if (run.finishedAt !== undefined) return run;
        options.signal?.throwIfAborted();
        const now = clock.now();
        if (now >= deadline) {
          throw new EscapementError(
            "run.timeout",
            `Run ${id} is still ${run.state} after ${options.timeout}.`,
            { details: { id } },
          );
        }
        const nap = sleepUntil(clock, Math.min(deadline, now + waitPollMs), stop.signal).catch(
          () => undefined,
        );
        await Promise.race([committed, nap]);
      } finally {
        stop.abort();
        unlisten();
        options.signal?.removeEventListener("abort", wake);
      }
    }
  }

  /** Ends the run as cancelled, wherever it is; a handler under way is told by its signal. Throws `run.not-found`. */
  async cancel(
    id: string,
    options: { readonly reason?: string; readonly actor?: string } = {},
  ): Promise<Run> {
    const { storage, clock, dispatcher } = this.#parts;
    const { reason: why = "cancelled" } = options;
    const reason = clip(typeof why === "string" ? why : show(why), longestReason);
    const actor = readActor(options.actor, code);
    await storage.runs.cancel({ ids: [readRunId(id)], reason, actor, now: clock.now() });
    dispatcher?.abort(id, new EscapementError("run.cancelled", `The run was cancelled: ${reason}.`));
    return this.#found(id);
  }

  /** Puts a failed run back to waiting with all its attempts. Throws `run.not-found`, and `run.conflict` when it has not failed. */
  async retry(id: string, options: { readonly actor?: string } = {}): Promise<Run> {
    const [redriven] = await this.#parts.storage.runs.redrive({
      ids: [readRunId(id)],
      actor: readActor(options.actor, code),
      now: this.#parts.clock.now(),
    });
    const run = await this.#found(id);
    if (redriven !== undefined) return run;
    throw new EscapementError(
      "run.conflict",
      `Run ${id} is ${run.state}: only a failed run can be retried.`,
      { details: { id, state: run.state } },
    );
  }

  /** Redrives every failed run that fits the filter; with `dryRun` only says how many that would be. Throws `run.invalid`. */
  retryMany(filter: RetryFilter = {}, options: RetryOptions = {}): Promise<RetryReport> {
    return retryMany(this.#parts, filter, options);
  }

  async #found(id: string): Promise<Run> {
    const run = await this.get(id);
    if (run === undefined) throw notFound(id);
    return run;
  }
}

/** One actor asks for all of them. */
function readItem(item: EnqueueItem): EnqueueItem {
  if (typeof item !== "object" || item === null)
    throw new EscapementError(code, `Cannot enqueue ${show(item)}: each item is { action, input }.`);
  if ("actor" in item)
    throw new EscapementError(
      code,
      "Cannot enqueue an item with an actor of its own: give it once, as the option of enqueueMany.",
    );
  return item;
}

/** Throws `run.invalid` for what names no action. */
function nameOf(action: string | Pick<Action, "name">): string {
  const name: unknown = typeof action === "object" && action !== null ? action.name : action;
  if (typeof name === "string") return name;
  throw new EscapementError(
    "run.invalid",
    `Cannot enqueue ${show(action)}: give the name of an action, or the action.`,
  );
}

const code = "run.invalid";

/** Why a run is cancelled, for people. */
const longestReason = 1_000;

function readRunId(id: string): string {
  if (typeof id === "string") return id;
  throw new EscapementError("run.invalid", `Cannot look for run ${show(id)}: an id is a text.`);
}

function notFound(id: string): EscapementError {
  return new EscapementError(
    "run.not-found",
    `There is no run ${JSON.stringify(id)}: it never was, or retention has deleted it.`,
    { details: { id } },
  );
}
