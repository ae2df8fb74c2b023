// The skip ledger's entry: a stretch of nominal times that did not run, and the one reason why.
import type { Instant } from "../base/clock.ts";
import { countTimes } from "../schedule/count-times.ts";
import type { Times } from "../schedule/times.ts";

export type SkipReason =
  | "overlap"
  | "window"
  | "paused"
  | "excluded"
  | "dst-gap"
  | "switch"
  | "limit"
  | "gate";

/**
 * Covers, from `at` to `until` inclusive, every nominal time of its kind: "excluded" covers the excluded times,
 * "dst-gap" the times that no clock showed, every other reason the times that could have run.
 */
export interface SkipSpan {
  readonly at: Instant;
  readonly until: Instant;
  /** `null` when there are too many to count. */
  readonly count: number | null;
  readonly reason: SkipReason;
}

/** The span over the times of `times` in [at, until]. */
export function spanOf(times: Times, reason: SkipReason, at: Instant, until: Instant): SkipSpan {
  return { at, until, count: at === until ? 1 : countTimes(times, at, until), reason };
}
