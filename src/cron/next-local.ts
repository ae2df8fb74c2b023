// The walk forward over the clock on the wall: integers and bit masks, no zone, no allocation.
import { civilFromDays, daysFromCivil, monthLength, weekdayOf } from "../time/calendar.ts";
import type { LocalMs } from "../time/local-time.ts";
import { nextBit, nextOfSixty } from "./bits.ts";
import { lastYear, type Cron } from "./cron.ts";

/** The first local time of the expression after `local`; `Infinity` when there is none up to the last year. */
export function nextLocal(cron: Cron, local: LocalMs): LocalMs {
  // Local times are whole seconds; the year 1970 is the first.
  const second = Math.max(Math.floor(local / 1_000) + 1, 0);
  const today = Math.floor(second / 86_400);
  let day = nextDay(cron, today);
  if (day === today) {
    const time = nextTimeOfDay(cron, second - day * 86_400);
    if (time >= 0) return (day * 86_400 + time) * 1_000;
    day = nextDay(cron, today + 1);
  }
  return (day * 86_400 + nextTimeOfDay(cron, 0)) * 1_000;
}

/** Days since 1970; `Infinity` when there is none. */
function nextDay(cron: Cron, from: number): number {
  const start = civilFromDays(from);
  let { year, month } = start;
  let skipped = start.day - 1;
  for (;;) {
    const nextMonth = nextBit(cron.months, month - 1) + 1;
    const wantedYear = nextMonth === 0 ? year + 1 : year;
    const nextYear = nextYearOf(cron, wantedYear);
    if (nextYear > lastYear) return Infinity;
    if (nextYear !== year || nextMonth !== month) skipped = 0;
    year = nextYear;
    month = nextYear === wantedYear && nextMonth > 0 ? nextMonth : nextBit(cron.months, 0) + 1;
    const monthStart = daysFromCivil(year, month, 1);
    const mask = cron.dayMasks[4 * weekdayOf(monthStart) + monthLength(year, month) - 28] ?? 0;
    const day = nextBit(mask, skipped);
    if (day >= 0) return monthStart + day;
    skipped = 0;
    month++;
  }
}

function nextYearOf(cron: Cron, from: number): number {
  if (cron.years === undefined) return from;
  for (const year of cron.years) if (year >= from) return year;
  return Infinity;
}

/** Seconds into the day, at `from` or later; -1 when the day has none left. */
function nextTimeOfDay(cron: Cron, from: number): number {
  const fromHour = (from / 3_600) | 0;
  const fromMinute = ((from / 60) | 0) % 60;
  let hour = nextBit(cron.hours, fromHour);
  if (hour === fromHour) {
    let minute = nextOfSixty(cron.minutes, fromMinute);
    if (minute === fromMinute) {
      const second = nextOfSixty(cron.seconds, from % 60);
      if (second >= 0) return hour * 3_600 + minute * 60 + second;
      minute = nextOfSixty(cron.minutes, fromMinute + 1);
    }
    if (minute >= 0) return hour * 3_600 + minute * 60 + nextOfSixty(cron.seconds, 0);
    hour = nextBit(cron.hours, fromHour + 1);
  }
  if (hour < 0) return -1;
  return hour * 3_600 + nextOfSixty(cron.minutes, 0) * 60 + nextOfSixty(cron.seconds, 0);
}
