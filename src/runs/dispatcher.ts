// The worker of a node: claims due runs as far as it has room, starts their handlers, and writes down how they end.
// Woken by commits and by one timer for the nearest due time; it never polls a run or a task.
import type { ActionRegistry } from "../actions/registry.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Random } from "../base/random.ts";
import type { Service } from "../base/service.ts";
import type { RetryPolicy } from "../run/retry.ts";
import type { ClaimedRun, ClaimResult, Outcome } from "../storage/runs.ts";
import type { CommitHint, Storage } from "../storage/storage.ts";
import { startAttempt, type Attempt } from "./attempt.ts";
import type { Host } from "./context.ts";
import { outcomeOfError, outcomeOfValue } from "./outcome.ts";
import { Settler } from "./settler.ts";
import { retryOf } from "./traits.ts";

export interface DispatcherOptions {
  /** How many handlers run at the same time on this node. */
  readonly concurrency: number;
  /** Only these actions run here; default: every action that is defined here. */
  readonly actions?: readonly string[];
}

export interface Parts {
  readonly storage: Storage;
  readonly registry: ActionRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly node: string;
  /** Hears of what can't be told to any caller: a claim or a settle that the storage refused. */
  readonly onError: (error: unknown) => void;
}

/** One claim takes at most this many, so that the next is under way while these are being started. */
const largestClaim = 500;
/** The floor under hints from other nodes: how long their work can go unnoticed at worst. */
const pollMs = 5_000;
const againMs = 1_000;

export class Dispatcher implements Service, Host {
  readonly clock: Clock;
  readonly #parts: Parts;
  readonly #options: DispatcherOptions;
  readonly #settler: Settler;
  readonly #active = new Map<string, Attempt>();
  #outcomes: Outcome[] = [];
  #flushing = false;
  /** Claims under way, and how many runs they may bring. */
  readonly #claims = new Set<Promise<void>>();
  #asked = 0;
  /** The last claim took all that it asked for. */
  #isBacklog = false;
  #wanted = false;
  #running = false;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #unlisten: (() => void) | undefined;
  #drained: (() => void)[] = [];

