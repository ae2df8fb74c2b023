import { expect, test } from "vitest";
import { explainRule } from "./explain.ts";
import { ruleOf } from "./rule-of.ts";
import type { TaskDefinition } from "./task.ts";

const base: TaskDefinition = {
  id: "t",
  name: "t",
  type: "cron",
  schedule: "30 2 * * *",
  enabled: true,
  action: "a:b",
  params: {},
};

function explain(at: string, change: Partial<TaskDefinition> = {}): ReturnType<typeof explainRule> {
  const definition: TaskDefinition = {
    ...base,
    timezone: "Europe/Paris",
    ...change,
  };
  return explainRule(ruleOf("t", definition), Date.parse(at));
}

test("[TSK-46] a time of the schedule", () => {
  expect(explain("2026-06-01T00:30Z")).toEqual({
    outcome: "scheduled",
    note: "2026-06-01 02:30:00 +02:00 (Europe/Paris) is a time of the schedule.",
  });
});

test("[TSK-46] an excluded time", () => {
  expect(explain("2026-06-01T00:30Z", { exclude: ["2026-06-01"] })).toEqual({
    outcome: "excluded",
    note: "2026-06-01 02:30:00 +02:00 (Europe/Paris) is a time of the schedule, but an exclusion leaves it out.",
  });
});

test("[TSK-46] a time inside a gap, asked for by the offset that was in force", () => {
  expect(explain("2026-03-29T02:30+01:00", { dst: "skip" })).toEqual({
    outcome: "dst-gap",
    note: "2026-03-29 02:30 does not exist in Europe/Paris: clocks go from 02:00 to 03:00; it is skipped.",
  });
  expect(explain("2026-03-29T02:30+01:00")).toEqual({
    outcome: "dst-gap",
    note: "2026-03-29 02:30 does not exist in Europe/Paris: clocks go from 02:00 to 03:00; 2026-03-29 03:00:00 +02:00 (Europe/Paris) runs instead.",
    becomes: Date.parse("2026-03-29T01:00Z"),
  });
  expect(explain("2026-03-29T03:00+02:00").outcome).toBe("scheduled");
});

test("[TSK-46] a time outside the bounds", () => {
  const bounds = { startAt: Date.parse("2026-05-01"), endAt: Date.parse("2026-07-01") };
  expect(explain("2026-04-30T00:30Z", bounds)).toMatchObject({
    outcome: "outside bounds",
    note: expect.stringMatching(/but before startAt\.$/),
  });
  expect(explain("2026-07-02T00:30Z", bounds)).toMatchObject({
    outcome: "outside bounds",
    note: expect.stringMatching(/but after endAt\.$/),
  });
});

test("[TSK-46] any other instant, with the nearest times", () => {
  expect(explain("2026-06-01T12:00Z")).toEqual({
    outcome: "not scheduled",
    note: "2026-06-01 14:00:00 +02:00 (Europe/Paris) is not a time of the schedule; the nearest are 2026-06-01 02:30:00 +02:00 (Europe/Paris) and 2026-06-02 02:30:00 +02:00 (Europe/Paris).",
  });
  const once = { type: "once", schedule: "2026-06-01T00:00Z", timezone: "UTC" } as const;
  expect(explain("2026-05-01", once).note).toMatch(/the first is 2026-06-01 00:00:00 \+00:00 \(UTC\)\.$/);
  expect(explain("2026-07-01", once).note).toMatch(/the last was 2026-06-01 00:00:00 \+00:00 \(UTC\)\.$/);
  const never = { schedule: "0 0 30 2 *" };
  expect(explain("2026-07-01", never).note).toMatch(/it has no times at all\.$/);
});
