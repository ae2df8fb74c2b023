// The two day fields folded into one table: which days of a month match, for each of the 28 kinds of month.
// A month is known by the weekday of its first day and by its length; nothing else decides about L, W and #.
// Masks hold day d in bit d - 1.
import { nextBit, previousBit } from "./bits.ts";
import type { DayMatch, DayRule } from "./cron.ts";

const saturday = 6;
const everyWeekday = 0x7f;
/** The 1st, 8th, 15th, 22nd and 29th. */
const everySeventh = 0x1020_4081;

interface Month {
  /** The weekday of the first day, Sunday is 0. */
  readonly first: number;
  readonly length: number;
  /** All its days. */
  readonly days: number;
}

/** Entry `4 * weekday of the first + length - 28`. */
export function foldDays(rule: DayRule, dayMatch: DayMatch): readonly number[] {
  const either = dayMatch === "or" && !rule.dayOpen && !rule.weekdayOpen;
  const masks: number[] = [];
  for (let first = 0; first < 7; first++) {
    for (let length = 28; length <= 31; length++) {
      const month = { first, length, days: -1 >>> (32 - length) };
      const byDay = daysByNumber(rule, month);
      const byWeekday = daysByWeekday(rule, month);
      masks.push(either ? byDay | byWeekday : byDay & byWeekday);
    }
  }
  return Object.freeze(masks);
}

function daysByNumber(rule: DayRule, month: Month): number {
  let mask = rule.daysOfMonth & month.days;
  for (let day = nextBit(rule.nearest, 0) + 1; day > 0; day = nextBit(rule.nearest, day) + 1) {
    if (day <= month.length) mask |= 1 << (nearestWeekday(day, month) - 1);
  }
  if ((rule.fromEnd | rule.nearestFromEnd) === 0) return mask;
  for (let before = 0; before < month.length; before++) {
    const day = month.length - before;
    if (((rule.fromEnd >> before) & 1) === 1) mask |= 1 << (day - 1);
    if (((rule.nearestFromEnd >> before) & 1) === 1) mask |= 1 << (nearestWeekday(day, month) - 1);
  }
  return mask;
}

function daysByWeekday(rule: DayRule, month: Month): number {
  if (rule.weekdays === everyWeekday) return month.days;
  let mask = 0;
  for (let weekday = 0; weekday < 7; weekday++) {
    const firstDay = (weekday - month.first + 7) % 7;
    const days = (everySeventh << firstDay) & month.days;
    if (((rule.weekdays >> weekday) & 1) === 1) mask |= days;
    if (((rule.lastWeekdays >> weekday) & 1) === 1) mask |= 1 << previousBit(days, 30);
    for (let week = 0; week < 5; week++) {
      const wanted = rule.nthWeekdays[week] ?? 0;
      if (((wanted >> weekday) & 1) === 1) mask |= days & (1 << (firstDay + 7 * week));
    }
  }
  return mask;
}

/** The day from Monday to Friday nearest to `day`, never in another month. */
function nearestWeekday(day: number, { first, length }: Month): number {
  const weekday = (first + day - 1) % 7;
  if (weekday === saturday) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}
