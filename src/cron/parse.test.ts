import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listBits, listSixty } from "./bits.ts";
import { CronError } from "./cron-error.ts";
import type { Cron, CronField } from "./cron.ts";
import { parseCron, type ParseOptions } from "./parse.ts";

const minutes = (text: string, options?: ParseOptions): number[] =>
  listSixty(parseCron(`${text} * * * *`, options).minutes);
const hours = (text: string, options?: ParseOptions): number[] =>
  listBits(parseCron(`0 ${text} * * *`, options).hours);
const months = (text: string, options?: ParseOptions): number[] =>
  listBits(parseCron(`0 0 1 ${text} *`, options).months, 1);
const weekdays = (text: string, options?: ParseOptions): number[] =>
  listBits(parseCron(`0 0 * * ${text}`, options).days.weekdays);
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, value) => value);

function refusal(text: string, options?: ParseOptions): CronError {
  try {
    parseCron(text, options);
  } catch (error) {
    if (error instanceof CronError) return error;
    throw error;
  }
  throw new Error(`"${text}" was read`);
}

describe("fields", () => {
  test("[CRN-1] five fields are minute, hour, day, month, weekday, at second 0 of any year", () => {
    const cron = parseCron("1 2 3 4 5");
    expect(listSixty(cron.minutes)).toEqual([1]);
    expect(listBits(cron.hours)).toEqual([2]);
    expect(listBits(cron.days.daysOfMonth, 1)).toEqual([3]);
    expect(listBits(cron.months, 1)).toEqual([4]);
    expect(listBits(cron.days.weekdays)).toEqual([5]);
    expect([listSixty(cron.seconds), cron.years]).toEqual([[0], undefined]);
  });

  test("[CRN-1] a sixth field is the second, in front, and a seventh the year, behind", () => {
    const six = parseCron("59 1 2 3 4 5");
    expect([listSixty(six.seconds), listSixty(six.minutes), six.years]).toEqual([[59], [1], undefined]);
    const seven = parseCron("59 1 2 3 4 5 2030,2028");
    expect([listSixty(seven.seconds), seven.years]).toEqual([[59], [2028, 2030]]);
    expect(parseCron("0 0 0 1 1 * *").years).toBeUndefined();
  });

  test.each(["", "   ", "*", "* * * *", "* * * * * * * *"])("[CRN-1] %j has the wrong number", (text) => {
    expect(refusal(text)).toMatchObject({ field: "expression", position: 1 });
  });

  test("[CRN-2] white space of any kind and amount separates", () => {
    expect(listSixty(parseCron("\t 5   4\t3  2 1 \n").minutes)).toEqual([5]);
    expect(parseCron("  0 0 * * * ").text).toBe("0 0 * * *");
  });

  test.each<[string, CronField]>([
    ["60 * * * * *", "second"],
    ["60 * * * *", "minute"],
    ["* 24 * * *", "hour"],
    ["* * 0 * *", "day"],
    ["* * 32 * *", "day"],
    ["* * * 0 *", "month"],
    ["* * * 13 *", "month"],
    ["* * * * 8", "weekday"],
    ["0 * * * * * 1969", "year"],
    ["0 * * * * * 2200", "year"],
    ["-1 * * * *", "minute"],
    ["1.5 * * * *", "minute"],
    ["1e1 * * * *", "minute"],
    ["0x5 * * * *", "minute"],
    ["99999999999999999999 * * * *", "minute"],
    ["5-60 * * * *", "minute"],
    ["jan * * * *", "minute"],
    ["* * * mon *", "month"],
    ["* * * * january", "weekday"],
  ])("[CRN-3] %j is refused, and %s is at fault", (text, field) => {
    expect(refusal(text).field).toBe(field);
  });

  test("[CRN-3] the first and the last value of each field are read", () => {
    expect(parseCron("0,59 0,59 0,23 1,31 1,12 0,7 1970,2199").years).toEqual([1970, 2199]);
  });

  test("[CRN-4] names are read in any case, and 7 is Sunday", () => {
    expect(months("jan,FEB,Dec")).toEqual([1, 2, 12]);
    expect(weekdays("MON-fri")).toEqual([1, 2, 3, 4, 5]);
    expect(weekdays("7")).toEqual([0]);
    expect(weekdays("5-7")).toEqual([0, 5, 6]);
    expect(weekdays("0,7")).toEqual([0]);
    expect(weekdays("sun-2")).toEqual([0, 1, 2]);
  });
});

