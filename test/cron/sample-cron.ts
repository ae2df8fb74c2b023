// Random expressions that know, without any parser of ours, which times they mean.
// Hours and days are drawn near a given local time, so that most samples have something to do there.
import * as fc from "fast-check";

/** One field: its text, and which values it means. */
interface Part {
  readonly text: string;
  readonly has: (value: number) => boolean;
}

/** A day field: which dates it means. */
interface DayPart {
  readonly text: string;
  readonly has: (date: Date) => boolean;
}

export interface SampleCron {
  readonly text: string;
  readonly dayMatch: "or" | "and";
  /** Whether second, minute and hour all start with something other than a star. */
  readonly fixed: boolean;
  /** Whether the clock reading, as milliseconds in UTC, is meant. */
  readonly means: (local: number) => boolean;
}

const dayMs = 86_400_000;
const star: Part = { text: "*", has: () => true };
const only = (wanted: number): Part => ({ text: `${wanted}`, has: (value) => value === wanted });

/** `wholeMinutes`: five fields only, for walks by the minute. */
export function sampleCron(near: number, wholeMinutes: boolean): fc.Arbitrary<SampleCron> {
  const nearHour = new Date(near).getUTCHours();
  const hours = [-2, -1, 0, 1, 2].map((ahead) => (nearHour + ahead + 24) % 24);
  return sample(near, {
    second: wholeMinutes ? fc.constant(only(0)) : someOf(0, 59),
    minute: someOf(0, 59),
    hour: fc.oneof(fc.constant(star), someOf(0, 23), listOf(fc.constantFrom(...hours), 3)),
    year: wholeMinutes ? fc.constant(undefined) : fc.option(someOf(1970, 2199), { nil: undefined }),
  });
}

/** Noon of whatever days: for walks by the day. */
export function sampleDates(near: number): fc.Arbitrary<SampleCron> {
  const year = new Date(near).getUTCFullYear();
  const nearby = { min: Math.max(year - 3, 1970), max: Math.min(year + 9, 2199) };
  const years = fc.oneof(someOf(1970, 2199), listOf(fc.integer(nearby), 3));
  return sample(near, {
    second: fc.constant(only(0)),
    minute: fc.constant(only(0)),
    hour: fc.constant(only(12)),
    year: fc.option(years, { nil: undefined }),
  });
}

interface TimeParts {
  readonly second: fc.Arbitrary<Part>;
  readonly minute: fc.Arbitrary<Part>;
  readonly hour: fc.Arbitrary<Part>;
  readonly year: fc.Arbitrary<Part | undefined>;
}

function sample(near: number, parts: TimeParts): fc.Arbitrary<SampleCron> {
  const nearMonth = new Date(near).getUTCMonth() + 1;
  return fc
    .record({
      ...parts,
      day: fc.oneof(fc.constant(undefined), fc.constant(undefined), dayPart(near)),
      month: fc.oneof(fc.constant(star), someOf(1, 12), fc.constant(only(nearMonth))),
      weekday: fc.oneof(fc.constant(undefined), fc.constant(undefined), weekdayPart(near)),
      dayMatch: fc.constantFrom("or" as const, "and" as const),
    })
    .map(({ second, minute, hour, day, month, weekday, year, dayMatch }) => {
      const fields = [minute.text, hour.text, day?.text ?? "*", month.text, weekday?.text ?? "?"];
      if (second.text !== "0" || year !== undefined) fields.unshift(second.text);
      if (year !== undefined) fields.push(year.text);
      return {
        text: fields.join(" "),
        dayMatch,
        fixed: [second, minute, hour].every((part) => !part.text.startsWith("*")),
        means: (local: number): boolean => {
          const date = new Date(local);
          return (
            second.has(date.getUTCSeconds()) &&
            minute.has(date.getUTCMinutes()) &&
            hour.has(date.getUTCHours()) &&
            month.has(date.getUTCMonth() + 1) &&
            (year === undefined || year.has(date.getUTCFullYear())) &&
            meansDay(day, weekday, dayMatch, date)
          );
        },
      };
    });
}

