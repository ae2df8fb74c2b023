import * as fc from "fast-check";
import { expect, test } from "vitest";
import { zoneOf } from "../time/zone.ts";
import { matchesInstant } from "./matches.ts";
import { nextInstant } from "./next.ts";
import { parseCron } from "./parse.ts";

const utc = zoneOf("UTC");
const paris = zoneOf("Europe/Paris");
const at = (text: string): number => Date.parse(text);

test("[CRN-28] an instant matches when the local clock shows a time of the expression", () => {
  const nine = parseCron("0 9 * * 1-5");
  expect(matchesInstant(nine, at("2026-08-03T09:00:00Z"), utc)).toBe(true);
  expect(matchesInstant(nine, at("2026-08-03T09:00:00Z"), paris)).toBe(false);
  expect(matchesInstant(nine, at("2026-08-03T07:00:00Z"), paris)).toBe(true);
  expect(matchesInstant(nine, at("2026-08-01T07:00:00Z"), paris)).toBe(false);
  expect(matchesInstant(nine, at("2026-08-03T07:01:00Z"), paris)).toBe(false);
});

test("[CRN-28] the whole second counts, and no more", () => {
  const cron = parseCron("30 0 9 * * *");
  const match = (text: string): boolean => matchesInstant(cron, at(text), utc);
  expect(match("2026-08-03T09:00:29.999Z")).toBe(false);
  expect(match("2026-08-03T09:00:30.000Z")).toBe(true);
  expect(match("2026-08-03T09:00:30.999Z")).toBe(true);
  expect(match("2026-08-03T09:00:31.000Z")).toBe(false);
});

test("[CRN-28] both passes of an overlap match, whatever a preset would run", () => {
  const cron = parseCron("30 2 * * *");
  expect(matchesInstant(cron, at("2026-10-25T00:30Z"), paris)).toBe(true);
  expect(matchesInstant(cron, at("2026-10-25T01:30Z"), paris)).toBe(true);
});

test("[CRN-28] years are looked at, and 1970 to 2199 are all there are", () => {
  expect(matchesInstant(parseCron("0 0 0 1 1 * 2030"), at("2030-01-01T00:00Z"), utc)).toBe(true);
  expect(matchesInstant(parseCron("0 0 0 1 1 * 2030"), at("2031-01-01T00:00Z"), utc)).toBe(false);
  expect(matchesInstant(parseCron("* * * * *"), at("1969-12-31T23:59Z"), utc)).toBe(false);
  expect(matchesInstant(parseCron("* * * * *"), at("2200-01-01T00:00Z"), utc)).toBe(false);
});

test("[CRN-28] in UTC the next time matches, and the seconds before it do not", () => {
  const text = fc.constantFrom(
    "*/7 3-5 * * *",
    "0 0 L * *",
    "15 10 15W * *",
    "*/20 * * * * 2#2",
    "0 12 29 2 *",
  );
  fc.assert(
    fc.property(
      text,
      fc.integer({ min: 0, max: at("2060-01-01") }),
      fc.nat(7_000),
      (expression, from, back) => {
        const cron = parseCron(expression);
        const next = nextInstant(cron, from, utc, "vixie") ?? Infinity;
        expect(matchesInstant(cron, next, utc)).toBe(true);
        const between = next - 1_000 * (back + 1);
        if (between > from) expect(matchesInstant(cron, between, utc)).toBe(false);
      },
    ),
  );
});
