// What a handler is given beside its input: who it is, what time it is, and what it may ask of the runtime.
import type { Instant } from "../base/clock.ts";
import type { Duration } from "../base/duration.ts";
import type { Json } from "../base/json.ts";

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
  now(): Instant;
  /** Writes a line into the journal under this run. */
  log(message: string, data?: Json): void;
  /** How far the run has come, from 0 to 1. */
  progress(fraction: number, note?: string): Promise<void>;
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