  constructor(parts: Parts, options: DispatcherOptions) {
    this.#parts = parts;
    this.#options = options;
    this.clock = parts.clock;
    this.#settler = new Settler({
      ...parts,
      claimed: () => Promise.all(this.#claims),
      onTold: () => this.#wanted && this.#claim(),
    });
  }

  /** Handlers under way. */
  get active(): number {
    return this.#active.size;
  }

  start(): Promise<void> {
    if (this.#running) return Promise.resolve();
    this.#running = true;
    this.#unlisten = this.#parts.storage.onCommit((hint) => this.#hear(hint));
    this.#claim();
    return Promise.resolve();
  }

  /** Takes nothing new, waits for what is under way up to `drainMs`, and hands the rest back unfinished. */
  async stop(drainMs: number = 0): Promise<void> {
    this.#running = false;
    this.#unlisten?.();
    this.#timer?.cancel();
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#active.size > 0 && drainMs > 0) await this.#drain(drainMs);
    // What the last claims have taken is handed back as well.
    await Promise.all(this.#claims);
    const stopped = new EscapementError(
      "runtime.stopped",
      "The node stops; the run goes on elsewhere or later.",
    );
    for (const attempt of this.#active.values()) {
      attempt.abort(stopped);
      this.#handBack(attempt.run, attempt.startedAt);
    }
    this.#active.clear();
    await this.#settler.stop();
    await this.#parts.storage.settled();
  }

  #handBack(run: ClaimedRun, startedAt: number): void {
    this.#end({ kind: "return", id: run.id, attempt: run.attempt, startedAt, at: this.clock.now() });
  }

  #drain(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.timer(this.clock.now() + drainMs, resolve);
      this.#drained.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Stops the handler of a run that was taken away; what it does afterwards is not heard. */
  abort(id: string, reason: EscapementError): void {
    const attempt = this.#active.get(id);
    if (attempt === undefined) return;
    attempt.abort(reason);
    this.#leave(id);
  }

  /** Looks for work now: the set of actions has changed. */
  wake(): void {
    if (this.#running) this.#claim();
  }

  #hear(hint: CommitHint): void {
    for (const { id, reason } of hint.cancelled ?? [])
      this.abort(id, new EscapementError("run.cancelled", `The run was cancelled: ${reason}.`));
    if (hint.runsDueAt === undefined) return;
    if (hint.runsDueAt <= this.clock.now()) this.#claim();
    else this.#wakeAt(hint.runsDueAt);
  }

  #wakeAt(at: number): void {
    if (!this.#running || at >= this.#timerAt || at === Number.POSITIVE_INFINITY) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.clock.timer(at, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#claim();
    });
  }

  #claim(): void {
    if (this.#claims.size >= this.#mostClaims() || this.#settler.isTellingAgain) {
      this.#wanted = true;
      return;
    }
    const room = this.#options.concurrency - this.#active.size - this.#asked;
    if (!this.#running || room <= 0) return;
    this.#wanted = false;
    const limit = Math.min(room, largestClaim);
    this.#asked += limit;
    const { storage, registry, node, onError } = this.#parts;
    const actions = this.#options.actions ?? registry.names();
    const over = (): void => {
      this.#claims.delete(claim);
      this.#asked -= limit;
    };
    const claim = storage.runs.claim({ node, now: this.clock.now(), limit, actions }).then(
      (result) => {
        over();
        this.#receive(result, limit);
      },
      (error: unknown) => {
        over();
        onError(error);
        this.#wakeAt(this.clock.now() + againMs);
      },
    );
    this.#claims.add(claim);
  }

  /** A database that serves many at a time is asked twice at a time while it has more than this node can take. */
  #mostClaims(): number {
    return this.#parts.storage.shared && this.#isBacklog ? 2 : 1;
  }

  #receive(result: ClaimResult, limit: number): void {
    this.#isBacklog = result.runs.length === limit;
    this.#settler.forget(result.runs);
    const now = this.clock.now();
    if (!this.#running) {
      for (const run of result.runs) this.#handBack(run, now);
      return;
    }
    for (const run of result.runs) this.#reserve(run);
    const more =
      this.#wanted ||
      result.runs.length === limit ||
      (result.nextDueAt !== undefined && result.nextDueAt <= now);
    // The next claim is on its way while these are being started.
    if (more) for (let free = this.#mostClaims() - this.#claims.size; free > 0; free--) this.#claim();
    else
      this.#wakeAt(
        Math.max(now + 1, Math.min(result.nextDueAt ?? Number.POSITIVE_INFINITY, this.#pollAt(now))),
      );
    for (const run of result.runs) this.#start(run);
  }

  #pollAt(now: number): number {
    return this.#parts.storage.shared ? now + pollMs : Number.POSITIVE_INFINITY;
  }

  /** Takes the room before the handler starts. */
  #reserve(run: ClaimedRun): void {
    this.#active.set(run.id, { run, startedAt: this.clock.now(), abort: () => undefined });
  }

  #start(run: ClaimedRun): void {
    const action = this.#parts.registry.get(run.action);
    const options = readOptions(run);
    if (action === undefined) {
      const missing = new EscapementError(
        "action.not-found",
        `There is no action "${run.action}" on this node.`,
      );
      this.#settle({ run, startedAt: this.clock.now() }, { thrown: missing }, options.retry);
      return;
    }
    const attempt = startAttempt(this, run, action, options.timeoutMs, (ended, how) =>
      this.#settle(ended, how, retryOf(action, options.retry)),
    );
    this.#active.set(run.id, attempt);
  }

  #settle(
    { run, startedAt }: Pick<Attempt, "run" | "startedAt">,
    how: { readonly value: unknown } | { readonly thrown: unknown },
    policy: Partial<RetryPolicy> = {},
  ): void {
    const ended = { run, startedAt, at: this.clock.now() };
    const full = {
      attempts: run.maxAttempts,
      delayMs: 1_000,
      factor: 2,
      maxDelayMs: 3_600_000,
      jitter: true,
      ...policy,
    };
    let outcome: Outcome;
    try {
      outcome =
        "thrown" in how
          ? outcomeOfError(ended, how.thrown, full, this.#parts.random)
          : outcomeOfValue(ended, how.value);
    } catch (error) {
      outcome = outcomeOfError(ended, error, full, this.#parts.random);
    }
    this.#end(outcome);
    this.#leave(run.id);
  }

  #leave(id: string): void {
    const wasFull = this.#active.size >= this.#options.concurrency;
    this.#active.delete(id);
    if (this.#active.size === 0) for (const resolve of this.#drained.splice(0)) resolve();
    if (wasFull) this.#claimSoon();
  }

  /** Outcomes of one turn travel together, and so does the claim for the room that they leave. */
  #end(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    this.#flushSoon();
  }

  #claimSoon(): void {
    this.#wanted = true;
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      const outcomes = this.#outcomes;
      this.#outcomes = [];
      if (outcomes.length > 0) void this.#settler.send(outcomes);
      if (this.#wanted) this.#claim();
    });
  }

  log(run: ClaimedRun, message: string, data: Json | undefined): void {
    const { storage, node, onError } = this.#parts;
    const event = {
      at: this.clock.now(),
      kind: "run.logged",
      actor: `node:${node}`,
      subject: `run:${run.id}`,
      label: message,
      ...(data === undefined ? {} : { data }),
    };
    storage.journal.append({ events: [event] }).catch(onError);
  }

  async progress(run: ClaimedRun, fraction: number, note: string | undefined): Promise<void> {
    const { storage, node } = this.#parts;
    const head = { node, id: run.id, attempt: run.attempt, fraction, now: this.clock.now() };
    const held = await storage.runs.progress(note === undefined ? head : { ...head, note });
    if (!held)
      throw new EscapementError(
        "run.stale",
        `Run ${run.id} is no longer held by attempt ${run.attempt}: it was cancelled, or another node has taken it over.`,
      );
  }
}

interface TaskOptions {
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}

/** What a task sets for its runs; see task/run-of-task.ts. */
function readOptions(run: ClaimedRun): TaskOptions {
  if (run.options === undefined) return {};
  const {
    timeoutMs,
    retry,
  }: { timeoutMs?: number; retry?: { delay?: number; maxDelay?: number } & Partial<RetryPolicy> } =
    JSON.parse(run.options);
  const { delay, maxDelay, ...rest } = retry ?? {};
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    retry: {
      ...rest,
      ...(delay === undefined ? {} : { delayMs: delay }),
      ...(maxDelay === undefined ? {} : { maxDelayMs: maxDelay }),
    },
  };
}
