import { expect, test } from "vitest";
import { expandSpan } from "./expand-span.ts";
import { ruleOf } from "./rule-of.ts";
import type { SkipReason } from "./skip.ts";
import type { TaskDefinition } from "./task.ts";

const base: TaskDefinition = {
  id: "t",
  name: "t",
  type: "cron",
  schedule: "*/30 * * * *",
  enabled: true,
  action: "a:b",
  params: {},
};

/** Every half hour through the night on which Paris goes from 02:00 to 03:00, without 04:00 to 04:59. */
function setup(): (reason: SkipReason, from: string, to: string) => string[] {
  const definition: TaskDefinition = {
    ...base,
    timezone: "Europe/Paris",
    exclude: ["* 4 * * *"],
  };
  const rule = ruleOf("t", definition);
  return (reason, from, to) => {
    const [at, until] = [Date.parse(`2026-03-29T${from}Z`), Date.parse(`2026-03-29T${to}Z`)];
    return [...expandSpan(rule, { at, until, reason })].map((time) =>
      new Date(time).toISOString().slice(11, 16),
    );
  };
}

test("[TSK-43] a span covers the times of its kind and no others", () => {
  const unroll = setup();
  expect(unroll("window", "00:30", "03:30")).toEqual(["00:30", "01:00", "01:30", "03:00", "03:30"]);
  expect(unroll("overlap", "00:30", "03:30")).toEqual(unroll("window", "00:30", "03:30"));
  expect(unroll("excluded", "00:30", "03:30")).toEqual(["02:00", "02:30"]);
  expect(unroll("dst-gap", "00:30", "03:30")).toEqual(["01:00", "01:30"]);
});

test("[TSK-43] both ends of a span belong to it", () => {
  const unroll = setup();
  expect(unroll("paused", "01:00", "01:00")).toEqual(["01:00"]);
  expect(unroll("paused", "01:01", "01:29")).toEqual([]);
});
