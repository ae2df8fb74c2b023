// One parsed, immutable schedule: its nominal times, its bounds and its exclusions.
import type { Instant } from "../base/clock.ts";
import type { Times } from "./times.ts";

export interface Rule extends Times {
  next(after: Instant): Instant | null;
  previous(before: Instant): Instant | null;
}