describe("items", () => {
  test.each<[string, number[]]>([
    ["*", upTo(59)],
    ["5", [5]],
    ["05", [5]],
    ["5-8", [5, 6, 7, 8]],
    ["7-7", [7]],
    ["*/20", [0, 20, 40]],
    ["*/25", [0, 25, 50]],
    ["*/60", [0]],
    ["10-30/10", [10, 20, 30]],
    ["10-29/10", [10, 20]],
    ["5-59/15", [5, 20, 35, 50]],
    ["3,1,2,1", [1, 2, 3]],
    ["0-4,30-50/10,59", [0, 1, 2, 3, 4, 30, 40, 50, 59]],
    ["*/30,1", [0, 1, 30]],
  ])("[CRN-5] minute %s is %j", (text, expected) => {
    expect(minutes(text)).toEqual(expected);
  });

  test("[CRN-5] steps count from the first value of the field, which is 1 for days and months", () => {
    expect(months("*/4")).toEqual([1, 5, 9]);
    expect(listBits(parseCron("0 0 */10 * *").days.daysOfMonth, 1)).toEqual([1, 11, 21, 31]);
    expect(weekdays("*/2")).toEqual([0, 2, 4, 6]);
    expect(weekdays("1-7/2")).toEqual([0, 1, 3, 5]);
    expect(parseCron("0 0 0 1 1 * 2020-2030/5").years).toEqual([2020, 2025, 2030]);
  });

  test.each([
    "30-10 * * * *",
    "* 22-2 * * *",
    "* * * * sat-sun",
    "* * * * 7-2",
    "*/0 * * * *",
    "*/61 * * * *",
    "* */25 * * *",
    "* * */32 * *",
    "* * * */13 *",
    "* * * * */8",
    "*/ * * * *",
    "*/x * * * *",
    "*/-5 * * * *",
    "5/15 * * * *",
    "1,,2 * * * *",
    ",1 * * * *",
    "1, * * * *",
    "5- * * * *",
    "-5 * * * *",
    "1-2-3 * * * *",
    "*/2/2 * * * *",
    "** * * * *",
    "*5 * * * *",
  ])("[CRN-6] %j is refused", (text) => {
    expect(refusal(text).code).toBe("cron.invalid");
  });

  test("[CRN-7] an open step goes to the end of its field when it is allowed", () => {
    const allow = { allow: ["open step"] as const };
    expect(minutes("5/15", allow)).toEqual([5, 20, 35, 50]);
    expect(hours("20/2", allow)).toEqual([20, 22]);
    expect(weekdays("MON/2", allow)).toEqual([1, 3, 5]);
    expect(weekdays("7/3", allow)).toEqual([0, 3, 6]);
    expect(() => hours("22-2", allow)).toThrow(CronError);
  });

  test("[CRN-8] a wrapped range goes on past the end of its field when it is allowed", () => {
    const allow = { allow: ["wrapped range"] as const };
    expect(hours("22-2", allow)).toEqual([0, 1, 2, 22, 23]);
    expect(hours("22-2/2", allow)).toEqual([0, 2, 22]);
    expect(minutes("50-10/15", allow)).toEqual([5, 50]);
    expect(months("nov-feb", allow)).toEqual([1, 2, 11, 12]);
    expect(weekdays("sat-sun", allow)).toEqual([0, 6]);
    expect(weekdays("fri-mon", allow)).toEqual([0, 1, 5, 6]);
    expect(weekdays("7-2", allow)).toEqual([0, 1, 2]);
    expect(listBits(parseCron("0 0 30-2 * *", allow).days.daysOfMonth, 1)).toEqual([1, 2, 30, 31]);
    expect(refusal("0 0 0 1 1 * 2030-2020", allow).field).toBe("year");
    expect(() => minutes("5/15", allow)).toThrow(CronError);
  });
});

describe("macros", () => {
  test.each([
    ["@yearly", "0 0 1 1 *"],
    ["@annually", "0 0 1 1 *"],
    ["@monthly", "0 0 1 * *"],
    ["@weekly", "0 0 * * 0"],
    ["@daily", "0 0 * * *"],
    ["@midnight", "0 0 * * *"],
    ["@hourly", "0 * * * *"],
    [" @HourLy ", "0 * * * *"],
  ])("[CRN-9] %j means %s", (macro, expression) => {
    expect(parseCron(macro)).toEqual({ ...parseCron(expression), text: macro.trim() });
  });

  test.each(["@reboot", "@every 5m", "@", "@daily * * * *", "@ daily"])("[CRN-9] %j is refused", (text) => {
    expect(refusal(text)).toMatchObject({ field: "expression" });
  });
});

