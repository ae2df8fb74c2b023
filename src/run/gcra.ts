// The generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): one number per key, no window to sweep.
// TAT, the theoretical arrival time, is when the key would be idle again if nothing more came.
import type { Instant } from "../base/clock.ts";

export interface RateLimit {
  /** How many per period; 0 lets nothing through. */
  readonly limit: number;
  readonly perMs: number;
  /** How many may come at once after a quiet time. Default: `limit`. */
  readonly burst?: number;
}

export interface RateAnswer {
  readonly allowed: boolean;
  /** The state to keep; unchanged when not allowed. */
  readonly tat: Instant;
  /** How many more would be let through now. */
  readonly remaining: number;
  /** 0 when allowed; Infinity under a limit of 0. */
  readonly retryAfterMs: number;
}

/** How many units would be let through at `now`; at least 0. */
export function unitsFree(rate: RateLimit, tat: Instant | undefined, now: Instant): number {
  if (rate.limit <= 0) return 0;
  const interval = rate.perMs / rate.limit;
  const tolerance = interval * ((rate.burst ?? rate.limit) - 1);
  return Math.max(0, Math.floor((now + tolerance - Math.max(tat ?? now, now)) / interval + 1.001));
}

/** Asks for one unit at `now`. The caller keeps `tat`; a key never seen has `undefined`. */
export function takeOne(rate: RateLimit, tat: Instant | undefined, now: Instant): RateAnswer {
  if (rate.limit <= 0)
    return { allowed: false, tat: tat ?? now, remaining: 0, retryAfterMs: Number.POSITIVE_INFINITY };
  const interval = rate.perMs / rate.limit;
  const tolerance = interval * ((rate.burst ?? rate.limit) - 1);
  const arrival = Math.max(tat ?? now, now);
  const early = arrival - tolerance - now;
  // A thousandth of an interval absorbs what floating point adds to sums of thirds and sevenths.
  if (early > interval / 1000)
    return { allowed: false, tat: arrival, remaining: 0, retryAfterMs: Math.ceil(early) };
  const next = arrival + interval;
  return { allowed: true, tat: next, remaining: unitsFree(rate, next, now), retryAfterMs: 0 };
}
