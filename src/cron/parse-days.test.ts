import { describe, expect, test } from "vitest";
import { listBits } from "./bits.ts";
import { CronError } from "./cron-error.ts";
import type { DayMatch } from "./cron.ts";
import { parseCron } from "./parse.ts";

/** The days of a month on which an expression of two day fields matches, from the table of the expression. */
function daysOf(fields: string, year: number, month: number, dayMatch: DayMatch = "or"): number[] {
  const [day, weekday] = fields.split(" ");
  const { dayMasks } = parseCron(`0 0 ${day} * ${weekday}`, { dayMatch });
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return listBits(dayMasks[4 * first + length - 28] ?? 0, 1);
}

// August 2026 begins on a Saturday and ends on a Monday; February 2026 begins and ends with the week, on a Sunday
// and a Saturday; May 2026 begins on a Friday and ends on a Sunday.

describe("the day of the month", () => {
  test.each([
    ["L *", 2026, 2, [28]],
    ["L *", 2028, 2, [29]],
    ["l *", 2026, 8, [31]],
    ["L-3 *", 2026, 8, [28]],
    ["L-30 *", 2026, 8, [1]],
    ["L-30 *", 2026, 9, []],
    ["L-28 *", 2026, 2, []],
    ["L-28 *", 2028, 2, [1]],
    ["L-0 *", 2026, 8, [31]],
    ["1,L *", 2026, 8, [1, 31]],
  ])("[CRN-11] %s of %d-%d is %j", (fields, year, month, expected) => {
    expect(daysOf(fields, year, month)).toEqual(expected);
  });

  test.each([
    ["15W *", 2026, 8, [14]], // the 15th is a Saturday
    ["16W *", 2026, 8, [17]], // a Sunday
    ["14w *", 2026, 8, [14]], // a Friday
    ["1W *", 2026, 8, [3]], // a Saturday, and Friday would be in July
    ["1W *", 2026, 2, [2]], // a Sunday
    ["31W *", 2026, 5, [29]], // a Sunday, and Monday would be in June
    ["28W *", 2026, 2, [27]], // a Saturday
    ["31W *", 2026, 9, []], // September has no 31st
    ["30W *", 2026, 2, []],
    ["LW *", 2026, 5, [29]],
    ["LW *", 2026, 2, [27]],
    ["lw *", 2026, 8, [31]],
    ["L-1W *", 2026, 8, [31]], // the 30th is a Sunday
    ["L-2W *", 2026, 8, [28]], // the 29th is a Saturday
    ["L-30W *", 2026, 8, [3]], // the 1st is a Saturday
    ["1,15W,LW *", 2026, 8, [1, 14, 31]],
  ])("[CRN-12] %s of %d-%d is %j", (fields, year, month, expected) => {
    expect(daysOf(fields, year, month)).toEqual(expected);
  });

  test("[CRN-12] every W of every month is the nearest weekday that a person would find", () => {
    for (let year = 2020; year < 2049; year++) {
      for (let month = 1; month <= 12; month++) {
        const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
        for (let day = 1; day <= length; day++) {
          const workdays = Array.from({ length }, (_, index) => index + 1).filter(
            (candidate) => new Date(Date.UTC(year, month - 1, candidate)).getUTCDay() % 6 !== 0,
          );
          const nearest = workdays.toSorted((a, b) => Math.abs(a - day) - Math.abs(b - day))[0];
          if (daysOf(`${day}W *`, year, month)[0] !== nearest) {
            expect([year, month, day, daysOf(`${day}W *`, year, month)]).toEqual([
              year,
              month,
              day,
              [nearest],
            ]);
          }
        }
      }
    }
  });
});

