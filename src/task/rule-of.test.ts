import { expect, test } from "vitest";
import { ruleOf } from "./rule-of.ts";
import type { TaskDefinition } from "./task.ts";

test("[TSK-48] a thousand hourly tasks spread over the hour, each at a minute of its own that stays", () => {
  const definition: TaskDefinition = {
    id: "t",
    name: "t",
    type: "cron",
    schedule: "H * * * *",
    enabled: true,
    action: "a:b",
    params: {},
  };
  const minutes = Array.from({ length: 1_000 }, (_, index) => {
    const rule = ruleOf(`task-${index}`, definition);
    const first = rule.next(-1) ?? 0;
    expect(rule.next(first)).toBe(first + 3_600_000);
    expect(ruleOf(`task-${index}`, definition).next(-1)).toBe(first);
    return first / 60_000;
  });
  const perMinute = Array.from({ length: 60 }, (_, minute) => minutes.filter((at) => at === minute).length);
  expect(Math.min(...perMinute)).toBeGreaterThan(3);
  expect(Math.max(...perMinute)).toBeLessThan(40);
});
