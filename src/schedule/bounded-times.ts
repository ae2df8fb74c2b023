// The part of a sequence that lies between two instants, both included.
import type { Instant } from "../base/clock.ts";
import { lastInstant, type Times } from "./times.ts";

export interface Bounds {
  /** The earliest instant at which a time may lie. */
  readonly startAt?: Instant;
  /** The latest instant at which a time may lie. */
  readonly endAt?: Instant;
}

export function boundedTimes(times: Times, bounds: Bounds): Times {
  if (bounds.startAt === undefined && bounds.endAt === undefined) return times;
  const start = bounds.startAt ?? -lastInstant;
  const end = bounds.endAt ?? lastInstant;
  const count = times.count?.bind(times);
  return {
    next(after) {
      if (after >= end) return null;
      const at = times.next(Math.max(after, start - 1));
      return at !== null && at <= end ? at : null;
    },
    previous(before) {
      if (before <= start) return null;
      const at = times.previous(Math.min(before, end + 1));
      return at !== null && at >= start ? at : null;
    },
    ...(count === undefined
      ? {}
      : { count: (from: Instant, to: Instant) => count(Math.max(from, start), Math.min(to, end)) }),
  };
}
