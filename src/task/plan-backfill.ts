// The nominal times of a past stretch, for running them now. Lazy: a year of seconds is never held in memory.
import type { Instant } from "../base/clock.ts";
import type { Rule } from "../schedule/rule.ts";
import { timesBetween } from "../schedule/times.ts";
import type { TaskDefinition } from "./task.ts";

export interface BackfillInput {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly rule: Rule;
  /** Inclusive. */
  readonly from: Instant;
  /** Inclusive. */
  readonly to: Instant;
}

export function planBackfill(input: BackfillInput): Generator<Instant, void, undefined> {
  return timesBetween(input.rule, input.from, input.to);
}
