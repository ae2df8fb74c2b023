// Expressions that published descriptions of cron explain in prose, with the times that the prose means.
// Dates were worked out from a calendar, by hand. Sources: the Open Cron Pattern Specification (OCPS 1.0 to 1.4), the
// manual pages crontab(5) and cron(8) of cronie, and the CronTrigger tutorial of Quartz, whose weekdays (1 is Sunday)
// are written here in names.
import { describe, expect, test } from "vitest";
import { nextTime, parseCron, type DayMatch, type DstPreset } from "../../src/cron/index.ts";

interface Vector {
  readonly says: string;
  readonly expression: string;
  readonly after: string;
  readonly next: readonly string[];
  readonly dayMatch?: DayMatch;
  readonly timezone?: string;
  readonly dst?: DstPreset;
}

// January 2026 begins on a Thursday, February and March on a Sunday, May on a Friday, August on a Saturday.
const cronie: readonly Vector[] = [
  {
    says: "five minutes after midnight, every day",
    expression: "5 0 * * *",
    after: "2026-01-01T00:05:00Z",
    next: ["2026-01-02T00:05:00Z", "2026-01-03T00:05:00Z"],
  },
  {
    says: "at 2:15pm on the first of every month",
    expression: "15 14 1 * *",
    after: "2026-01-15T00:00:00Z",
    next: ["2026-02-01T14:15:00Z", "2026-03-01T14:15:00Z"],
  },
  {
    says: "at 10 pm on weekdays",
    expression: "0 22 * * 1-5",
    after: "2026-01-01T22:00:00Z",
    next: ["2026-01-02T22:00:00Z", "2026-01-05T22:00:00Z"],
  },
  {
    says: "23 minutes after midnight, 2am, 4am, everyday",
    expression: "23 0-23/2 * * *",
    after: "2026-01-01T21:00:00Z",
    next: ["2026-01-01T22:23:00Z", "2026-01-02T00:23:00Z", "2026-01-02T02:23:00Z"],
  },
  {
    says: "at 5 after 4 every Sunday",
    expression: "5 4 * * sun",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-04T04:05:00Z", "2026-01-11T04:05:00Z"],
  },
  {
    says: "at 4:30 am on the 1st and 15th of each month, plus every Friday",
    expression: "30 4 1,15 * 5",
    after: "2026-01-01T04:30:00Z",
    next: ["2026-01-02T04:30:00Z", "2026-01-09T04:30:00Z", "2026-01-15T04:30:00Z", "2026-01-16T04:30:00Z"],
  },
  {
    says: "8-11 in the hours is 8, 9, 10 and 11",
    expression: "0 8-11 * * *",
    after: "2026-01-01T07:00:00Z",
    next: [
      "2026-01-01T08:00:00Z",
      "2026-01-01T09:00:00Z",
      "2026-01-01T10:00:00Z",
      "2026-01-01T11:00:00Z",
      "2026-01-02T08:00:00Z",
    ],
  },
];

const ocps: readonly Vector[] = [
  {
    says: "1.0 §5: a step works on the range before it, 5-59/15 is 5, 20, 35, 50",
    expression: "5-59/15 * * * *",
    after: "2026-01-01T00:00:00Z",
    next: [
      "2026-01-01T00:05:00Z",
      "2026-01-01T00:20:00Z",
      "2026-01-01T00:35:00Z",
      "2026-01-01T00:50:00Z",
      "2026-01-01T01:05:00Z",
    ],
  },
  {
    says: "1.0 §6.1: at noon on the first of the month, and at noon on every Monday",
    expression: "0 12 1 * MON",
    after: "2026-01-26T12:00:00Z",
    next: ["2026-02-01T12:00:00Z", "2026-02-02T12:00:00Z", "2026-02-09T12:00:00Z"],
  },
  {
    says: "1.0 §4.2: 0 and 7 are both Sunday",
    expression: "0 0 * * 7",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-04T00:00:00Z"],
  },
  {
    says: "1.2 §3.1: five fields run at second 0",
    expression: "0 0 * * *",
    after: "2026-01-01T00:00:00.001Z",
    next: ["2026-01-02T00:00:00Z"],
  },
  {
    says: "1.2 §3.1: a sixth field in front is the second",
    expression: "30 0 0 * * *",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-01T00:00:30Z", "2026-01-02T00:00:30Z"],
  },
  {
    says: "1.3 §3.1: L is the last day of every month",
    expression: "0 0 L * *",
    after: "2028-01-31T00:00:00Z",
    next: ["2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z", "2028-04-30T00:00:00Z"],
  },
  {
    says: "1.3 §3.1: FRI#L is the last Friday of every month",
    expression: "0 0 * * FRI#L",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-27T00:00:00Z"],
  },
  {
    says: "1.3 §3.2: 2#3 is the third Tuesday",
    expression: "0 0 * * 2#3",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-20T00:00:00Z", "2026-02-17T00:00:00Z"],
  },
  {
    says: "1.3 §3.2: MON#1 is the first Monday",
    expression: "0 0 * * MON#1",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-05T00:00:00Z", "2026-02-02T00:00:00Z"],
  },
  {
    says: "1.3 §3.3: 15W is the 14th when the 15th is a Saturday, the 16th when it is a Sunday",
    expression: "0 12 15W 8,11 *",
    after: "2026-08-01T00:00:00Z",
    next: ["2026-08-14T12:00:00Z", "2026-11-16T12:00:00Z", "2027-08-16T12:00:00Z", "2027-11-15T12:00:00Z"],
  },
  {
    says: "1.4 §4.1.2: both day fields, when the pattern asks for AND",
    expression: "0 12 1 * MON",
    dayMatch: "and",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-06-01T12:00:00Z", "2027-02-01T12:00:00Z"],
  },
  {
    says: "1.4 §4.3.1: a time in a gap is skipped",
    expression: "30 2 * * *",
    timezone: "America/New_York",
    dst: "skip",
    after: "2026-03-07T12:00:00Z",
    next: ["2026-03-09T06:30:00Z"],
  },
  {
    says: "1.4 §4.3.1: a time that occurs twice runs once, at the first",
    expression: "30 1 * * *",
    timezone: "America/New_York",
    dst: "skip",
    after: "2026-10-31T12:00:00Z",
    next: ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
  },
];

