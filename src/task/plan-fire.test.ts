import { describe, expect, test } from "vitest";
import type { Rule } from "../schedule/rule.ts";
import { jitterOf } from "../schedule/jitter.ts";
import { timesBetween } from "../schedule/times.ts";
import { planFire, type FireInput, type FirePlan } from "./plan-fire.ts";
import { ruleOf } from "./rule-of.ts";
import type { TaskDefinition } from "./task.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const start = Date.parse("2026-06-01T00:00Z");

function define(change: Partial<TaskDefinition> = {}): TaskDefinition {
  const base = {
    id: "t",
    name: "t",
    type: "interval",
    schedule: "1h",
    enabled: true,
    action: "a:b",
    params: {},
  } as const;
  return { ...base, anchor: start, ...change };
}

/** A task that fires every hour on the hour; its cursor is at `start`, where nothing is owed. */
function plan(change: Partial<TaskDefinition>, input: Partial<FireInput>): FirePlan {
  const definition = define(change);
  const rule = ruleOf(definition.id, definition);
  return planFire({ id: "t", definition, rule, cursor: start, now: start, fired: 0, live: [], ...input });
}

/** Hours since `start`. */
function hours(at: number | null): number | null {
  return at === null ? null : (at - start) / hourMs;
}

function summary(fired: FirePlan): { runs: (number | null)[]; skips: string[]; next: number | null } {
  return {
    runs: fired.runs.map(({ at }) => hours(at)),
    skips: fired.skips.map(
      ({ at, until, count, reason }) => `${hours(at)}–${hours(until)} ${reason} ${count}`,
    ),
    next: hours(fired.nextDue),
  };
}

const live = (count: number): FireInput["live"] =>
  Array.from({ length: count }, (_, index) => ({ id: `run-${index + 1}`, running: index === 0 }));

describe("firing on time", () => {
  test("[TSK-23] before anything is due plans the first time", () => {
    const first = plan({}, { now: start + 1 });
    expect(summary(first)).toEqual({ runs: [], skips: [], next: 1 });
    expect(first).toMatchObject({ cursor: start + 1, finished: false, cancel: [] });
  });

  test("[TSK-22] runs the time that is due, with its nominal time", () => {
    const fired = plan({}, { now: start + hourMs + 5 });
    expect(fired.runs).toEqual([{ at: start + hourMs, dueAt: start + hourMs }]);
    expect(summary(fired)).toEqual({ runs: [1], skips: [], next: 2 });
  });

  test("[TSK-22] waits for the jitter of a time, and carries when it was due", () => {
    const at = start + hourMs;
    const jitter = jitterOf("t", at, 10 * minuteMs, at + hourMs);
    expect(jitter).toBeGreaterThan(1);
    const early = plan({ jitter: 10 * minuteMs }, { now: at + jitter - 1 });
    expect(early).toMatchObject({ runs: [], nextDue: at + jitter, finished: false });
    expect(early.cursor).toBeLessThan(at);
    const due = plan({ jitter: 10 * minuteMs }, { now: at + jitter, cursor: early.cursor });
    expect(due.runs).toEqual([{ at, dueAt: at + jitter }]);
    const next = jitterOf("t", at + hourMs, 10 * minuteMs, at + 2 * hourMs);
    expect(due.nextDue).toBe(at + hourMs + next);
  });

  test("[TSK-22] of several times fires those whose jitter has passed, not the one that still waits", () => {
    const at = start + 3 * hourMs;
    const jitter = jitterOf("t", at, hourMs, at + hourMs);
    const fired = plan({ jitter: hourMs, missed: "all" }, { now: at + jitter - 1 });
    expect(summary(fired).runs).toEqual([1, 2]);
    expect(fired.nextDue).toBe(at + jitter);
  });

  test("[TSK-24] does nothing while the clock is behind the cursor, and goes on when it has caught up", () => {
    const cursor = start + 5 * hourMs;
    const behind = plan({}, { cursor, now: start + 2 * hourMs });
    expect(summary(behind)).toEqual({ runs: [], skips: [], next: 6 });
    expect(behind.cursor).toBe(cursor);
    expect(summary(plan({}, { cursor, now: start + 6 * hourMs })).runs).toEqual([6]);
  });
});

