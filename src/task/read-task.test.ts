import { describe, expect, test } from "vitest";
import { readTask, type ReadTaskContext } from "./read-task.ts";
import type { TaskDefinition } from "./task.ts";

const now = Date.parse("2026-06-01T12:00Z");
const daily = { id: "digest", name: "Digest", type: "cron", schedule: "0 9 * * *", action: "digest:send" };

function read(
  change: Record<string, unknown>,
  context: Partial<ReadTaskContext> = {},
): TaskDefinition | undefined {
  return readTask({ ...daily, ...change }, { now, ...context }).definition;
}

/** The issues as `field: message`. */
function issues(change: Record<string, unknown>, context: Partial<ReadTaskContext> = {}): string[] {
  return readTask({ ...daily, ...change }, { now, ...context }).issues.map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

function faultyFields(change: Record<string, unknown>): string[] {
  return readTask({ ...daily, ...change }, { now }).issues.map(({ field }) => field);
}

describe("a task that cannot be registered", () => {
  test("[TSK-1] is refused with every field at fault", () => {
    const broken = {
      schedule: "61 * * * *",
      timezone: "Mars/Base",
      overlap: "sometimes",
      jitter: "soon",
      action: "",
    };
    expect(faultyFields(broken)).toEqual(
      expect.arrayContaining(["schedule", "timezone", "overlap", "jitter", "action"]),
    );
    expect(faultyFields(broken)).toHaveLength(5);
  });

  test("[TSK-1] is told the value and what is allowed", () => {
    expect(issues({ overlap: "sometimes" })).toEqual([
      'overlap: "sometimes" is not allowed: write one of "skip", "queue one", "queue all", "cancel running", "allow".',
    ]);
    expect(issues({ passes: 0.5 })).toEqual([
      "passes: 0.5 is not allowed: write a whole number, 1 to 10000.",
    ]);
    expect(issues({ pauseOnFailure: "yes" })).toEqual([
      'pauseOnFailure: "yes" is not allowed: write true or false.',
    ]);
  });

  test("[TSK-1] is told a value that JSON has no word for as what it is", () => {
    expect(issues({ maxRuns: Number.NaN })[0]).toMatch(/^maxRuns: NaN is not allowed/);
    expect(issues({ jitter: Number.POSITIVE_INFINITY })[0]).toMatch(/^jitter: Infinity is not allowed/);
    expect(issues({ endAt: new Date(Number.NaN) })[0]).toMatch(/^endAt: Invalid Date is not allowed/);
  });

  test("[TSK-1] has one issue for a field, also when the field breaks two rules", () => {
    expect(faultyFields({ type: "once", schedule: "2026-07-01", missed: "none", missedLimit: 0 })).toEqual([
      "missedLimit",
    ]);
  });

  test.each([null, undefined, 7, "task", []])("[TSK-1] is refused when it is %j", (input) => {
    expect(readTask(input, { now }).issues.map(({ field }) => field)).toEqual(["task"]);
  });

  test("[TSK-1] is told what is missing", () => {
    expect(readTask({}, { now }).issues.map(({ field }) => field)).toEqual([
      "id",
      "type",
      "schedule",
      "action",
    ]);
  });

  test.each([
    ["id", ""],
    ["id", "x".repeat(201)],
    ["name", 5],
    ["type", "weekly"],
    ["enabled", 1],
    ["timezone", 60],
    ["exclude", "2026-12-25"],
    ["exclude", ["every monday"]],
    ["exclude", [""]],
    ["startAt", "monday"],
    ["endAt", {}],
    ["jitter", -1],
    ["jitter", null],
    ["priority", 1.5],
    ["timeout", 0],
    ["cluster", ""],
    ["tags", [1]],
    ["retry", 3],
    ["missedWindow", "5"],
  ])("[TSK-1] is refused for %s %j", (field, value) => {
    expect(faultyFields({ [field]: value })).toEqual([field]);
  });

  test("[TSK-1] is told which part of retry is at fault", () => {
    expect(faultyFields({ retry: { attempts: 0, factor: 0.5, delays: 1 } }).sort()).toEqual([
      "retry.attempts",
      "retry.delays",
      "retry.factor",
    ]);
  });
});

describe("a registered task", () => {
  test("[TSK-2] may carry the fields that Escapement keeps, whatever they hold", () => {
    const kept = {
      lastRun: null,
      nextRun: 5,
      runCount: 0,
      errorCount: 0,
      lastError: null,
      pausedNote: "",
      version: 0,
    };
    expect(read(kept)).toEqual({ ...daily, enabled: true, params: {} });
  });

  test("[TSK-3] may not carry unknown fields", () => {
    expect(issues({ timeZone: "Europe/Paris" })).toEqual([
      'timeZone: There is no field "timeZone"; did you mean timezone?',
    ]);
    expect(issues({ cron: "* * * * *" })[0]).toMatch(
      /^cron: There is no field "cron"; the fields are id, type, /,
    );
    expect(issues({ cron: undefined })).toEqual([]);
  });

  test("[TSK-4] has a name, is enabled and has params, and no other default", () => {
    const { id, type, schedule, action } = daily;
    expect(readTask({ id, type, schedule, action }, { now }).definition).toEqual({
      id,
      name: id,
      type,
      schedule,
      action,
      enabled: true,
      params: {},
    });
  });

  test("[TSK-5] keeps durations and instants in milliseconds", () => {
    const { definition } = readTask(
      {
        ...daily,
        type: "interval",
        schedule: " 5m ",
        anchor: "2026-06-01T00:00Z",
        startAt: new Date(now),
        jitter: "30s",
        timeout: "2h",
        missedWindow: "1d 12h",
        retry: { attempts: 2, delay: "1s", maxDelay: 60_000, factor: 1.5, jitter: false },
      },
      { now },
    );
    expect(definition).toEqual({
      ...daily,
      type: "interval",
      schedule: "5m",
      enabled: true,
      params: {},
      anchor: Date.parse("2026-06-01T00:00Z"),
      startAt: now,
      jitter: 30_000,
      timeout: 7_200_000,
      missedWindow: 129_600_000,
      retry: { attempts: 2, delay: 1_000, maxDelay: 60_000, factor: 1.5, jitter: false },
    });
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  });

  test("[TSK-5] keeps the schedule as text, also when it was given as a number or a Date", () => {
    expect(read({ type: "interval", schedule: 300_000 })?.schedule).toBe("300000");
    expect(read({ type: "once", schedule: now + 3_600_000 })?.schedule).toBe(String(now + 3_600_000));
    expect(read({ type: "once", schedule: new Date(now) })?.schedule).toBe("2026-06-01T12:00:00.000Z");
  });

  test("[TSK-16] has params that are JSON, as a copy", () => {
    const params = { limit: 10_000, list: [1, { deep: true }] };
    const stored = read({ params })?.params;
    expect(stored).toEqual(params);
    expect(stored).not.toBe(params);
    expect(issues({ params: { run: () => 1 } })).toEqual([
      "params: Cannot store $.run: a function is not JSON.",
    ]);
  });
});

describe("a schedule", () => {
  test.each([
    ["cron", "61 * * * *"],
    ["cron", "every day"],
    ["interval", "0"],
    ["interval", 0],
    ["interval", "soon"],
    ["interval", "0.5ms"],
    ["interval", -5],
    ["once", "tomorrow"],
    ["once", "2026-02-30T00:00Z"],
    ["once", new Date(Number.NaN)],
    ["once", Number.NaN],
  ])("[TSK-6] of type %s that reads %j is an issue of schedule", (type, schedule) => {
    expect(faultyFields({ type, schedule })).toEqual(["schedule"]);
  });

  test("[TSK-6] that cannot be read is told as written, with what is allowed", () => {
    expect(issues({ schedule: "61 * * * *" })[0]).toMatch(
      /^schedule: Cannot read cron "61 \* \* \* \*": minute/,
    );
    expect(issues({ type: "interval", schedule: "soon" })[0]).toMatch(
      /^schedule: Cannot read interval "soon": write/,
    );
  });

  test.each([
    ["interval", "300000"],
    ["interval", "5m"],
    ["once", String(now + 3_600_000)],
    ["once", "2026-06-01T14:00+02:00"],
    ["cron", "@daily"],
    ["cron", "H H * * *"],
  ])("[TSK-6] of type %s that reads %j is accepted", (type, schedule) => {
    expect(issues({ type, schedule })).toEqual([]);
  });

  test("[TSK-7] in an unknown zone is an issue of timezone", () => {
    expect(issues({ timezone: "Mars/Base" })[0]).toMatch(/^timezone: Unknown time zone "Mars\/Base"/);
    expect(faultyFields({ timezone: "Mars/Base", exclude: ["2026-12-25"] })).toEqual(["timezone"]);
  });

  test.each([
    ["schedule", { schedule: "0 0 30 2 *" }],
    ["schedule", { schedule: "0 0 9 1 1 * 2020" }],
    ["schedule", { schedule: "0 0 9 1 1 * 2030", startAt: "2031-01-01" }],
    ["endAt", { schedule: "0 0 1 1 *", endAt: "2026-12-31" }],
    ["endAt", { endAt: "2026-05-31" }],
    ["endAt", { type: "once", schedule: "2026-07-01", endAt: "2026-06-30" }],
    ["exclude", { exclude: ["* 9 * * *"] }],
    ["exclude", { endAt: "2026-06-03T00:00Z", exclude: ["2026-06-02"] }],
    ["exclude", { type: "interval", schedule: "1s", exclude: ["* * * * *"] }],
    ["schedule", { type: "once", schedule: "2026-07-01", startAt: "2026-07-02" }],
  ])("[TSK-8] that never fires is an issue of %s: %j", (field, change) => {
    expect(faultyFields(change)).toEqual([field]);
  });

  test("[TSK-8] that never fires says why", () => {
    expect(issues({ schedule: "0 0 30 2 *" })).toEqual([
      'schedule: "0 0 30 2 *" never fires from now on: check its day, month and year, and startAt.',
    ]);
    expect(issues({ schedule: "0 0 1 1 *", endAt: "2026-12-31" })).toEqual([
      "endAt: 2026-12-31T00:00:00.000Z is before the first time, 2027-01-01T00:00:00.000Z: write a later endAt.",
    ]);
  });

  test("[TSK-9] of type once may lie in the past", () => {
    expect(issues({ type: "once", schedule: "2001-01-01" })).toEqual([]);
    expect(issues({ type: "once", schedule: 5 })).toEqual([]);
  });

  test("[TSK-10] that is over may be registered again as it is", () => {
    const change = { endAt: "2026-05-31" };
    const existing = read(change, { now: Date.parse("2026-05-01") });
    expect(existing).toBeDefined();
    expect(issues(change, existing === undefined ? {} : { existing })).toEqual([]);
    expect(issues({ endAt: "2026-05-30" }, existing === undefined ? {} : { existing })).toHaveLength(1);
  });
});

describe("policies", () => {
  test.each([
    ["dst", { type: "interval", schedule: "5m", dst: "skip" }],
    ["dayMatch", { type: "once", schedule: "2026-07-01", dayMatch: "and" }],
    ["anchor", { anchor: 0 }],
    ["every", { every: "wall" }],
  ])("[TSK-11] %s is an issue of %j", (field, change) => {
    expect(faultyFields(change)).toEqual([field]);
  });

  test.each([
    ["missedWindow", { missed: "none", missedWindow: "1h" }],
    ["missedLimit", { missed: "latest", missedLimit: 5 }],
    ["missedLimit", { missedLimit: 5 }],
  ])("[TSK-12] %s contradicts %j", (field, change) => {
    expect(faultyFields(change)).toEqual([field]);
  });

  test("[TSK-12] missedWindow and missedLimit go with missed all", () => {
    expect(issues({ missed: "all", missedWindow: "1h", missedLimit: 5 })).toEqual([]);
    expect(issues({ missedWindow: "1h" })).toEqual([]);
  });

  test("[TSK-13] endAt is after startAt", () => {
    expect(faultyFields({ startAt: "2026-07-01", endAt: "2026-07-01" })).toEqual(["endAt"]);
    expect(issues({ startAt: "2026-07-01", endAt: "2026-07-02" })).toEqual([]);
  });

  test.each(["maxConcurrent", "maxRuns", "passes"])("[TSK-14] %s is a whole number from 1", (field) => {
    for (const value of [0, -1, 1.5, "2", Number.NaN, null])
      expect(faultyFields({ [field]: value })).toEqual([field]);
    expect(issues({ [field]: 1 })).toEqual([]);
  });

  test("[TSK-14] missedLimit is from 1 to 10,000", () => {
    for (const missedLimit of [0, 10_001])
      expect(faultyFields({ missed: "all", missedLimit })).toEqual(["missedLimit"]);
    for (const missedLimit of [1, 10_000]) expect(issues({ missed: "all", missedLimit })).toEqual([]);
  });

  test("[TSK-15] retry.maxDelay is not less than retry.delay", () => {
    expect(faultyFields({ retry: { delay: "1m", maxDelay: "30s" } })).toEqual(["retry.maxDelay"]);
    expect(issues({ retry: { delay: "1m", maxDelay: "1m" } })).toEqual([]);
  });
});
