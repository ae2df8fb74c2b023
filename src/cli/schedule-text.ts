// A schedule in a few words: `every 5s`, `0 3 * * * (Europe/Paris)`, `once 2026-03-29T01:30:00Z`.
import { formatDuration } from "../base/duration.ts";
import type { ScheduleType } from "../schedule/schedule-definition.ts";
import { parseInterval } from "../schedule/interval.ts";

export interface Scheduled {
  readonly type: ScheduleType;
  readonly schedule: string;
  readonly timezone?: string;
}

export function scheduleText({ type, schedule, timezone = "UTC" }: Scheduled): string {
  switch (type) {
    case "cron":
      return timezone === "UTC" ? schedule : `${schedule} (${timezone})`;
    case "interval":
      return `every ${formatDuration(parseInterval(schedule))}`;
    case "once":
      return `once ${schedule}`;
  }
}