describe("missed times", () => {
  test("[TSK-26] latest runs the newest and skips the others", () => {
    const fired = plan({}, { now: start + 3.5 * hourMs });
    expect(summary(fired)).toEqual({ runs: [3], skips: ["1–2 limit 2"], next: 4 });
  });

  test("[TSK-26] latest runs nothing that is outside the window", () => {
    const change = { schedule: "1d", missedWindow: 2 * hourMs };
    expect(summary(plan(change, { now: start + dayMs + 2 * hourMs })).runs).toEqual([24]);
    expect(summary(plan(change, { now: start + dayMs + 2 * hourMs + 1 }))).toEqual({
      runs: [],
      skips: ["24–24 window 1"],
      next: 48,
    });
  });

  test("[TSK-26] latest has a window of one day unless one is given", () => {
    const change = { schedule: "7d" };
    expect(summary(plan(change, { now: start + 8 * dayMs })).runs).toEqual([168]);
    expect(summary(plan(change, { now: start + 8 * dayMs + 1 })).skips).toEqual(["168–168 window 1"]);
  });

  test("[TSK-27] none runs what is at most a minute late", () => {
    const change = { missed: "none" } as const;
    expect(summary(plan(change, { now: start + hourMs + minuteMs })).runs).toEqual([1]);
    expect(summary(plan(change, { now: start + hourMs + minuteMs + 1 }))).toEqual({
      runs: [],
      skips: ["1–1 window 1"],
      next: 2,
    });
    expect(summary(plan(change, { now: start + 3 * hourMs + 5 }))).toEqual({
      runs: [3],
      skips: ["1–2 window 2"],
      next: 4,
    });
  });

  test("[TSK-28] all runs every missed time, oldest first", () => {
    const fired = plan({ missed: "all" }, { now: start + 4.2 * hourMs });
    expect(summary(fired)).toEqual({ runs: [1, 2, 3, 4], skips: [], next: 5 });
  });

  test("[TSK-28] all runs the newest up to the limit, inside the window", () => {
    const change = { missed: "all", missedLimit: 3, missedWindow: 5 * hourMs } as const;
    expect(summary(plan(change, { now: start + 10 * hourMs }))).toEqual({
      runs: [8, 9, 10],
      skips: ["1–4 window 4", "5–7 limit 3"],
      next: 11,
    });
  });

  test("[TSK-29] a time on time runs however small the window", () => {
    const change = { missed: "all", missedWindow: 0 } as const;
    expect(summary(plan(change, { now: start + 2 * hourMs + minuteMs }))).toEqual({
      runs: [2],
      skips: ["1–1 window 1"],
      next: 3,
    });
  });

  test("[TSK-29] the window is measured from when a time was due, jitter included", () => {
    const at = start + dayMs;
    const jitter = jitterOf("t", at, 6 * hourMs, at + dayMs);
    const change = { schedule: "1d", jitter: 6 * hourMs, missedWindow: hourMs };
    expect(summary(plan(change, { now: at + jitter + hourMs })).runs).toEqual([24]);
    expect(summary(plan(change, { now: at + jitter + hourMs + 1 })).skips).toEqual(["24–24 window 1"]);
  });

  test("[TSK-30] a time that became due just when the window opened is inside it", () => {
    const at = start + hourMs;
    const jitter = jitterOf("t", at, hourMs, at + hourMs);
    const change = { jitter: hourMs, missedWindow: 3.5 * hourMs };
    const closes = at + jitter + 3.5 * hourMs;
    expect(summary(plan(change, { now: closes })).skips[0]).toMatch(/^1–\d limit/);
    expect(summary(plan(change, { now: closes + 1 })).skips[0]).toBe("1–1 window 1");
    const single = { missedWindow: hourMs };
    expect(summary(plan(single, { now: start + 2 * hourMs })).skips).toEqual(["1–1 limit 1"]);
    expect(summary(plan(single, { now: start + 3 * hourMs })).skips).toEqual(["1–1 window 1", "2–2 limit 1"]);
  });

  test("[TSK-30] what newer times crowd out is skipped as limit, also with a limit of one", () => {
    const change = { missed: "all", missedLimit: 1 } as const;
    expect(summary(plan(change, { now: start + 3 * hourMs })).skips).toEqual(["1–2 limit 2"]);
  });
});

