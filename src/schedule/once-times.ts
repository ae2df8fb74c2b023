// A single instant, as a sequence of one.
import type { Instant } from "../base/clock.ts";
import type { Times } from "./times.ts";

export function onceTimes(at: Instant): Times {
  return {
    next: (after) => (at > after ? at : null),
    previous: (before) => (at < before ? at : null),
    count: (from, to) => (at >= from && at <= to ? 1 : 0),
  };
}
