import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { zoneOf } from "../time/zone.ts";
import { excludedTimes, excludingTimes } from "./excluding-times.ts";
import { parseExclusions } from "./exclusion.ts";
import { parseRule } from "./parse-rule.ts";
import type { ScheduleDefinition } from "./schedule-definition.ts";
import { timesBetween, type Times } from "./times.ts";

const iso = (at: number): string => new Date(at).toISOString().replace(".000", "");

function times(definition: ScheduleDefinition, from: string, to: string): string[] {
  return [...timesBetween(parseRule(definition), Date.parse(from), Date.parse(to))].map(iso);
}

/** Wraps times so that every question to them is counted. */
function counting(times: Times): { counted: Times; questions: () => number } {
  let questions = 0;
  const counted: Times = {
    next: (after) => (questions++, times.next(after)),
    previous: (before) => (questions++, times.previous(before)),
  };
  return { counted, questions: () => questions };
}

describe("an excluded date", () => {
  const hourly = { type: "cron", schedule: "0 * * * *" } as const;

  test("[SCH-12] takes out the local day of the schedule's zone", () => {
    const rule = { ...hourly, timezone: "America/New_York", exclude: ["2026-12-25"] };
    const left = times(rule, "2026-12-25T03:00Z", "2026-12-26T07:00Z");
    expect(left).toEqual([
      "2026-12-25T03:00:00Z",
      "2026-12-25T04:00:00Z",
      "2026-12-26T05:00:00Z",
      "2026-12-26T06:00:00Z",
      "2026-12-26T07:00:00Z",
    ]);
  });

  test.each([
    ["2026-03-29", 23],
    ["2026-10-25", 25],
    ["2026-07-14", 24],
  ])("[SCH-12] takes out all hours of %s in Paris, which has %d", (date, hours) => {
    const rule = parseRule({ ...hourly, timezone: "Europe/Paris", exclude: [date] });
    const noon = Date.parse(`${date}T12:00Z`);
    const [before = 0, after = 0] = [rule.previous(noon), rule.next(noon)].map((at) => at ?? 0);
    expect(after - before).toBe((hours + 1) * 3_600_000);
    expect([...rule.excluded(before, after)]).toHaveLength(hours);
  });

  test.each(["2026-02-30", "2026-13-01", "2026-1-1", "2026-12-25T00:00Z"])(
    "[SCH-18] %j is refused with its text",
    (text) => {
      expect(() => parseRule({ ...hourly, exclude: [text] })).toThrow(
        expect.objectContaining({ code: "instant.invalid", message: expect.stringContaining(text) }),
      );
    },
  );
});

describe("an excluded cron expression", () => {
  const from = "2026-05-05T12:00:00Z";

  test("[SCH-13] of five fields takes out whole minutes", () => {
    const rule = { type: "cron", schedule: "*/20 * * * * *", exclude: ["1 12 * * *"] } as const;
    expect(times(rule, "2026-05-05T12:00:30Z", "2026-05-05T12:02:10Z")).toEqual([
      "2026-05-05T12:00:40Z",
      "2026-05-05T12:02:00Z",
    ]);
  });

  test("[SCH-13] of six fields takes out whole seconds", () => {
    const rule = { type: "interval", schedule: "500ms", anchor: 0, exclude: ["1 * * * * *"] } as const;
    const left = [...timesBetween(parseRule(rule), Date.parse(from), Date.parse(from) + 2_500)];
    expect(left.map((at) => at - Date.parse(from))).toEqual([0, 500, 2_000, 2_500]);
    const fine = parseRule({ ...rule, schedule: "1ms" });
    expect(fine.previous(Date.parse(from) + 2_000)).toBe(Date.parse(from) + 999);
    expect(fine.next(Date.parse(from) + 999)).toBe(Date.parse(from) + 2_000);
  });

  test("[SCH-14] is held against the moment that runs, not against the time it stands for", () => {
    // 02:30 does not exist on 29 March 2026 in Paris and runs at 03:00 under vixie.
    const daily = { type: "cron", schedule: "30 2 * * *", timezone: "Europe/Paris" } as const;
    const span = ["2026-03-28T12:00Z", "2026-03-29T12:00Z"] as const;
    expect(times({ ...daily, exclude: ["* 2 * * *"] }, ...span)).toEqual(["2026-03-29T01:00:00Z"]);
    expect(times({ ...daily, exclude: ["* 3 * * *"] }, ...span)).toEqual([]);
  });

  test("[SCH-18] that cannot be read is refused", () => {
    const rule = { type: "cron", schedule: "0 * * * *", exclude: ["every monday"] } as const;
    expect(() => parseRule(rule)).toThrow(expect.objectContaining({ code: "cron.invalid" }));
  });
});