function meansDay(
  day: DayPart | undefined,
  weekday: DayPart | undefined,
  dayMatch: "or" | "and",
  date: Date,
): boolean {
  if (day === undefined || weekday === undefined) return (day ?? weekday)?.has(date) ?? true;
  return dayMatch === "or" ? day.has(date) || weekday.has(date) : day.has(date) && weekday.has(date);
}

function someOf(first: number, last: number): fc.Arbitrary<Part> {
  const value = fc.integer({ min: first, max: last });
  const step = fc.integer({ min: 1, max: Math.min(last - first + 1, 40) });
  return fc.oneof(
    fc.constant(star),
    step.map((by) => ({ text: `*/${by}`, has: (value: number) => (value - first) % by === 0 })),
    listOf(value, 4),
    fc.tuple(value, value, fc.option(step)).map(([a, b, by]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      return {
        text: `${from}-${to}${by === null ? "" : `/${by}`}`,
        has: (value: number) => value >= from && value <= to && (value - from) % (by ?? 1) === 0,
      };
    }),
  );
}

function listOf(value: fc.Arbitrary<number>, most: number): fc.Arbitrary<Part> {
  return fc
    .array(value, { minLength: 1, maxLength: most })
    .map((values) => ({ text: values.join(","), has: (value: number) => values.includes(value) }));
}

function dayPart(near: number): fc.Arbitrary<DayPart> {
  const today = new Date(near).getUTCDate();
  const day = fc.oneof(fc.constantFrom(today, 1, 28, 29, 30, 31), fc.integer({ min: 1, max: 31 }));
  const ahead = fc.integer({ min: 0, max: 6 });
  return fc.oneof(
    day.map((wanted) => ({ text: `${wanted}`, has: (date: Date) => date.getUTCDate() === wanted })),
    fc.constant({ text: "*/2", has: (date: Date) => date.getUTCDate() % 2 === 1 }),
    ahead.map((n) => ({
      text: n === 0 ? "L" : `l-${n}`,
      has: (date: Date) => date.getUTCDate() === lengthOf(date) - n,
    })),
    day.map((wanted) => ({
      text: `${wanted}W`,
      has: (date: Date) => wanted <= lengthOf(date) && sameDay(date, workday(date, wanted)),
    })),
    ahead.map((n) => ({
      text: n === 0 ? "lw" : `L-${n}W`,
      has: (date: Date) => sameDay(date, workday(date, lengthOf(date) - n)),
    })),
  );
}

function weekdayPart(near: number): fc.Arbitrary<DayPart> {
  const names = ["sun", "MON", "Tue", "wed", "thu", "FRI", "sat"];
  const weekday = fc.oneof(fc.constant(new Date(near).getUTCDay()), fc.integer({ min: 0, max: 6 }));
  return fc.oneof(
    weekday.map((wanted) => ({
      text: wanted === 0 ? "7" : `${wanted}`,
      has: (date: Date) => date.getUTCDay() === wanted,
    })),
    fc.constant({ text: "mon-FRI", has: (date: Date) => date.getUTCDay() % 6 !== 0 }),
    fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([wanted, nth]) => ({
      text: `${names[wanted]}#${nth}`,
      has: (date: Date) => date.getUTCDay() === wanted && Math.ceil(date.getUTCDate() / 7) === nth,
    })),
    fc.tuple(weekday, fc.boolean()).map(([wanted, hash]) => ({
      text: hash ? `${wanted}#L` : `${names[wanted]}L`,
      has: (date: Date) =>
        date.getUTCDay() === wanted &&
        new Date(date.getTime() + 7 * dayMs).getUTCMonth() !== date.getUTCMonth(),
    })),
  );
}

function lengthOf(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Tries the days one by one, nearest first, as a person with a calendar would. */
function workday(month: Date, wanted: number): Date {
  for (const ahead of [0, -1, 1, -2, 2]) {
    const found = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), wanted + ahead));
    if (found.getUTCMonth() === month.getUTCMonth() && found.getUTCDay() % 6 !== 0) return found;
  }
  throw new Error("every month has a weekday near every day");
}

function sameDay(a: Date, b: Date): boolean {
  return a.getUTCDate() === b.getUTCDate() && a.getUTCMonth() === b.getUTCMonth();
}
