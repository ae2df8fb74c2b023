// The nominal times of a past stretch, for running them now. Lazy: a year of seconds is never held in memory.
import type { Instant } from "../base/clock.ts";
import type { Rule } from "../schedule/rule.ts";
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

export function* planBackfill(input: BackfillInput): Generator<Instant, void, undefined> {
  let at = input.rule.next(input.from - 1);
  while (at !== null && at <= input.to) {
    yield at;
    at = input.rule.next(at);
  }
}
