// A sequence of instants that can be asked in both directions: what every kind of schedule comes down to.
// Cron, intervals and `once` each give one; bounds and exclusions wrap one in another.
import type { Instant } from "../base/clock.ts";

export interface Times {
  /** The first time strictly after `after`; `null` when there is none. */
  next(after: Instant): Instant | null;
  /** The last time strictly before `before`; `null` when there is none. */
  previous(before: Instant): Instant | null;
  /** How many times lie in [from, to], where arithmetic knows it without walking. */
  count?(from: Instant, to: Instant): number;
}

/** The largest and, negated, the smallest instant that `Date` can hold. */
export const lastInstant: Instant = 8.64e15;

/** Schedules that repeat end with the year 2199, as cron expressions do: past it, nothing can be excluded either. */
export const lastTime: Instant = Date.UTC(2200, 0, 1) - 1;

export function inRange(at: Instant): Instant | null {
  return at >= -lastInstant && at <= lastTime ? at : null;
}

/** Whether `at` is one of the times. */
export function includes(times: Times, at: Instant): boolean {
  return times.next(at - 1) === at;
}

/** The times in [from, to], oldest first, lazily. */
export function* timesBetween(times: Times, from: Instant, to: Instant): Generator<Instant, void, undefined> {
  let at = times.next(from - 1);
  while (at !== null && at <= to) {
    yield at;
    at = times.next(at);
  }
}
