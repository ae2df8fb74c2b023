import { expect, test } from "vitest";
import { planBackfill } from "./plan-backfill.ts";
import { ruleOf } from "./rule-of.ts";
import type { TaskDefinition } from "./task.ts";

const base: TaskDefinition = {
  id: "t",
  name: "t",
  type: "cron",
  schedule: "0 9 * * *",
  enabled: true,
  action: "a:b",
  params: {},
};

function backfill(change: Partial<TaskDefinition>, from: string, to: string): Generator<number> {
  const definition: TaskDefinition = {
    ...base,
    ...change,
  };
  const rule = ruleOf("t", definition);
  return planBackfill({ id: "t", definition, rule, from: Date.parse(from), to: Date.parse(to) });
}

const days = (times: Iterable<number>): string[] =>
  [...times].map((at) => new Date(at).toISOString().slice(0, 10));

test("[TSK-47] a backfill has both ends, and no excluded time", () => {
  const stretch = ["2026-06-01T09:00Z", "2026-06-05T09:00Z"] as const;
  expect(days(backfill({}, ...stretch))).toEqual([
    "2026-06-01",
    "2026-06-02",
    "2026-06-03",
    "2026-06-04",
    "2026-06-05",
  ]);
  expect(days(backfill({ exclude: ["2026-06-03"] }, ...stretch))).toHaveLength(4);
  expect(days(backfill({}, "2026-06-01T09:01Z", "2026-06-02T08:59Z"))).toEqual([]);
  expect(days(backfill({}, "2026-06-05", "2026-06-01"))).toEqual([]);
});

test("[TSK-47] a backfill of a year of seconds gives its times one by one", () => {
  const seconds = backfill({ schedule: "* * * * * *" }, "2025-01-01", "2026-01-01");
  expect(seconds.next().value).toBe(Date.parse("2025-01-01"));
  expect(seconds.next().value).toBe(Date.parse("2025-01-01") + 1_000);
});