describe("values", () => {
  test("[CRN-21] a parsed expression is frozen all the way down", () => {
    const check = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(check);
    };
    check(parseCron("0 */5 1 L,15W * 5#2,3L 2030"));
    check(parseCron("*/5 1 * * *"));
    expect(parseCron("1 2 3 4 5")).toEqual(parseCron("1 2 3 4 5"));
  });

  test.each<[string, boolean]>([
    ["30 2 * * *", true],
    ["0,30 2-4 * * *", true],
    ["0-59/15 2 * * *", true],
    ["0 30 2 * * *", true],
    ["* 2 * * *", false],
    ["*/30 2 * * *", false],
    ["30 * * * *", false],
    ["30 */2 * * *", false],
    ["* 30 2 * * *", false],
    ["*/10 30 2 * * *", false],
    ["@daily", true],
    ["@hourly", false],
  ])("[CRN-22] whether %j is fixed: %j", (text, fixed) => {
    expect(parseCron(text).fixed).toBe(fixed);
  });
});

describe("refusals", () => {
  test("[CRN-19] the message says the text, the field, the value and what is allowed", () => {
    const error = refusal("0 9 * * 1-9");
    expect(error.message).toBe(
      'Cannot read cron "0 9 * * 1-9": weekday must be 0–7 or SUN–SAT, but field 5 says "9" (position 11).',
    );
    expect(error).toMatchObject({
      name: "CronError",
      code: "cron.invalid",
      family: "input",
      field: "weekday",
      position: 11,
      details: { expression: "0 9 * * 1-9", field: "weekday", position: 11, value: "9" },
    });
  });

  test.each<[string, number, string]>([
    ["61 * * * *", 1, "61"],
    ["  0 99 * * *", 5, "99"],
    ["0 0 1,2,x * *", 9, "x"],
    ["*/99 * * * *", 3, "99"],
    ["0 0 * * 5#6", 11, "6"],
    ["0 0 L-31 * *", 7, "31"],
    ["1,, * * * *", 3, ""],
    [" @often", 2, " @often"],
    ["0 0 1 foo-bar *", 7, "foo"],
    ["H(9-70) * * * *", 5, "70"],
  ])("[CRN-19] in %j the fault is at position %d", (text, position, value) => {
    expect(refusal(text).details).toMatchObject({ position, value });
  });

  test("[CRN-19] a refusal says how to be understood", () => {
    expect(refusal("5/15 * * * *").message).toContain('write "5-59/15", or allow "open step"');
    expect(refusal("0 22-2 * * *").message).toContain('allow "wrapped range"');
    expect(refusal("0 0 * * L").message).toContain('"FRI#L"');
    expect(refusal("0 0 1-5W * *").message).toContain('"15W"');
    expect(refusal("H * * * *").message).toContain("{ seed }");
  });

  test("[CRN-20] any text is read or refused, and a refusal points into the text", () => {
    const piece = fc.constantFrom(
      ..."* ? L W H # / - , ( ) @ 0 1 5 7 31 59 60 99 2030 mon JAN l-3 lw 15W 5#2 fri#L H(1-5) */5 1-5 é 💥".split(
        " ",
      ),
      " ",
      "\t",
    );
    const near = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(""));
    const fields = fc
      .array(fc.array(piece, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 7 })
      .map((words) => words.map((word) => word.join("")).join(" "));
    fc.assert(
      fc.property(fc.oneof(fc.string(), near, fields), fc.boolean(), (text, lenient) => {
        const allow = lenient ? (["open step", "wrapped range"] as const) : [];
        let cron: Cron | undefined;
        try {
          cron = parseCron(text, { allow, seed: "s" });
        } catch (error) {
          if (!(error instanceof CronError)) throw error;
          expect(error.position).toBeGreaterThanOrEqual(1);
          expect(error.position).toBeLessThanOrEqual(text.length + 1);
        }
        if (cron !== undefined) {
          expect(Math.min(listSixty(cron.minutes).length, listBits(cron.hours).length)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("[CRN-20] what is no text is refused as well", () => {
    expect(() => Reflect.apply(parseCron, undefined, [undefined])).toThrow(CronError);
    expect(() => Reflect.apply(parseCron, undefined, [5])).toThrow(CronError);
  });
});