describe("overlapping runs", () => {
  const now = start + hourMs;

  test("[TSK-31] skip skips while a run is unfinished", () => {
    expect(summary(plan({}, { now, live: live(1) }))).toEqual({
      runs: [],
      skips: ["1–1 overlap 1"],
      next: 2,
    });
    expect(summary(plan({ maxConcurrent: 3 }, { now, live: live(2) })).runs).toEqual([1]);
    expect(summary(plan({ maxConcurrent: 3 }, { now, live: live(3) })).skips).toEqual(["1–1 overlap 1"]);
  });

  test("[TSK-32] queue one lets one wait", () => {
    const change = { overlap: "queue one" } as const;
    expect(summary(plan(change, { now, live: live(1) })).runs).toEqual([1]);
    expect(summary(plan(change, { now, live: live(2) })).skips).toEqual(["1–1 overlap 1"]);
    expect(summary(plan({ ...change, maxConcurrent: 2 }, { now, live: live(2) })).runs).toEqual([1]);
  });

  test("[TSK-33] queue all runs every time", () => {
    expect(summary(plan({ overlap: "queue all" }, { now, live: live(50) })).runs).toEqual([1]);
  });

  test("[TSK-34] cancel running makes room for the new run", () => {
    const change = { overlap: "cancel running" } as const;
    const fired = plan(change, { now, live: live(2) });
    expect(fired.cancel).toEqual(["run-1", "run-2"]);
    expect(summary(fired).runs).toEqual([1]);
    expect(plan({ ...change, maxConcurrent: 2 }, { now, live: live(2) }).cancel).toEqual(["run-1"]);
    expect(plan({ ...change, maxConcurrent: 3 }, { now, live: live(2) }).cancel).toEqual([]);
    expect(plan(change, { now: now - 1, live: live(2) }).cancel).toEqual([]);
  });

  test("[TSK-35] allow runs at once, up to maxConcurrent", () => {
    const change = { overlap: "allow", missed: "all" } as const;
    expect(summary(plan(change, { now, live: live(99) })).runs).toEqual([1]);
    expect(
      summary(plan({ ...change, maxConcurrent: 3 }, { now: start + 4 * hourMs, live: live(1) })),
    ).toEqual({
      runs: [3, 4],
      skips: ["1–2 overlap 2"],
      next: 5,
    });
    expect(summary(plan({ ...change, maxConcurrent: 3 }, { now, live: live(5) })).skips).toEqual([
      "1–1 overlap 1",
    ]);
  });

  test("[TSK-36] times due together are judged as one line", () => {
    const late = start + 3 * hourMs;
    const change = { missed: "all" } as const;
    expect(summary(plan(change, { now: late })).runs).toEqual([1, 2, 3]);
    expect(summary(plan(change, { now: late, live: live(1) })).skips).toEqual(["1–3 overlap 3"]);
    expect(summary(plan({ ...change, overlap: "queue one" }, { now: late, live: live(1) })).runs).toEqual([
      1, 2, 3,
    ]);
    expect(summary(plan({ ...change, overlap: "cancel running" }, { now: late, live: live(1) }))).toEqual({
      runs: [3],
      skips: ["1–2 overlap 2"],
      next: 4,
    });
  });
});

describe("runs that a gate holds", () => {
  const held = (count: number, running: number): FireInput["live"] => [
    ...live(running).map((run) => ({ ...run, running: true })),
    ...Array.from({ length: count }, (_, index) => ({ id: `held-${index}`, running: false, held: true })),
  ];
  const now = start + hourMs;

  test("[GAT-16] a time that would run but for held runs is skipped as gate", () => {
    expect(summary(plan({}, { now, live: held(1, 0) })).skips).toEqual(["1–1 gate 1"]);
    expect(summary(plan({ overlap: "queue one" }, { now, live: held(1, 1) })).skips).toEqual(["1–1 gate 1"]);
  });

  test("[GAT-16] a time that would not run anyhow is skipped as overlap", () => {
    expect(summary(plan({}, { now, live: held(1, 1) })).skips).toEqual(["1–1 overlap 1"]);
    const late = { overlap: "allow", missed: "all", maxConcurrent: 3 } as const;
    expect(summary(plan(late, { now: start + 4 * hourMs, live: held(1, 1) }))).toEqual({
      runs: [4],
      skips: ["1–2 overlap 2", "3–3 gate 1"],
      next: 5,
    });
  });
});

