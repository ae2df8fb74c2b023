import { expect, test } from "vitest";
import { jitterOf } from "../schedule/jitter.ts";
import { planResume, type ResumePlan } from "./plan-resume.ts";
import { ruleOf } from "./rule-of.ts";
import type { TaskDefinition } from "./task.ts";

const hourMs = 3_600_000;
const start = Date.parse("2026-06-01T00:00Z");

const base: TaskDefinition = {
  id: "t",
  name: "t",
  type: "cron",
  schedule: "0 * * * *",
  enabled: true,
  action: "a:b",
  params: {},
};

function resume(change: Partial<TaskDefinition>, now: number, fired?: number): ResumePlan {
  const definition: TaskDefinition = {
    ...base,
    ...change,
  };
  const rule = ruleOf("t", definition);
  return planResume({ definition, rule, cursor: start, now, ...(fired === undefined ? {} : { fired }) });
}

test("[TSK-42] what came due while a task was stopped is skipped as paused", () => {
  expect(resume({}, start + 5.5 * hourMs)).toEqual({
    skips: [{ at: start + hourMs, until: start + 5 * hourMs, count: 5, reason: "paused" }],
    cursor: start + 5.5 * hourMs,
    nextDue: start + 6 * hourMs,
  });
});

test("[TSK-42] nothing is skipped when nothing came due", () => {
  expect(resume({}, start + 60_000)).toEqual({ skips: [], cursor: start + 60_000, nextDue: start + hourMs });
  expect(resume({}, start - hourMs)).toEqual({ skips: [], cursor: start, nextDue: start + hourMs });
});

test("[TSK-42] a time still waiting for its jitter may run", () => {
  const at = start + 2 * hourMs;
  const jitter = jitterOf("t", at, hourMs, at + hourMs);
  const plan = resume({ jitter: hourMs }, at + jitter - 1);
  expect(plan.skips).toEqual([{ at: start + hourMs, until: start + hourMs, count: 1, reason: "paused" }]);
  expect(plan.nextDue).toBe(at + jitter);
  expect(resume({ jitter: hourMs }, at + jitter).skips[0]?.count).toBe(2);
});

test("[TSK-42] excluded times keep their own reason", () => {
  expect(resume({ exclude: ["0 3-4 * * *"] }, start + 5 * hourMs).skips).toEqual([
    { at: start + hourMs, until: start + 5 * hourMs, count: 3, reason: "paused" },
    { at: start + 3 * hourMs, until: start + 4 * hourMs, count: 2, reason: "excluded" },
  ]);
});

test("[TSK-23] a finished task has no next wake-up", () => {
  expect(resume({ maxRuns: 3 }, start + hourMs, 3).nextDue).toBeNull();
  expect(resume({ maxRuns: 3 }, start + hourMs, 2).nextDue).toBe(start + 2 * hourMs);
  expect(resume({ endAt: start + hourMs }, start + hourMs).nextDue).toBeNull();
});
