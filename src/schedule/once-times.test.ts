import { expect, test } from "vitest";
import { parseRule } from "./parse-rule.ts";

test.each([
  ["1774746000000", 1_774_746_000_000],
  ["2026-03-29T01:00:00Z", 1_774_746_000_000],
  ["2026-03-29T03:00:00+02:00", 1_774_746_000_000],
  ["2026-03-29T01:00", 1_774_746_000_000],
])("[SCH-9] once %s has one time", (schedule, at) => {
  const rule = parseRule({ type: "once", schedule, timezone: "Europe/Paris" });
  expect([rule.next(at - 1), rule.next(at), rule.previous(at + 1), rule.previous(at)]).toEqual([
    at,
    null,
    at,
    null,
  ]);
});

test.each(["tomorrow", "2026-02-30", "9 o'clock", "5m"])("[SCH-9] once %j is refused", (schedule) => {
  expect(() => parseRule({ type: "once", schedule })).toThrow(
    expect.objectContaining({ code: "instant.invalid" }),
  );
});
