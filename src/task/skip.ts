// The skip ledger's entry: a stretch of nominal times that did not run, and the one reason why.
import type { Instant } from "../base/clock.ts";

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
