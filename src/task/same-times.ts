// Whether two definitions have the same nominal times, so that a task registered again may go on where it was.
import type { ScheduleDefinition } from "../schedule/schedule-definition.ts";

/** An anchor that is absent means "the one it has": see `settleAnchor`. */
export function sameTimes(before: ScheduleDefinition, after: ScheduleDefinition): boolean {
  return (
    sameGrid(before, after) &&
    (after.anchor ?? before.anchor) === before.anchor &&
    before.startAt === after.startAt &&
    before.endAt === after.endAt &&
    (before.exclude ?? []).join("\n") === (after.exclude ?? []).join("\n")
  );
}

/** Whether they differ in nothing but anchor, bounds and exclusions. */
export function sameGrid(before: ScheduleDefinition, after: ScheduleDefinition): boolean {
  return (
    before.type === after.type &&
    before.schedule === after.schedule &&
    (before.timezone ?? "UTC") === (after.timezone ?? "UTC") &&
    (before.dst ?? "vixie") === (after.dst ?? "vixie") &&
    (before.dayMatch ?? "or") === (after.dayMatch ?? "or") &&
    (before.every ?? "elapsed") === (after.every ?? "elapsed")
  );
}
