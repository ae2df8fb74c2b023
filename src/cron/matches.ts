// Does the clock on the wall, at an instant in a zone, show a time of the expression?
// It looks at nothing but that clock: no preset, no gap, no overlap.
import type { Instant } from "../base/clock.ts";
import { civilFromDays, monthLength, weekdayOf } from "../time/calendar.ts";
import type { Zone } from "../time/zone.ts";
import { hasBit, hasOfSixty } from "./bits.ts";
import { firstYear, lastYear, type Cron } from "./cron.ts";

/** Milliseconds are left out: the whole second counts. */
export function matchesInstant(cron: Cron, at: Instant, zone: Zone): boolean {
  const second = Math.floor((at + zone.offsetAt(at)) / 1_000);
  const days = Math.floor(second / 86_400);
  const time = second - days * 86_400;
  return (
    hasOfSixty(cron.seconds, time % 60) &&
    hasOfSixty(cron.minutes, Math.floor(time / 60) % 60) &&
    hasBit(cron.hours, Math.floor(time / 3_600)) &&
    matchesDay(cron, days)
  );
}

function matchesDay(cron: Cron, days: number): boolean {
  const { year, month, day } = civilFromDays(days);
  if (year < firstYear || year > lastYear || !hasBit(cron.months, month - 1)) return false;
  if (cron.years !== undefined && !cron.years.includes(year)) return false;
  const first = weekdayOf(days - day + 1);
  return hasBit(cron.dayMasks[4 * first + monthLength(year, month) - 28] ?? 0, day - 1);
}
