// What a handler is given beside its input: who it is, what time it is, and what it may ask of the runtime.
import type { Instant } from "../base/clock.ts";
import type { Duration } from "../base/duration.ts";
import type { InstantLike } from "../base/instant.ts";
import type { Json } from "../base/json.ts";
import type { MemoryView } from "../memory/memory-view.ts";
import type { StoresView } from "../stores/stores.ts";

export interface SleepOptions {
  /** What the sleep is remembered under. Default: its number among the sleeps of the run; name those that run in parallel. */
  readonly name?: string;
  /** Gives the sleep up: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** What may be said of a child run; see `runs.enqueue`. A key that is taken gives the run that has it. */
export interface ChildOptions {
  readonly delay?: Duration;
  readonly at?: InstantLike;
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** Default: one that follows from this run, the action and the input. */
  readonly key?: string;
  readonly fifo?: string;
}

export interface RunContext {
  readonly runId: string;
  readonly taskId: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  /** 1 for the first pass; see `again`. */
  readonly pass: number;
  /** The nominal time of a scheduled run; the time of enqueueing for any other. */
  readonly scheduledFor: Date;
  /** Aborts when the run times out, is cancelled, or the node stops. */
  readonly signal: AbortSignal;
  /** The stores, with changes that name this run as their cause. Not for handlers in a thread of their own. */
  readonly stores: StoresView;
  now(): Instant;
  /** Writes a line into the journal under this run. */
  log(message: string, data?: Json): void;
  /** How far the run has come, from 0 to 1. Throws `run.stale` and `run.cancelled` as `heartbeat` does. */
  progress(fraction: number, note?: string): Promise<void>;
  /** Asks whether the run is still this attempt's. Throws `run.cancelled`, or `run.stale` when another has taken it over. */
  heartbeat(): Promise<void>;
  /**
   * Calls `fn` once per run and remembers what it returned, as JSON, across attempts, crashes and nodes. When `fn`
   * throws, nothing is remembered. Throws `run.nondeterministic` for a name that this attempt has used already.
   */
  step<Output>(name: string, fn: () => Output | Promise<Output>): Promise<Output>;
  /**
   * Frees the worker for so long, a second or a year; the handler then begins again from its top, with its steps
   * remembered, and passes the sleep. Rejects with `run.asleep` to unwind the handler: let that through.
   */
  sleep(duration: Duration, options?: SleepOptions): Promise<void>;
  /** Enqueues a child of this run, once, however often the handler comes by here. */
  enqueue(
    action: string | { readonly name: string },
    input: unknown,
    options?: ChildOptions,
  ): Promise<{ readonly id: string }>;
  /** The memory of the runtime; what is kept through it names this run in the journal. */
  readonly memory: MemoryView;
  /** `return ctx.again(input)` asks for one more pass with that input, after this one has been made durable. */
  again(input: Json): Directive;
  /** `return ctx.snooze("5m")` puts the run back for a while; the attempt is not counted. */
  snooze(delay: Duration): Directive;
  /** `return ctx.cancel("no longer needed")` ends the run as cancelled. */
  cancel(reason: string): Directive;
}

/** What a handler may return instead of an output. Made by the context only. */
export class Directive {
  readonly kind: "again" | "snooze" | "cancel";
  readonly value: Json;
  constructor(kind: "again" | "snooze" | "cancel", value: Json) {
    this.kind = kind;
    this.value = value;
  }
}
