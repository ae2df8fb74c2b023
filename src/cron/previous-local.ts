// The walk backward over the clock on the wall: next-local.ts in a mirror.
import { civilFromDays, daysFromCivil, monthLength, weekdayOf } from "../time/calendar.ts";
import type { LocalMs } from "../time/local-time.ts";
import { previousBit, previousOfSixty } from "./bits.ts";
import { firstYear, lastYear, type Cron } from "./cron.ts";

const lastSecond = daysFromCivil(lastYear + 1, 1, 1) * 86_400 - 1;

/** The last local time of the expression before `local`; `-Infinity` when there is none down to the first year. */
export function previousLocal(cron: Cron, local: LocalMs): LocalMs {
  const second = Math.min(Math.ceil(local / 1_000) - 1, lastSecond);
  const today = Math.floor(second / 86_400);
  let day = previousDay(cron, today);
  if (day === today) {
    const time = previousTimeOfDay(cron, second - day * 86_400);
    if (time >= 0) return (day * 86_400 + time) * 1_000;
    day = previousDay(cron, today - 1);
  }
  return (day * 86_400 + previousTimeOfDay(cron, 86_399)) * 1_000;
}

function previousDay(cron: Cron, from: number): number {
  const start = civilFromDays(from);
  let { year, month } = start;
  let last = start.day - 1;
  for (;;) {
    const previousMonth = previousBit(cron.months, month - 1) + 1;
    const wantedYear = previousMonth === 0 ? year - 1 : year;
    const previousYear = previousYearOf(cron, wantedYear);
    if (previousYear < firstYear) return -Infinity;
    if (previousYear !== year || previousMonth !== month) last = 30;
    year = previousYear;
    month =
      previousYear === wantedYear && previousMonth > 0 ? previousMonth : previousBit(cron.months, 11) + 1;
    const monthStart = daysFromCivil(year, month, 1);
    const mask = cron.dayMasks[4 * weekdayOf(monthStart) + monthLength(year, month) - 28] ?? 0;
    const day = previousBit(mask, last);
    if (day >= 0) return monthStart + day;
    last = 30;
    month--;
  }
}

function previousYearOf(cron: Cron, from: number): number {
  return cron.years === undefined ? from : (cron.years.findLast((year) => year <= from) ?? -Infinity);
}

/** Seconds into the day, at `from` or earlier; -1 when the day has none before. */
function previousTimeOfDay(cron: Cron, from: number): number {
  const fromHour = (from / 3_600) | 0;
  const fromMinute = ((from / 60) | 0) % 60;
  let hour = previousBit(cron.hours, fromHour);
  if (hour === fromHour) {
    let minute = previousOfSixty(cron.minutes, fromMinute);
    if (minute === fromMinute) {
      const second = previousOfSixty(cron.seconds, from % 60);
      if (second >= 0) return hour * 3_600 + minute * 60 + second;
      minute = previousOfSixty(cron.minutes, fromMinute - 1);
    }
    if (minute >= 0) return hour * 3_600 + minute * 60 + previousOfSixty(cron.seconds, 59);
    hour = previousBit(cron.hours, fromHour - 1);
  }
  if (hour < 0) return -1;
  return hour * 3_600 + previousOfSixty(cron.minutes, 59) * 60 + previousOfSixty(cron.seconds, 59);
}