describe("a task that may not run", () => {
  test.each(["switch", "limit"] as const)("[TSK-37] skips with reason %s", (blocked) => {
    const fired = plan(
      { missed: "all", overlap: "cancel running" },
      { now: start + 3 * hourMs, blocked, live: live(1) },
    );
    expect(summary(fired)).toEqual({ runs: [], skips: [`1–3 ${blocked} 3`], next: 4 });
    expect(fired.cancel).toEqual([]);
  });

  test("[TSK-37] skips nothing before it is due", () => {
    expect(plan({}, { now: start + 5, blocked: "switch" }).skips).toEqual([]);
  });

  test("[TSK-38] is finished after maxRuns, and skips what was due beyond", () => {
    const change = { missed: "all", maxRuns: 4 } as const;
    const fired = plan(change, { now: start + 5 * hourMs, fired: 2 });
    expect(summary(fired)).toEqual({ runs: [1, 2], skips: ["3–5 limit 3"], next: null });
    expect(fired.finished).toBe(true);
    const after = plan(change, { now: start + 5 * hourMs, fired: 4 });
    expect(summary(after)).toEqual({ runs: [], skips: ["1–5 limit 5"], next: null });
    const spent = { maxRuns: 4, overlap: "cancel running" } as const;
    expect(plan(spent, { now: start + hourMs, fired: 4, live: live(1) }).cancel).toEqual([]);
    expect(plan(change, { now: start + hourMs, fired: 2 }).finished).toBe(false);
  });

  test("[TSK-39] is finished when no time is left before endAt", () => {
    const change = { endAt: start + 2 * hourMs };
    expect(plan(change, { now: start + hourMs }).finished).toBe(false);
    expect(plan(change, { now: start + 2 * hourMs })).toMatchObject({ finished: true, nextDue: null });
    const once = { type: "once", schedule: String(start + hourMs) } as const;
    expect(summary(plan(once, { now: start + hourMs }))).toEqual({ runs: [1], skips: [], next: null });
  });
});

describe("times that cannot run", () => {
  const cron = { type: "cron", timezone: "Europe/Paris" } as const;

  test("[TSK-40] excluded ones are skipped when the task passes them", () => {
    const change = { exclude: ["* 2-4 * * *"], missed: "all" } as const;
    expect(summary(plan(change, { now: start + 6 * hourMs }))).toEqual({
      runs: [1, 5, 6],
      skips: ["2–4 excluded 3"],
      next: 7,
    });
  });

  test("[TSK-40] excluded ones are skipped once, also when a plan ends on one of them", () => {
    const change = { exclude: ["* 2-4 * * *"] };
    const first = plan(change, { now: start + 3 * hourMs });
    const second = plan(change, { cursor: first.cursor, now: start + 6 * hourMs });
    expect([first, second].map((fired) => summary(fired).skips)).toEqual([
      ["2–3 excluded 2"],
      ["5–5 limit 1", "4–4 excluded 1"],
    ]);
  });

  test("[TSK-41] ones inside a gap are skipped under skip", () => {
    const night = Date.parse("2026-03-29T00:00Z");
    const fired = plan(
      { ...cron, schedule: "*/30 2 * * *", dst: "skip" },
      { cursor: night, now: night + 6 * hourMs },
    );
    expect(fired.runs).toEqual([]);
    // 02:00 and 02:30 by the clock that was in force before.
    expect(fired.skips).toEqual([
      {
        at: Date.parse("2026-03-29T01:00Z"),
        until: Date.parse("2026-03-29T01:30Z"),
        count: 2,
        reason: "dst-gap",
      },
    ]);
  });

  test("[TSK-41] ones inside a gap are skipped once, also when a plan ends on one of their places", () => {
    const night = Date.parse("2026-03-29T00:00Z");
    const change = { ...cron, schedule: "*/30 2 * * *", dst: "skip" } as const;
    const first = plan(change, { cursor: night, now: night + hourMs });
    const second = plan(change, { cursor: first.cursor, now: night + 6 * hourMs });
    expect([first, second].map(({ skips }) => skips.map(({ count }) => count))).toEqual([[1], [1]]);
  });

  test("[TSK-41] ones inside a gap are one run under vixie", () => {
    const night = Date.parse("2026-03-29T00:00Z");
    const fired = plan(
      { ...cron, schedule: "*/30 2 * * *", dst: "vixie" },
      { cursor: night, now: night + 6 * hourMs },
    );
    // A step is no rhythm here: only a field that starts with "*" is, and the minute does.
    expect(fired.runs).toEqual([]);
    const fixed = plan({ ...cron, schedule: "0,30 2 * * *" }, { cursor: night, now: night + 6 * hourMs });
    expect(fixed.runs.map(({ at }) => at)).toEqual([Date.parse("2026-03-29T01:00Z")]);
    expect(fixed.skips).toEqual([]);
  });
});

