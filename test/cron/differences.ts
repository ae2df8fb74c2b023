// Every known difference between our cron and the two libraries it is compared with, each with its reason.
// differential.test.ts holds the three to this table, and docs/reference/cron.md to its reasons.

/** `"refused"`, `"never"`, `"read"` where the times are drawn by lot, or the first times, in UTC, to the minute. */
export type Outcome = "refused" | "never" | "read" | readonly string[];

export interface Difference {
  readonly expression: string;
  readonly timezone?: string;
  /** Default 2026-08-01, a Saturday. */
  readonly after?: string;
  readonly ours: Outcome;
  readonly croner: Outcome;
  readonly cronParser: Outcome;
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  {
    expression: "5/15 * * * *",
    ours: "refused",
    croner: "refused",
    cronParser: ["2026-08-01T00:05", "2026-08-01T00:20"],
    reason: 'A step needs a range (OCPS 1.0); `allow: ["open step"]` reads it.',
  },
  {
    expression: "0 0 * * sat-sun",
    ours: "refused",
    croner: ["2026-08-02T00:00", "2026-08-08T00:00"],
    cronParser: "refused",
    reason: 'SUN is 0, so the range runs backwards; `allow: ["wrapped range"]` reads it.',
  },
  {
    expression: "*/61 * * * *",
    ours: "refused",
    croner: "refused",
    cronParser: ["2026-08-01T01:00", "2026-08-01T02:00"],
    reason: "A step larger than its field is a mistake.",
  },
  {
    expression: "? * * * *",
    ours: "refused",
    croner: ["2026-08-01T00:01", "2026-08-01T00:02"],
    cronParser: ["2026-08-01T00:01", "2026-08-01T00:02"],
    reason: "`?` belongs to the two day fields (OCPS 1.4).",
  },
  {
    expression: "0 0 L-3 * *",
    ours: ["2026-08-28T00:00", "2026-09-27T00:00"],
    croner: "refused",
    cronParser: "refused",
    reason: "Days before the last are Quartz's; the others do not have them.",
  },
  {
    expression: "0 0 L-3W * *",
    ours: ["2026-08-28T00:00", "2026-09-28T00:00"],
    croner: "refused",
    cronParser: "refused",
    reason: "The weekday nearest a day before the last is Quartz's; the others do not have it.",
  },
  {
    expression: "0 0 15W * *",
    ours: ["2026-08-14T00:00", "2026-09-15T00:00"],
    croner: ["2026-08-14T00:00", "2026-09-15T00:00"],
    cronParser: "refused",
    reason: "cron-parser has no `W`.",
  },
  {
    expression: "0 0 * * 5#L",
    ours: ["2026-08-28T00:00", "2026-09-25T00:00"],
    croner: ["2026-08-28T00:00", "2026-09-25T00:00"],
    cronParser: "refused",
    reason: "cron-parser writes the last Friday only as `5L`.",
  },
  {
    expression: "0 0 * * MON,5#2",
    ours: ["2026-08-03T00:00", "2026-08-10T00:00", "2026-08-14T00:00"],
    croner: ["2026-08-03T00:00", "2026-08-10T00:00", "2026-08-14T00:00"],
    cronParser: "refused",
    reason: "cron-parser takes `#` only alone, not in a list.",
  },
  {
    expression: "1,1 * * * *",
    ours: ["2026-08-01T00:01", "2026-08-01T01:01"],
    croner: ["2026-08-01T00:01", "2026-08-01T01:01"],
    cronParser: "refused",
    reason: "cron-parser refuses a value that is listed twice; it harms nobody.",
  },
  {
    expression: "0 0 30 2 *",
    ours: "never",
    croner: "never",
    cronParser: "refused",
    reason: "A date that cannot be is read (OCPS 1.0) and never comes.",
  },
  {
    expression: "H * * * *",
    ours: "refused",
    croner: "refused",
    cronParser: "read",
    reason:
      "Without a seed cron-parser draws by lot, so that the time changes with every start; we ask for the seed.",
  },
  {
    expression: "0 0 0 1 1 * 2030",
    ours: ["2030-01-01T00:00"],
    croner: ["2030-01-01T00:00"],
    cronParser: "refused",
    reason: "cron-parser has no year field.",
  },
  {
    expression: "0 0 0 1 1 * */40",
    ours: ["2050-01-01T00:00", "2090-01-01T00:00"],
    croner: ["2040-01-01T00:00", "2080-01-01T00:00"],
    cronParser: "refused",
    reason: "Steps count from the first value of the field: 1970 here, 0 in croner.",
  },
  {
    expression: "0 0 0 1 1 * 2300",
    ours: "refused",
    croner: ["2300-01-01T00:00"],
    cronParser: "refused",
    reason: "Our years are 1970–2199, so that every search ends soon.",
  },
  {
    expression: "@HOURLY",
    ours: ["2026-08-01T01:00", "2026-08-01T02:00"],
    croner: ["2026-08-01T01:00", "2026-08-01T02:00"],
    cronParser: "refused",
    reason: "cron-parser reads macros in lower case only.",
  },
  {
    expression: "@weekdays",
    ours: "refused",
    croner: "refused",
    cronParser: ["2026-08-03T00:00", "2026-08-04T00:00"],
    reason: "cron-parser has macros of its own.",
  },
  {
    expression: "0 0 1 * +MON",
    ours: "refused",
    croner: ["2027-02-01T00:00", "2027-03-01T00:00"],
    cronParser: "refused",
    reason: '`+` (OCPS 1.4) asks for both day fields; here `dayMatch: "and"` does.',
  },
  {
    expression: "30 2 * * *",
    timezone: "Europe/Paris",
    after: "2026-03-28T12:00Z",
    ours: ["2026-03-29T01:00", "2026-03-30T00:30"],
    croner: ["2026-03-29T01:00", "2026-03-30T00:30"],
    cronParser: ["2026-03-29T01:30", "2026-03-30T00:30"],
    reason: 'In a gap cron-parser moves a time on by its length, as our preset `"shift"` does.',
  },
  {
    expression: "0,30 2 * * *",
    timezone: "Europe/Paris",
    after: "2026-03-28T12:00Z",
    ours: ["2026-03-29T01:00", "2026-03-30T00:00"],
    croner: ["2026-03-30T00:00", "2026-03-30T00:30"],
    cronParser: ["2026-03-29T01:00", "2026-03-29T01:30"],
    reason:
      "In croner only single values are fixed; here, as in cronie, lists and ranges are fixed too: their times in a gap run.",
  },
  {
    expression: "0,30 2 * * *",
    timezone: "Europe/Paris",
    after: "2026-10-24T12:00Z",
    ours: ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"],
    croner: ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00"],
    cronParser: ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"],
    reason:
      "In croner only single values are fixed; here, as in cronie, lists and ranges are fixed too: they run in the first pass of an overlap only.",
  },
  {
    expression: "*/30 2 * * *",
    timezone: "Europe/Paris",
    after: "2026-03-28T12:00Z",
    ours: ["2026-03-30T00:00", "2026-03-30T00:30"],
    croner: ["2026-03-30T00:00", "2026-03-30T00:30"],
    cronParser: ["2026-03-29T01:00", "2026-03-29T01:30"],
    reason: "In a gap cron-parser moves the times of a rhythm on, too; here they do not exist.",
  },
  {
    expression: "15 2 * * *",
    timezone: "Australia/Lord_Howe",
    after: "2026-10-02T20:00Z",
    ours: ["2026-10-03T15:30", "2026-10-04T15:15"],
    croner: ["2026-10-03T15:30", "2026-10-04T15:15"],
    cronParser: ["2026-10-04T15:15", "2026-10-05T15:15"],
    reason: "A gap of half an hour makes cron-parser lose the day.",
  },
  {
    expression: "45 * * * *",
    timezone: "Australia/Lord_Howe",
    after: "2026-04-04T14:00Z",
    ours: ["2026-04-04T14:45", "2026-04-04T15:15"],
    croner: ["2026-04-04T14:45", "2026-04-04T15:15"],
    cronParser: ["2026-04-04T14:45", "2026-04-04T16:15"],
    reason: "An overlap of half an hour makes cron-parser lose the second pass.",
  },
  {
    expression: "0 9 * * *",
    timezone: "Pacific/Apia",
    after: "2011-12-29T20:00Z",
    ours: ["2011-12-30T10:00", "2011-12-30T19:00"],
    croner: ["2011-12-30T19:00", "2011-12-31T19:00"],
    cronParser: ["2011-12-30T19:00", "2011-12-31T19:00"],
    reason:
      "Samoa's lost day is a gap like any other: its 9:00 runs at the end of the gap. The others lose it with the day.",
  },
];
