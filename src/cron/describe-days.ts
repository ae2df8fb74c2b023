// The two day fields, the months and the years in words.
import { hasBit, listBits } from "./bits.ts";
import { firstYear, lastYear, type Cron, type DayRule } from "./cron.ts";
import { shapeOf } from "./number-shape.ts";
import { joinWords, monthName, ordinal, weekdayName } from "./words.ts";

/** Empty when every day of every year matches. Parts are joined by space or comma as they read. */
export function describeDays(cron: Cron): string[] {
  const { days } = cron;
  const months = listBits(cron.months, 1);
  const years = describeYears(cron.years);
  const date = dateOf(days, months);
  if (date !== undefined) return [date, ...years];
  return [...describeDayFields(cron), ...describeMonths(months), ...years];
}

/** `on 29 February`: plain days in one month, and nothing else. */
function dateOf(days: DayRule, months: readonly number[]): string | undefined {
  const [month] = months;
  const special = days.fromEnd | days.nearest | days.nearestFromEnd;
  if (days.dayOpen || !days.weekdayOpen || special !== 0 || month === undefined) return undefined;
  const numbers = listBits(days.daysOfMonth, 1);
  if (months.length > 1 || numbers.length > 3) return undefined;
  return `on ${joinWords(numbers.map(String))} ${monthName(month)}`;
}

function describeDayFields(cron: Cron): string[] {
  const { days } = cron;
  const day = days.dayOpen ? undefined : `on ${joinWords(namesOfDays(days))} of the month`;
  const weekday = days.weekdayOpen ? undefined : describeWeekdays(days);
  if (day === undefined || weekday === undefined) return [day ?? weekday ?? ""].filter((part) => part !== "");
  return [cron.dayMatch === "or" ? `${day} or ${weekday}` : `${day}, only when also ${weekday}`];
}

function namesOfDays(days: DayRule): string[] {
  return [
    ...plainDays(listBits(days.daysOfMonth, 1)),
    ...listBits(days.nearest, 1).map((day) => `the weekday nearest the ${ordinal(day)}`),
    ...listBits(days.fromEnd).map((before) => `the ${beforeLast(before)}`),
    ...listBits(days.nearestFromEnd).map((before) =>
      before === 0 ? "the last weekday" : `the weekday nearest the ${beforeLast(before)}`,
    ),
  ];
}

function plainDays(numbers: readonly number[]): string[] {
  const shape = shapeOf(numbers, 1, 31);
  if (shape.kind === "all") return ["every day"];
  if (shape.kind === "step") return [`every ${ordinal(shape.by)} day from the 1st`];
  if (shape.kind === "range") return [`the ${ordinal(shape.from)} to the ${ordinal(shape.to)}`];
  return numbers.map((day) => `the ${ordinal(day)}`);
}

function beforeLast(before: number): string {
  if (before === 0) return "last day";
  return before === 1 ? "day before the last" : `${ordinal(before)} day before the last`;
}

function describeWeekdays(days: DayRule): string {
  // The week as people list it: Monday first.
  const plain = [1, 2, 3, 4, 5, 6, 7].filter((day) => hasBit(days.weekdays, day % 7));
  const special = [
    ...days.nthWeekdays.flatMap((mask, index) =>
      listBits(mask).map((weekday) => `the ${ordinal(index + 1)} ${weekdayName(weekday)}`),
    ),
    ...listBits(days.lastWeekdays).map((weekday) => `the last ${weekdayName(weekday)}`),
  ];
  const names = plain.map((day) => weekdayName(day % 7));
  if (special.length > 0) {
    const ofMonth = `${joinWords(special)} of the month`;
    return names.length === 0 ? `on ${ofMonth}` : `on ${joinWords(names)} and on ${ofMonth}`;
  }
  const shape = shapeOf(plain, 1, 7);
  if (shape.kind === "all") return "on every day of the week";
  if (shape.kind !== "range") return `on ${joinWords(names)}`;
  return `${weekdayName(shape.from % 7)} to ${weekdayName(shape.to % 7)}`;
}

function describeMonths(months: readonly number[]): string[] {
  const shape = shapeOf(months, 1, 12);
  if (shape.kind === "all") return [];
  if (shape.kind === "range") return [`${monthName(shape.from)} to ${monthName(shape.to)}`];
  return [`in ${joinWords(months.map(monthName))}`];
}

function describeYears(years: readonly number[] | undefined): string[] {
  if (years === undefined) return [];
  const shape = shapeOf(years, firstYear, lastYear);
  if (shape.kind === "all") return [];
  if (shape.kind === "range") return [`${shape.from} to ${shape.to}`];
  if (shape.kind === "step") return [`in every ${ordinal(shape.by)} year from ${firstYear}`];
  return [`in ${joinWords(years.map(String))}`];
}
