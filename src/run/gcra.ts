// The generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): one number per key, no window to sweep.
// TAT, the theoretical arrival time, is when the key would be idle again if nothing more came.
import type { Instant } from "../base/clock.ts";

export interface RateLimit {
  /** How many per period; 0 lets nothing through. */
  readonly limit: number;
  readonly perMs: number;
  /** How many may come at once after a quiet time, at least 1. Default: `limit`. */
  readonly burst?: number;
}

export interface RateAnswer {
  readonly allowed: boolean;
  /** The state to keep. When not allowed it is what it was, or less where the clock has been set back. */
  readonly tat: Instant;
  /** How many more would be let through now. */
  readonly remaining: number;
  /** 0 when allowed; Infinity under a limit of 0. */
  readonly retryAfterMs: number;
}

/** How many units would be let through at `now`; at least 0. */
export function unitsFree(rate: RateLimit, tat: Instant | undefined, now: Instant): number {
  if (rate.limit <= 0) return 0;
  const { interval, tolerance, slack } = cellsOf(rate);
  return Math.max(0, Math.floor((now + tolerance + slack - Math.max(tat ?? now, now)) / interval) + 1);
}

/** Asks for one unit at `now`. The caller keeps `tat`; a key never seen has `undefined`. */
export function takeOne(rate: RateLimit, tat: Instant | undefined, now: Instant): RateAnswer {
  if (rate.limit <= 0)
    return { allowed: false, tat: tat ?? now, remaining: 0, retryAfterMs: Number.POSITIVE_INFINITY };
  const { interval, tolerance, slack } = cellsOf(rate);
  // Nothing lies further ahead than a burst that was used up just now, unless the clock has been set back since.
  const arrival = Math.min(Math.max(tat ?? now, now), now + tolerance + interval + slack);
  const early = arrival - tolerance - now;
  if (early > slack)
    return { allowed: false, tat: arrival, remaining: 0, retryAfterMs: Math.ceil(early - slack) };
  const next = arrival + interval;
  return { allowed: true, tat: next, remaining: unitsFree(rate, next, now), retryAfterMs: 0 };
}

interface Cells {
  readonly interval: number;
  readonly tolerance: number;
  /** Absorbs what floating point adds to sums of thirds and sevenths, at times of this size; never a whole millisecond. */
  readonly slack: number;
}

function cellsOf(rate: RateLimit): Cells {
  const interval = rate.perMs / rate.limit;
  // Where less than one comes per period, one at a time still has to fit.
  const tolerance = interval * (Math.max(1, rate.burst ?? rate.limit) - 1);
  return { interval, tolerance, slack: Math.min(Math.max(interval / 1_000, 0.01), 0.5) };
}
