// The worker of a node: claims due runs as far as it has room, starts their handlers, and writes down how they end.
// Woken by commits and by one timer for the nearest due time; it never polls a run or a task.
import type { ActionRegistry } from "../actions/registry.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { errorData } from "../base/error-data.ts";
import type { Random } from "../base/random.ts";
import type { Service } from "../base/service.ts";
import type { Memory } from "../memory/memory.ts";
import { defaultRetry, type RetryPolicy } from "../run/retry.ts";
import type { ClaimedRun, ClaimResult, Outcome } from "../storage/runs.ts";
import type { CommitHint, Storage } from "../storage/storage.ts";
import type { Stores } from "../stores/stores.ts";
import { startAttempt, type Attempt } from "./attempt.ts";
import type { Ended } from "./context.ts";
import { Desk, type DeskParts } from "./desk.ts";
import { outcomeOf } from "./outcome.ts";
import { cancelledError, staleError } from "./refusals.ts";
import { readRunOptions } from "./run-options.ts";
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
  readonly stores: Pick<Stores, "causedBy">;
  readonly clock: Clock;
  readonly random: Random;
  readonly node: string;
  readonly memory: Memory;
  readonly payloadLimit: number;
  /** Where handlers enqueue children; asked only then, because it is made later. */
  readonly runs: () => { readonly enqueue: DeskParts["enqueue"] };
  /** Hears of what can't be told to any caller: a claim or a settle that the storage refused. */
  readonly onError: (error: unknown) => void;
}

/** One claim takes at most this many, so that the next is under way while these are being started. */
const largestClaim = 500;
/** The floor under hints from other nodes: how long their work can go unnoticed at worst. */
const pollMs = 5_000;
const againMs = 1_000;

export class Dispatcher implements Service {
  readonly #parts: Parts;
  readonly #clock: Clock;
  readonly #desk: Desk;
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
  #watchTimer: Timer | undefined;
  #unlisten: (() => void) | undefined;
  #drained: (() => void)[] = [];

  constructor(parts: Parts, options: DispatcherOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#clock = parts.clock;
    this.#desk = new Desk({
      ...parts,
      enqueue: (...child) => parts.runs().enqueue(...child),
      onLost: (run, why) => this.#abortRun(run, why),
    });
    this.#settler = new Settler(parts);
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
    this.#watch();
    return Promise.resolve();
  }

  /** Takes nothing new, waits for what is under way up to `drainMs`, and hands the rest back unfinished. */
  async stop(drainMs: number = 0): Promise<void> {
    this.#running = false;
    this.#unlisten?.();
    this.#timer?.cancel();
    this.#watchTimer?.cancel();
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#active.size > 0 && drainMs > 0) await this.#drain(drainMs);
    // What the last claims have taken is handed back as well.
    await Promise.all(this.#claims);
    const stopped = new EscapementError(
      "runtime.stopped",
      "The node stops; the run goes on elsewhere or later.",
    );
    const attempts = [...this.#active.values()];
    // A run is handed back when its thread, if it has one, is gone.
    await Promise.all(attempts.flatMap((attempt) => attempt.abort(stopped) ?? []));
    for (const { run, startedAt } of attempts) this.#handBack(run, startedAt);
    this.#active.clear();
    await this.#settler.stop();
    await this.#parts.storage.settled();
  }

  #handBack(run: ClaimedRun, startedAt: number): void {
    const { id, fence, attempt } = run;
    this.#end({ kind: "return", id, fence, attempt, startedAt, at: this.#clock.now() });
  }

  #drain(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.timer(this.#clock.now() + drainMs, resolve);
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
    void attempt.abort(reason);
    this.#leave(id);
  }

  #abortRun(run: ClaimedRun, reason: EscapementError): void {
    if (this.#active.get(run.id)?.run === run) this.abort(run.id, reason);
  }

  /** Looks for work now: the set of actions has changed. */
  wake(): void {
    if (this.#running) this.#claim();
  }

  #hear(hint: CommitHint): void {
    for (const { id, reason } of hint.cancelled ?? []) {
      const attempt = this.#active.get(id);
      if (attempt !== undefined) this.abort(id, cancelledError(attempt.run, reason));
    }
    if (hint.runsDueAt === undefined) return;
    if (hint.runsDueAt <= this.#clock.now()) this.#claim();
    else this.#wakeAt(hint.runsDueAt);
  }

  /** Where other nodes can cancel what runs here, or take it over, handlers that ask for nothing are told, too. */
  #watch(): void {
    if (!this.#parts.storage.shared) return;
    this.#watchTimer = this.#clock.timer(this.#clock.now() + pollMs, () => {
      for (const { run } of this.#active.values()) this.#desk.heartbeat(run).catch(() => undefined);
      this.#watch();
    });
  }

  #wakeAt(at: number): void {
    if (!this.#running || at >= this.#timerAt || at === Number.POSITIVE_INFINITY) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.timer(at, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#claim();
    });
  }

  #claim(): void {
    if (this.#claims.size >= this.#mostClaims()) {
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
    const claim = storage.runs.claim({ node, now: this.#clock.now(), limit, actions }).then(
      (result) => {
        over();
        this.#receive(result, limit);
      },
      (error: unknown) => {
        over();
        onError(error);
        this.#wakeAt(this.#clock.now() + againMs);
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
    const now = this.#clock.now();
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

  /** Takes the room before the handler starts. An attempt that lost the run long ago may still think that it holds it. */
  #reserve(run: ClaimedRun): void {
    const before = this.#active.get(run.id);
    if (before !== undefined) void before.abort(staleError(before.run));
    this.#active.set(run.id, { run, startedAt: this.#clock.now(), abort: () => undefined });
  }

  #start(run: ClaimedRun): void {
    const action = this.#parts.registry.get(run.action);
    const options = readRunOptions(run);
    if (action === undefined) {
      const missing = new EscapementError(
        "action.not-found",
        `There is no action "${run.action}" on this node.`,
      );
      this.#settle({ run, startedAt: this.#clock.now() }, { error: errorData(missing) }, options.retry);
      return;
    }
    const attempt = startAttempt(this.#desk, run, action, options.timeoutMs, (attempt, ended) =>
      this.#settle(attempt, ended, retryOf(action, options.retry)),
    );
    this.#active.set(run.id, attempt);
  }

  #settle(
    { run, startedAt }: Pick<Attempt, "run" | "startedAt">,
    ended: Ended,
    policy: Partial<RetryPolicy> = {},
  ): void {
    const over = { run, startedAt, at: this.#clock.now() };
    const full = { ...defaultRetry, attempts: run.maxAttempts, ...policy };
    this.#end(outcomeOf(over, ended, { ...this.#parts, policy: full }));
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
}