describe("a long absence", () => {
  /** The rule, counting every question to it. */
  function counted(rule: Rule): { rule: Rule; questions: () => number } {
    let questions = 0;
    return {
      rule: {
        ...rule,
        next: (after) => (questions++, rule.next(after)),
        previous: (before) => (questions++, rule.previous(before)),
      },
      questions: () => questions,
    };
  }

  test("[TSK-25] of a year costs an every-second task a bounded number of steps", () => {
    const definition = define({ type: "cron", schedule: "* * * * * *" });
    const { rule, questions } = counted(ruleOf("t", definition));
    const now = start + 365 * dayMs;
    const fired = planFire({ id: "t", definition, rule, cursor: start, now, fired: 0, live: [] });
    expect(fired.runs.map(({ at }) => at)).toEqual([now]);
    expect(fired.skips).toEqual([
      { at: start + 1_000, until: now - dayMs - 1_000, count: null, reason: "window" },
      { at: now - dayMs, until: now - 1_000, count: null, reason: "limit" },
    ]);
    // Two spans, each counted up to ten thousand, and a handful of questions beside.
    expect(questions()).toBeLessThan(2 * 10_001 + 20);
  });

  test("[TSK-25] counts the times of an interval without walking at all", () => {
    const definition = define({ schedule: "1s" });
    let questions = 0;
    const rule = ruleOf("t", definition);
    const watched: Rule = {
      ...rule,
      next: (after) => (questions++, rule.next(after)),
      previous: (before) => (questions++, rule.previous(before)),
    };
    const now = start + 365 * dayMs;
    const fired = planFire({ id: "t", definition, rule: watched, cursor: start, now, fired: 0, live: [] });
    expect(fired.skips.map(({ count }) => count)).toEqual([364 * 86_400 - 1, 86_400]);
    expect(questions).toBeLessThan(20);
  });

  test("[TSK-44] tells the count up to ten thousand", () => {
    const change = { type: "cron", schedule: "* * * * *" } as const;
    const minutes = (count: number): FirePlan =>
      plan({ ...change, missedWindow: 400 * dayMs }, { now: start + (count + 1) * minuteMs });
    expect(minutes(10_000).skips[0]?.count).toBe(10_000);
    expect(minutes(10_001).skips[0]?.count).toBeNull();
  });

  test("[TSK-44] tells the count of excluded times up to ten thousand", () => {
    const change = { type: "cron", schedule: "* * * * *", exclude: ["* * 2-30 6 *"] } as const;
    const excluded = (days: number): FirePlan => plan(change, { now: start + days * dayMs });
    expect(excluded(7).skips.find(({ reason }) => reason === "excluded")?.count).toBe(6 * 1_440 + 1);
    const many = excluded(20);
    const span = many.skips.find(({ reason }) => reason === "excluded");
    expect(span).toEqual({ at: start + dayMs, until: start + 20 * dayMs, count: null, reason: "excluded" });
    const definition = define(change);
    expect([...timesBetween(ruleOf("t", definition), start + dayMs, start + 20 * dayMs)]).toEqual([]);
  });
});
