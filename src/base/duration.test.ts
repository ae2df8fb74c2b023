import * as fc from "fast-check";
import { expect, test } from "vitest";
import { quote } from "./quote.ts";
import { formatDuration, parseDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["2w", 1_209_600_000],
  ["1.5h", 5_400_000],
  ["1h 30m", 5_400_000],
  ["1h30m", 5_400_000],
  ["  10 S ", 10_000],
  [1_500, 1_500],
  [0, 0],
  [0.25, 0.25],
])("[BAS-1] %j is %d ms", (given, ms) => {
  expect(parseDuration(given)).toBe(ms);
});

test("[BAS-1] parts add up, in any order", () => {
  const part = fc.tuple(fc.nat(1_000), fc.constantFrom("ms", "s", "m", "h", "d", "w"));
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const total = parts.reduce((sum, [count, name]) => sum + count * unit[name], 0);
      expect(parseDuration(parts.map(([count, name]) => `${count}${name}`).join(" "))).toBe(total);
    }),
  );
});

const nonsense: readonly unknown[] = [
  ..."|5|-5m|m|5 bananas 3m|1h foo 30m|x5m|5m!|5minutes|1.5.5m|.5s|5e3s|٣s|null".split("|"),
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  `${"9".repeat(400)}d`,
  null,
  undefined,
  true,
  {},
  [],
  5n,
  Symbol("5m"),
  () => 5,
];

test.each(nonsense.map((given) => [quote(given), given]))("[BAS-2] %s is refused", (_name, given) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  expect(() => parseDuration(given as never)).toThrow(expect.objectContaining({ code: "duration.invalid" }));
});

test("[BAS-2] the error quotes what was given and says what to write", () => {
  expect(() => parseDuration("soon")).toThrow(/"soon".*"5m"/);
});

test("[BAS-3] a duration is written without loss, however long it is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e13 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
  expect([formatDuration(90_000), formatDuration(0)]).toEqual(["1m 30s", "0ms"]);
});
