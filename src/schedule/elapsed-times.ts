// An interval of elapsed time: a grid laid from an anchor in both directions.
// A time is computed from the anchor, never from the time before it, so nothing can drift.
import type { Instant } from "../base/clock.ts";
import { inRange, lastTime, type Times } from "./times.ts";

/** Both in milliseconds; `intervalMs` is a whole number, at least 1. */
export function elapsedTimes(anchor: Instant, intervalMs: number): Times {
  const stepAt = (at: Instant): number => Math.floor((at - anchor) / intervalMs);
  const timeOf = (step: number): Instant | null => inRange(anchor + step * intervalMs);
  return {
    next: (after) => timeOf(stepAt(after) + 1),
    previous: (before) => timeOf(stepAt(Math.min(before - 1, lastTime))),
    count: (from, to) => Math.max(0, stepAt(Math.min(to, lastTime)) - stepAt(from - 1)),
  };
}