describe("passing excluded times", () => {
  const utc = zoneOf("UTC");
  const seconds: Times = parseRule({ type: "interval", schedule: "1s" });

  test.each([
    ["a date", ["2026-05-05"], 86_400, 1],
    ["eleven months", ["* * * 1-11 *"], 334 * 86_400, 334],
    ["a list of every hour but one", ["0-59 0-22 * * *"], 23 * 3_600, 23],
  ])("[SCH-15] takes one step per day or hour over %s", (_, exclude, excluded, pieces) => {
    const { counted, questions } = counting(seconds);
    const left = excludingTimes(counted, parseExclusions(exclude, ""), utc);
    const start = Date.parse(exclude[0] === "2026-05-05" ? "2026-05-05" : "2026-01-01");
    expect(left.next(start - 1)).toBe(start + excluded * 1_000);
    expect(left.previous(start + excluded * 1_000)).toBe(start - 1_000);
    expect(questions()).toBe(2 * (pieces + 1));
  });

  test("[SCH-15] finds the excluded times of a year without walking the rest", () => {
    const { counted, questions } = counting(seconds);
    const range = { from: Date.parse("2026-01-01"), to: Date.parse("2026-12-31") };
    const found = [...excludedTimes(counted, parseExclusions(["0 0 1 6 *", "30 12 1 7 *"], ""), utc, range)];
    expect(found).toHaveLength(120);
    expect(iso(found[0] ?? 0)).toBe("2026-06-01T00:00:00Z");
    expect(questions()).toBeLessThan(300);
  });

  test("[SCH-16] ends after a hundred thousand stretches without a time", () => {
    const { counted, questions } = counting(seconds);
    const nothing = excludingTimes(counted, parseExclusions(["0-58 * * * *", "59 * * * *"], ""), utc);
    expect(nothing.next(0)).toBeNull();
    expect(questions()).toBeLessThanOrEqual(100_001);
  });
});

test("[SCH-17] every time inside the bounds is left or excluded, and never both", () => {
  const zones = ["UTC", "Europe/Paris", "America/Havana", "Australia/Lord_Howe"];
  const schedules = ["*/7 * * * *", "0 * * * *", "30 2 * * *", "15,45 1-3 * * 0"];
  const exclusions = [
    "2026-03-29",
    "2026-03-08",
    "2026-04-05",
    "* 2 * * *",
    "*/3 * * * *",
    "* * * * 0",
    "0 0-3 * * *",
  ];
  const clock = (zone: string): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...schedules),
      fc.subarray(exclusions),
      fc.integer({ min: Date.parse("2026-03-05"), max: Date.parse("2026-04-08") }),
      fc.integer({ min: 0, max: 5 * 86_400_000 }),
      (timezone, schedule, exclude, from, length) => {
        const plain = { type: "cron", schedule, timezone, startAt: from } as const;
        const rule = parseRule({ ...plain, exclude });
        const to = from + length;
        const all = [...timesBetween(parseRule(plain), from, to)];
        const out = new Set(rule.excluded(from, to));
        const left = [...timesBetween(rule, from, to)];
        expect(left.join()).toBe(all.filter((at) => !out.has(at)).join());
        // The clock on the wall, read from Intl, decides what should have been left out.
        const wall = clock(timezone);
        const wrong = all.filter((at) => out.has(at) !== isLeftOut(wall.format(at), exclude));
        expect(wrong).toEqual([]);
        const back: number[] = [];
        for (let at = rule.previous(to + 1); at !== null && at >= from; at = rule.previous(at)) back.push(at);
        expect(back.toReversed().join()).toBe(left.join());
      },
    ),
    { numRuns: 60 },
  );
});

/** The exclusions of the property above, spelled out by hand. */
function isLeftOut(wall: string, exclude: readonly string[]): boolean {
  const [date = "", time = ""] = wall.split(" ");
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  const sunday = new Date(`${date}T00:00Z`).getUTCDay() === 0;
  return exclude.some((text) => {
    if (text === date) return true;
    if (text === "* 2 * * *") return hour === 2;
    if (text === "*/3 * * * *") return minute % 3 === 0;
    if (text === "* * * * 0") return sunday;
    return text === "0 0-3 * * *" && hour <= 3 && minute === 0;
  });
}
