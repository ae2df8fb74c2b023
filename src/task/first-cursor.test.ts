import { describe, expect, test } from "vitest";
import { firstCursor, settleAnchor } from "./first-cursor.ts";
import { planFire } from "./plan-fire.ts";
import { ruleOf } from "./rule-of.ts";
import { sameTimes } from "./same-times.ts";
import type { TaskDefinition } from "./task.ts";

const hourMs = 3_600_000;
const now = Date.parse("2026-06-01T12:34:56Z");

const base: TaskDefinition = {
  id: "t",
  name: "t",
  type: "interval",
  schedule: "1h",
  enabled: true,
  action: "a:b",
  params: {},
};

function define(change: Partial<TaskDefinition>): TaskDefinition {
  return {
    ...base,
    ...change,
  };
}

/** The runs of a task registered at `now`, when it is looked at later. */
function runsAfterRegistering(definition: TaskDefinition, waitMs: number): number[] {
  const settled = settleAnchor(definition, { now });
  const plan = planFire({
    id: "t",
    definition: settled,
    rule: ruleOf("t", settled),
    fired: 0,
    live: [],
    cursor: firstCursor(settled, now),
    now: now + waitMs,
  });
  return plan.runs.map(({ at }) => at - now);
}

describe("the beginning of a task", () => {
  test("[TSK-17] nothing before the registration is owed", () => {
    const cron = { type: "cron", schedule: "34 12 * * *" } as const;
    expect(runsAfterRegistering(define(cron), hourMs)).toEqual([]);
    expect(
      runsAfterRegistering(define({ startAt: now - 10 * hourMs, anchor: now - 10 * hourMs }), 0),
    ).toEqual([]);
    expect(runsAfterRegistering(define({ anchor: now - 10 * hourMs }), hourMs)).toEqual([hourMs]);
  });

  test("[TSK-18] an interval without an anchor runs first after one interval", () => {
    expect(runsAfterRegistering(define({}), hourMs - 1)).toEqual([]);
    expect(runsAfterRegistering(define({}), hourMs)).toEqual([hourMs]);
  });

  test("[TSK-18] the same interval registered again keeps its grid, another one does not", () => {
    const existing = settleAnchor(define({}), { now });
    const later = now + 25 * 60_000;
    expect(settleAnchor(define({ name: "new" }), { now: later, existing }).anchor).toBe(now);
    expect(settleAnchor(define({ schedule: "2h" }), { now: later, existing }).anchor).toBe(later);
    expect(settleAnchor(define({ anchor: 5 }), { now: later, existing }).anchor).toBe(5);
    expect(settleAnchor(define({ type: "cron", schedule: "0 * * * *" }), { now })).not.toHaveProperty(
      "anchor",
    );
  });

  test("[TSK-19] a once in the past is owed, and runs when its window is open", () => {
    const past = (agoMs: number): TaskDefinition => define({ type: "once", schedule: String(now - agoMs) });
    expect(runsAfterRegistering(past(2 * hourMs), 0)).toEqual([-2 * hourMs]);
    expect(runsAfterRegistering(past(25 * hourMs), 0)).toEqual([]);
    expect(runsAfterRegistering(past(0), 0)).toEqual([0]);
    expect(runsAfterRegistering(past(-hourMs), 0)).toEqual([]);
    expect(runsAfterRegistering(past(-hourMs), hourMs)).toEqual([hourMs]);
  });
});

describe("a task registered again", () => {
  const cron = define({ type: "cron", schedule: "0 9 * * *", timezone: "Europe/Paris" });

  test.each([
    ["a name", { name: "other" }],
    ["an action", { action: "c:d", params: { x: 1 } }],
    ["policies", { overlap: "allow", missed: "all", jitter: 5, maxRuns: 3 }],
    ["a default written out", { dst: "vixie", dayMatch: "or", exclude: [] }],
  ] as const)("[TSK-20] with %s changed has the same times", (_, change) => {
    expect(sameTimes(cron, { ...cron, ...change })).toBe(true);
  });

  test.each([
    ["schedule", { schedule: "0 10 * * *" }],
    ["zone", { timezone: "Europe/Rome" }],
    ["DST preset", { dst: "skip" }],
    ["bound", { endAt: now }],
    ["exclusion", { exclude: ["2026-12-25"] }],
  ] as const)("[TSK-20] with another %s has other times", (_, change) => {
    expect(sameTimes(cron, { ...cron, ...change })).toBe(false);
    expect(sameTimes({ ...cron, ...change }, cron)).toBe(false);
  });

  test("[TSK-20] without an anchor has the anchor it had", () => {
    const settled = settleAnchor(define({}), { now });
    expect(sameTimes(settled, define({}))).toBe(true);
    expect(sameTimes(settled, define({ anchor: now + 1 }))).toBe(false);
  });
});