const quartz: readonly Vector[] = [
  {
    says: "at 8:00am every Monday through Friday",
    expression: "0 0 8 ? * MON-FRI",
    after: "2026-01-02T08:00:00Z",
    next: ["2026-01-05T08:00:00Z"],
  },
  {
    says: "at 1:30am every last Friday of the month",
    expression: "0 30 1 ? * FRIL",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-30T01:30:00Z", "2026-02-27T01:30:00Z"],
  },
  {
    says: "1W on a Saturday is Monday the 3rd, because W does not leave the month",
    expression: "0 0 0 1W 8 ?",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-08-03T00:00:00Z"],
  },
  {
    says: "LW is the last weekday of the month",
    expression: "0 0 0 LW * ?",
    after: "2026-01-31T00:00:00Z",
    next: ["2026-02-27T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z", "2026-05-29T00:00:00Z"],
  },
  {
    says: "L-3 counts back from the last day",
    expression: "0 0 0 L-3 * ?",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-28T00:00:00Z", "2026-02-25T00:00:00Z"],
  },
  {
    says: "6#3 of Quartz is the third Friday",
    expression: "0 15 10 ? * FRI#3",
    after: "2026-01-01T00:00:00Z",
    next: ["2026-01-16T10:15:00Z", "2026-02-20T10:15:00Z"],
  },
  {
    says: "10:15am every day during the year 2030",
    expression: "0 15 10 * * ? 2030",
    after: "2026-01-01T00:00:00Z",
    next: ["2030-01-01T10:15:00Z", "2030-01-02T10:15:00Z"],
  },
  {
    says: "every 5 minutes from 2pm to 2:55pm and from 6pm to 6:55pm",
    expression: "0 */5 14,18 * * ?",
    after: "2026-01-01T14:50:00Z",
    next: ["2026-01-01T14:55:00Z", "2026-01-01T18:00:00Z"],
  },
];

/** What cron(8) of cronie says of changes of up to three hours, which is what the preset is named after. */
const vixie: readonly Vector[] = [
  {
    says: "jobs of the interval that was skipped run immediately",
    expression: "15 2 * * *",
    timezone: "America/New_York",
    after: "2026-03-07T12:00:00Z",
    next: ["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"],
  },
  {
    says: "running the same job twice is avoided",
    expression: "15 1 * * *",
    timezone: "America/New_York",
    after: "2026-10-31T12:00:00Z",
    next: ["2026-11-01T05:15:00Z", "2026-11-02T06:15:00Z"],
  },
  {
    says: "jobs that run more often than hourly are scheduled as always",
    expression: "*/30 * * * *",
    timezone: "America/New_York",
    after: "2026-11-01T05:00:00Z",
    next: ["2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:00:00Z"],
  },
];

describe.each([
  ["crontab(5) of cronie", cronie],
  ["OCPS", ocps],
  ["Quartz", quartz],
  ["cron(8) of cronie", vixie],
])("%s", (_source, vectors) => {
  test.each(vectors.map((vector): [string, Vector] => [vector.says, vector]))(
    "[CRN-53] %s",
    (_says, vector) => {
      const { expression, after, next, dayMatch = "or", timezone = "UTC", dst = "vixie" } = vector;
      const cron = parseCron(expression, { dayMatch });
      const found: string[] = [];
      for (let at: Date | null = new Date(after); at !== null && found.length < next.length;) {
        at = nextTime(cron, at, { timezone, dst });
        found.push(at?.toISOString() ?? "never");
      }
      expect(found).toEqual(next.map((text) => new Date(text).toISOString()));
    },
  );
});

describe("what OCPS says a parser must refuse", () => {
  test.each([
    ["1.0 §4.1: fewer than five fields", "* * * *"],
    ["1.0 §4.3: characters that are not allowed", "* * * * %"],
    ["1.0 §6.2: 60 in the minute", "60 * * * *"],
    ["1.0 §6.2: 32 in the day of the month", "* * 32 * *"],
    ["1.0 §6.2: a range that runs backwards", "30-10 * * * *"],
    ["1.0 §6.2: a step of 0", "*/0 * * * *"],
    ["1.0 §5.1: a step on a single value", "0/15 * * * *"],
    ["1.3 §3.3: W on a range", "0 0 1-15W * *"],
    ["1.4 §4.2: ? outside the day fields", "? * * * *"],
  ])("[CRN-53] %s", (_rule, expression) => {
    expect(() => parseCron(expression)).toThrow(/^Cannot read cron/);
  });

  test("[CRN-53] 1.0 §6.2: a date that cannot be is read, and has no next time", () => {
    expect(nextTime(parseCron("* * 31 2 *"), "2026-01-01")).toBeNull();
  });
});