describe("the weekday", () => {
  test.each([
    ["* 2#2", 2026, 8, [11]],
    ["* TUE#2", 2026, 8, [11]],
    ["* 6#1", 2026, 8, [1]],
    ["* 6#5", 2026, 8, [29]],
    ["* 2#5", 2026, 8, []], // August 2026 has four Tuesdays
    ["* 7#1", 2026, 8, [2]],
    ["* 0#5", 2026, 8, [30]],
    ["* 5L", 2026, 8, [28]],
    ["* fri#l", 2026, 8, [28]],
    ["* MONL", 2026, 8, [31]],
    ["* 7L", 2026, 8, [30]],
    ["* 1#1,5L", 2026, 8, [3, 28]],
    ["* 3,1#1", 2026, 8, [3, 5, 12, 19, 26]],
  ])("[CRN-13] %s of %d-%d is %j", (fields, year, month, expected) => {
    expect(daysOf(fields, year, month)).toEqual(expected);
  });
});

describe("both", () => {
  test("[CRN-14] either day field is enough, or both are needed", () => {
    expect(daysOf("13 5", 2026, 8)).toEqual([7, 13, 14, 21, 28]);
    expect(daysOf("13 5", 2026, 8, "and")).toEqual([]);
    expect(daysOf("13 5", 2026, 11, "and")).toEqual([13]);
    expect(daysOf("1-7 1", 2026, 8, "and")).toEqual([3]);
  });

  test("[CRN-14] only a bare star or question mark is unrestricted", () => {
    expect(daysOf("* 1", 2026, 8)).toEqual([3, 10, 17, 24, 31]);
    expect(daysOf("? 1", 2026, 8)).toEqual([3, 10, 17, 24, 31]);
    expect(daysOf("10 *", 2026, 8)).toEqual([10]);
    expect(daysOf("10 ?", 2026, 8)).toEqual([10]);
    expect(daysOf("*/15 1", 2026, 8)).toEqual([1, 3, 10, 16, 17, 24, 31]);
    expect(daysOf("1-31 1", 2026, 8)).toHaveLength(31);
    expect(daysOf("10 0-6", 2026, 8)).toHaveLength(31);
    expect(daysOf("? ?", 2026, 8)).toHaveLength(31);
  });
});

describe("refusals", () => {
  test.each([
    "? * * * *",
    "* ? * * *",
    "* * * ? *",
    "? * * * * *",
    "0 0 0 1 1 * ?",
    "0 0 ?,1 * *",
    "0 0 ?/2 * *",
    "0 0 * * ?#1",
  ])("[CRN-10] %j uses ? where it means nothing", (text) => {
    expect(() => parseCron(text)).toThrow(CronError);
  });

  test("[CRN-10] ? in a day field is a star", () => {
    expect(parseCron("0 0 ? * 1").dayMasks).toEqual(parseCron("0 0 * * 1").dayMasks);
    expect(parseCron("0 0 1 * ?").dayMasks).toEqual(parseCron("0 0 1 * *").dayMasks);
  });

  test.each([
    "L * * * *",
    "0 0 L- * *",
    "0 0 L-31 * *",
    "0 0 L/2 * *",
    "0 0 1-L * *",
    "0 0 LL * *",
    "0 0 L3 * *",
    "0 0 3L * *",
    "0 0 * L *",
  ])("[CRN-11] %j is refused", (text) => {
    expect(() => parseCron(text)).toThrow(CronError);
  });

  test.each([
    "0 0 W * *",
    "0 0 0W * *",
    "0 0 32W * *",
    "0 0 1-15W * *",
    "0 0 */2W * *",
    "0 0 15WW * *",
    "0 0 * * 5W",
  ])("[CRN-12] %j is refused", (text) => {
    expect(() => parseCron(text)).toThrow(CronError);
  });

  test.each([
    "0 0 * * L",
    "0 0 * * 8L",
    "0 0 * * 5#0",
    "0 0 * * 5#6",
    "0 0 * * 5#",
    "0 0 * * #2",
    "0 0 * * 1-5#2",
    "0 0 * * 5#2#3",
    "0 0 * * 5#2L",
    "0 0 5#2 * *",
    "0 0 * * 1-5L",
    "0 0 * * */2L",
  ])("[CRN-13] %j is refused", (text) => {
    expect(() => parseCron(text)).toThrow(CronError);
  });
});
