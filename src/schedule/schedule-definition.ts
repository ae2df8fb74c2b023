// A schedule as it is written: the part of a task that says when.
import type { Instant } from "../base/clock.ts";
import type { DayMatch, DstPreset } from "../cron/cron.ts";

export const scheduleTypes = ["cron", "interval", "once"] as const;
export const intervalKinds = ["elapsed", "wall"] as const;

export type ScheduleType = (typeof scheduleTypes)[number];
/** "elapsed" counts real time; "wall" counts time on the local clock, so that 09:00 stays 09:00. */
export type IntervalKind = (typeof intervalKinds)[number];

export interface ScheduleDefinition {
  readonly type: ScheduleType;
  /** A cron expression; an interval in ms or as a duration; an instant in ms or ISO 8601. */
  readonly schedule: string;
  /** IANA name; UTC when absent. */
  readonly timezone?: string;
  readonly dst?: DstPreset;
  readonly dayMatch?: DayMatch;
  /** An interval's grid goes through this instant; 1970-01-01T00:00Z when absent. */
  readonly anchor?: Instant;
  readonly every?: IntervalKind;
  /** Inclusive. */
  readonly startAt?: Instant;
  /** Inclusive. */
  readonly endAt?: Instant;
  /** Cron expressions, or dates like `2026-12-25`, in the time zone of the schedule. */
  readonly exclude?: readonly string[];
}
