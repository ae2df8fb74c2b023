import { expect, test } from "vitest";
import { parseInterval } from "./interval.ts";

test.each([
  ["300000", 300_000],
  ["1", 1],
  [" 5m ", 300_000],
  ["90m", 5_400_000],
  ["1h 30m", 5_400_000],
  ["1d", 86_400_000],
  ["1.001s", 1_001],
])("[SCH-5] %s is read as %d ms", (text, ms) => {
  expect(parseInterval(text)).toBe(ms);
});

test.each([
  "0",
  "0s",
  "0.2ms",
  "1.5ms",
  "soon",
  "-5",
  "-5m",
  "",
  "5 minutes or so",
  "1e3",
  "99999999999999999",
])("[SCH-5] %j is refused with its text", (text) => {
  expect(() => parseInterval(text)).toThrow(
    expect.objectContaining({
      code: "duration.invalid",
      message: expect.stringContaining(JSON.stringify(text)),
    }),
  );
});
