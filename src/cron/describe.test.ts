import * as fc from "fast-check";
import { expect, test } from "vitest";
import { describe } from "./describe.ts";
import { parseCron } from "./parse.ts";

test.each([
  ["* * * * *", "every minute"],
  ["*/5 * * * *", "every 5 minutes"],
  ["*/7 * * * *", "every 7 minutes from minute 0"],
  ["0 * * * *", "every hour, on the hour"],
  ["1 * * * *", "every hour, at 1 minute past the hour"],
  ["7 * * * *", "every hour, at 7 minutes past the hour"],
  ["5,20 * * * *", "at minutes 5 and 20 of every hour"],
  ["5-10 * * * *", "at minutes 5 to 10 of every hour"],
  ["0 */2 * * *", "every 2 hours, on the hour"],
  ["0 */5 * * *", "at 00:00, 05:00, 10:00, 15:00 and 20:00 every day"],
  ["30 9-17 * * *", "every hour from 09:30 to 17:30"],
  ["*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45"],
  ["* 12 * * *", "every minute from 12:00 to 12:59"],
  ["*/15 8,20 * * *", "every 15 minutes of the hours 8 and 20"],
  ["15,45 */3 * * *", "at minutes 15 and 45 of every 3rd hour"],
  ["10 1,2,3,5,7,8,13 * * *", "at 10 minutes past the hour, in the hours 1, 2, 3, 5, 7, 8 and 13"],
])("[CRN-50] minutes and hours: %s is %j", (text, words) => {
  expect(describe(parseCron(text))).toBe(words);
});

test.each([
  ["* * * * * *", "every second"],
  ["*/10 * * * * *", "every 10 seconds"],
  ["30 * * * * *", "at second 30 of every minute"],
  ["15 30 9 * * *", "at 09:30:15 every day"],
  ["0,30 0 9 * * *", "at 09:00:00 and 09:00:30 every day"],
  ["* 0 9 * * *", "every second of the minute 09:00"],
  ["* * 12 * * *", "every second of every minute from 12:00 to 12:59"],
  ["*/20 */30 * * * *", "every 20 seconds of every 30th minute of every hour"],
  ["0 30 9 * * * 2030", "at 09:30 every day in 2030"],
  ["0 30 9 * * * 2026-2028", "at 09:30 every day, 2026 to 2028"],
  ["0 30 9 * * * */10", "at 09:30 every day in every 10th year from 1970"],
])("[CRN-50] seconds and years: %s is %j", (text, words) => {
  expect(describe(parseCron(text))).toBe(words);
});

test.each([
  ["0 9 * * *", "at 09:00 every day"],
  ["0 8,12,18 * * *", "at 08:00, 12:00 and 18:00 every day"],
  ["0 9 * * 1-5", "at 09:00, Monday to Friday"],
  ["0 9 * * 6,7", "at 09:00 on Saturday and Sunday"],
  ["0 9 * * sun", "at 09:00 on Sunday"],
  ["0 9 * * 0-6", "at 09:00 on every day of the week"],
  ["0 9 1,15 * *", "at 09:00 on the 1st and the 15th of the month"],
  ["0 9 2,3,11,22 * *", "at 09:00 on the 2nd, the 3rd, the 11th and the 22nd of the month"],
  ["0 9 1-7 * *", "at 09:00 on the 1st to the 7th of the month"],
  ["0 9 */2 * *", "at 09:00 on every 2nd day from the 1st of the month"],
  ["0 0 L * *", "at 00:00 on the last day of the month"],
  ["0 0 L-1 * *", "at 00:00 on the day before the last of the month"],
  ["0 0 L-3 * *", "at 00:00 on the 3rd day before the last of the month"],
  ["0 0 15W * *", "at 00:00 on the weekday nearest the 15th of the month"],
  ["0 0 LW * *", "at 00:00 on the last weekday of the month"],
  ["0 0 L-3W * *", "at 00:00 on the weekday nearest the 3rd day before the last of the month"],
  ["0 0 * * 2#2", "at 00:00 on the 2nd Tuesday of the month"],
  ["0 0 * * 5L", "at 00:00 on the last Friday of the month"],
  ["0 0 * * 1,5#2", "at 00:00 on Monday and on the 2nd Friday of the month"],
  ["0 0 13 * 5", "at 00:00 on the 13th of the month or on Friday"],
  ["0 12 29 2 *", "at 12:00 on 29 February"],
  ["@yearly", "at 00:00 on 1 January"],
  ["0 9 * 1,7 *", "at 09:00 every day in January and July"],
  ["0 9 * 6-8 *", "at 09:00 every day, June to August"],
  ["0 9 1 */3 *", "at 09:00 on the 1st of the month in January, April, July and October"],
  ["*/15 * * 12 1-5", "every 15 minutes, Monday to Friday in December"],
])("[CRN-50] days and months: %s is %j", (text, words) => {
  expect(describe(parseCron(text))).toBe(words);
});

test("[CRN-50] two day fields that are both needed say so", () => {
  expect(describe(parseCron("0 9 13 * 5", { dayMatch: "and" }))).toBe(
    "at 09:00 on the 13th of the month, only when also on Friday",
  );
});

test("[CRN-50] two spellings of one meaning read the same", () => {
  const same = (one: string, other: string): void => {
    expect(describe(parseCron(one, { seed: "s" }))).toBe(describe(parseCron(other, { seed: "s" })));
  };
  same("0,15,30,45 * * * *", "*/15 * * * *");
  same("0 0 * * 7", "@weekly");
  same("0-59 0-23 * jan-DEC ?", "* * * * *");
  same("0 9 * * mon,tue,wed,thu,fri", "0 0 9 ? * 1-5");
});

test("[CRN-50] a hashed place is said as the place that it is", () => {
  expect(describe(parseCron("H * * * *", { seed: "task" }))).toMatch(
    /^every hour, at \d+ minutes? past the hour$/,
  );
});

test("[CRN-50] whatever can be read can be said", () => {
  const field = (parts: readonly string[]): fc.Arbitrary<string> =>
    fc.uniqueArray(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 }).map((items) => items.join(","));
  const expression = fc.tuple(
    field(["*", "0", "30", "*/7", "5-20", "1"]),
    field(["*", "0", "30", "*/7", "5-20", "1"]),
    field(["*", "0", "9", "*/5", "9-17", "23"]),
    field(["*", "1", "L", "L-2", "15W", "LW", "*/3", "31"]),
    field(["*", "1", "feb", "*/5", "6-8"]),
    field(["*", "1", "fri#2", "5L", "1-5", "0"]),
    field(["*", "2030", "2026-2028", "*/9"]),
  );
  fc.assert(
    fc.property(expression, (fields) => {
      const words = describe(parseCron(fields.join(" ")));
      expect(words).toMatch(/^(?:at|every|on) /);
      expect(words).not.toMatch(/undefined|NaN| {2}|,,|, and|^ | $/);
    }),
  );
});
