// Counting the times in a stretch without ever walking for long.
import type { Instant } from "../base/clock.ts";
import type { Times } from "./times.ts";

/** The most times that are counted one by one. */
export const countedTimes = 10_000;

/** How many times lie in [from, to]; `null` when that would take more than `countedTimes` steps. */
export function countTimes(times: Times, from: Instant, to: Instant): number | null {
  if (times.count !== undefined) return times.count(from, to);
  let count = 0;
  let at = times.next(from - 1);
  while (at !== null && at <= to) {
    if (++count > countedTimes) return null;
    at = times.next(at);
  }
  return count;
}
