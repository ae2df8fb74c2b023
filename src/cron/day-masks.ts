// The two day fields folded into one table: which days of a month match, for each of the 28 kinds of month.
// A month is known by the weekday of its first day and by its length; nothing else decides about L, W and #.
import { hasBit } from "./bits.ts";
import type { DayMatch, DayRule } from "./cron.ts";

const saturday = 6;

/** Entry `4 * weekday of the first + length - 28`, bit d - 1. */
export function foldDays(rule: DayRule, dayMatch: DayMatch): readonly number[] {
  const either = dayMatch === "or" && !rule.dayOpen && !rule.weekdayOpen;
  const masks: number[] = [];
  for (let first = 0; first < 7; first++) {
    for (let length = 28; length <= 31; length++) {
      const byDay = daysByNumber(rule, first, length);
      const byWeekday = daysByWeekday(rule, first, length);
      masks.push(either ? byDay | byWeekday : byDay & byWeekday);
    }
  }
  return Object.freeze(masks);
}

function daysByNumber(rule: DayRule, first: number, length: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day++) {
    const fromEnd = length - day;
    if (hasBit(rule.daysOfMonth, day - 1) || hasBit(rule.fromEnd, fromEnd)) mask |= 1 << (day - 1);
    if (hasBit(rule.nearest, day - 1) || hasBit(rule.nearestFromEnd, fromEnd)) {
      mask |= 1 << (nearestWeekday(day, first, length) - 1);
    }
  }
  return mask;
}

function daysByWeekday(rule: DayRule, first: number, length: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day++) {
    const weekday = (first + day - 1) % 7;
    const week = ((day - 1) / 7) | 0;
    const wanted =
      hasBit(rule.weekdays, weekday) ||
      hasBit(rule.nthWeekdays[week] ?? 0, weekday) ||
      (day + 7 > length && hasBit(rule.lastWeekdays, weekday));
    if (wanted) mask |= 1 << (day - 1);
  }
  return mask;
}

/** The day from Monday to Friday nearest to `day`, never in another month. */
function nearestWeekday(day: number, first: number, length: number): number {
  const weekday = (first + day - 1) % 7;
  if (weekday === saturday) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}
