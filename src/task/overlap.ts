// The overlap policies: what happens to times that are due while runs of the same task are unfinished.
import type { Instant } from "../base/clock.ts";
import type { EffectivePolicy } from "./effective-policy.ts";

export interface OverlapInput {
  readonly policy: Pick<EffectivePolicy, "overlap" | "maxConcurrent">;
  /** Oldest first. */
  readonly times: readonly Instant[];
  /** Ids of the unfinished runs, oldest first. */
  readonly live: readonly string[];
}

export interface OverlapDecision {
  /** How many of the times run: always the newest ones. */
  readonly keep: number;
  readonly cancel: readonly string[];
}

/**
 * Times that came due together form one line: they run one after another and do not overlap each other,
 * so "skip" and "queue one" judge the whole line against the runs that were there before it.
 */
export function decideOverlap(input: OverlapInput): OverlapDecision {
  const { times, live } = input;
  const bound = input.policy.maxConcurrent ?? Number.POSITIVE_INFINITY;
  const all = { keep: times.length, cancel: [] };
  const none = { keep: 0, cancel: [] };
  switch (input.policy.overlap) {
    case "skip":
      return live.length < bound ? all : none;
    case "queue one":
      return live.length < bound + 1 ? all : none;
    case "queue all":
      return all;
    case "cancel running": {
      const keep = Math.min(times.length, bound);
      return { keep, cancel: live.slice(0, Math.max(0, live.length + keep - bound)) };
    }
    case "allow":
      return { keep: Math.max(0, Math.min(times.length, bound - live.length)), cancel: [] };
  }
}
