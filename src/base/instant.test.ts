import * as fc from "fast-check";
import { expect, test } from "vitest";
import { quote } from "./quote.ts";
import { formatInstant, parseInstant } from "./instant.ts";

test.each([
  [new Date(5), 5],
  [1_774_746_000_000, 1_774_746_000_000],
  [-1, -1],
  ["2026-03-29", 1_774_742_400_000],
  ["2026-03-29T01:00:00Z", 1_774_746_000_000],
  ["2026-03-29T01:00", 1_774_746_000_000],
  ["2026-03-29 01:00", 1_774_746_000_000],
  ["2026-03-29T03:00:00+02:00", 1_774_746_000_000],
  ["2026-03-29T03:00+0200", 1_774_746_000_000],
  ["2026-03-28T22:30:00.000-02:30", 1_774_746_000_000],
  ["2026-03-29t01:00:00.123456789z", 1_774_746_000_123],
  ["2024-02-29", 1_709_164_800_000],
])("[BAS-4] %j is %d ms since 1970", (given, at) => {
  expect(parseInstant(given)).toBe(at);
});

test("[BAS-4] text without an offset is UTC, whatever the zone of the machine", () => {
  const zone = process.env["TZ"];
  process.env["TZ"] = "America/New_York";
  try {
    expect(parseInstant("2026-07-01T12:00:00")).toBe(Date.UTC(2026, 6, 1, 12));
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});

const nonsense: readonly unknown[] = [
  ..."|tomorrow|2026|2026-03|2026-02-30|2026-02-29|2026-13-01|2026-03-29T25:00|2026-03-29T01:60".split("|"),
  ..."2026-03-29T01:00:60Z|2026-03-29T01:00+99:00|29.03.2026|1774746000000|Sun Mar 29 2026|5m".split("|"),
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  8.64e15 + 1,
  new Date(Number.NaN),
  null,
  undefined,
  true,
  {},
  [],
  5n,
  Symbol("now"),
];

test.each(nonsense.map((given) => [quote(given), given]))("[BAS-5] %s is refused", (_name, given) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  expect(() => parseInstant(given as never)).toThrow(expect.objectContaining({ code: "instant.invalid" }));
});

test("[BAS-6] an instant is written so that it is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (at) => {
      expect(parseInstant(formatInstant(at))).toBe(at);
    }),
  );
});
