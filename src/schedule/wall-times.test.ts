import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { zoneOf } from "../time/zone.ts";
import { parseRule } from "./parse-rule.ts";
import type { Rule } from "./rule.ts";
import { timesBetween } from "./times.ts";
import { wallTimes } from "./wall-times.ts";

const dayMs = 86_400_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the machine's own zone data shows on the wall, read without our tables. */
function wallClock(zone: string, at: number): string {
  const options = { timeZone: zone, dateStyle: "short", timeStyle: "medium" } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat("sv-SE", options);
  clocks.set(zone, clock);
  return clock.format(at);
}

function wall(schedule: string, anchor: string, timezone: string): Rule {
  return parseRule({ type: "interval", every: "wall", schedule, anchor: Date.parse(anchor), timezone });
}

function readings(rule: Rule, zone: string, from: string, to: string): string[] {
  return [...timesBetween(rule, Date.parse(from), Date.parse(to))].map((at) => wallClock(zone, at));
}

describe("a wall interval", () => {
  test.each([
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Cairo",
    "America/Havana",
    "Africa/Casablanca",
    "America/Sao_Paulo",
  ])("[SCH-6] of one day keeps 09:00 in %s for twenty years", (zone) => {
    const start = Date.parse("2005-01-10T00:00Z");
    // Nine in the morning there, found by looking at the clock.
    const anchor = Array.from({ length: 96 }, (_, index) => start + index * 900_000).find((at) =>
      wallClock(zone, at).endsWith("09:00:00"),
    );
    const rule = parseRule({
      type: "interval",
      every: "wall",
      schedule: "1d",
      anchor: anchor ?? 0,
      timezone: zone,
    });
    const days = new Set<string>();
    for (const at of timesBetween(rule, start, start + 20 * 365 * dayMs)) {
      const [day = "", time] = wallClock(zone, at).split(" ");
      expect(time).toBe("09:00:00");
      days.add(day);
    }
    expect(days.size).toBe(20 * 365);
  });

  test("[SCH-6] of one day keeps 09:00 in every zone, but on days that have none", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const day = fc.integer({ min: Date.parse("1990-01-01") / dayMs, max: Date.parse("2040-01-01") / dayMs });
    fc.assert(
      fc.property(fc.constantFrom(...zones), day, (zone, days) => {
        const nine = Array.from({ length: 96 }, (_, index) => days * dayMs + index * 900_000);
        const anchor = nine.find((at) => wallClock(zone, at).endsWith("09:00:00"));
        if (anchor === undefined) return;
        const times = wallTimes(anchor, dayMs, zoneOf(zone));
        for (const at of timesBetween(times, anchor - 20 * dayMs, anchor + 20 * dayMs)) {
          if (wallClock(zone, at).endsWith(" 09:00:00")) continue;
          // Then the clock jumped over nine o'clock, to just this moment.
          expect(wallClock(zone, at - 1) < `${wallClock(zone, at).slice(0, 10)} 09:00:00`).toBe(true);
          expect(wallClock(zone, at) > `${wallClock(zone, at - 1).slice(0, 10)} 09:00:00`).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("[SCH-7] at a time that no clock showed runs at the first instant after the gap", () => {
    const rule = wall("1d", "2026-03-27T01:30Z", "Europe/Paris");
    expect(readings(rule, "Europe/Paris", "2026-03-28T00:00Z", "2026-03-31T00:00Z")).toEqual([
      "2026-03-28 02:30:00",
      "2026-03-29 03:00:00",
      "2026-03-30 02:30:00",
    ]);
  });

  test("[SCH-7] with several steps in one gap runs once after it", () => {
    const rule = wall("15m", "2026-03-29T00:00Z", "Europe/Paris");
    expect(readings(rule, "Europe/Paris", "2026-03-29T00:45Z", "2026-03-29T01:15Z")).toEqual([
      "2026-03-29 01:45:00",
      "2026-03-29 03:00:00",
      "2026-03-29 03:15:00",
    ]);
    expect([...rule.gaps(Date.parse("2026-03-29T00:00Z"), Date.parse("2026-03-30T00:00Z"))]).toEqual(
      ["01:00", "01:15", "01:30", "01:45"].map((time) => ({
        at: Date.parse(`2026-03-29T${time}Z`),
        becomes: Date.parse("2026-03-29T01:00Z"),
      })),
    );
  });

  test("[SCH-25] has the steps of a gap at places of their own, however the stretch is cut", () => {
    const rule = wall("15m", "2026-03-29T00:00Z", "Europe/Paris");
    const [from, to] = [Date.parse("2026-03-28"), Date.parse("2026-03-30")];
    for (const minutes of [0, 15, 20, 45, 60]) {
      const cut = Date.parse("2026-03-29T01:00Z") + minutes * 60_000;
      expect([...rule.gaps(from, cut), ...rule.gaps(cut + 1, to)]).toEqual([...rule.gaps(from, to)]);
    }
  });

  test("[SCH-8] at a time that comes twice runs the first time only", () => {
    const rule = wall("1d", "2026-10-20T00:30Z", "Europe/Paris");
    const times = [...timesBetween(rule, Date.parse("2026-10-24T12:00Z"), Date.parse("2026-10-26T12:00Z"))];
    expect(times.map((at) => new Date(at).toISOString())).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  test("[SCH-7] on the day that Samoa left out runs once, at its end", () => {
    const rule = wall("6h", "2011-12-20T10:00Z", "Pacific/Apia");
    expect(readings(rule, "Pacific/Apia", "2011-12-30T00:00Z", "2011-12-30T23:00Z")).toEqual([
      "2011-12-29 18:00:00",
      "2011-12-31 00:00:00",
      "2011-12-31 06:00:00",
      "2011-12-31 12:00:00",
    ]);
  });

  test("[SCH-1] is strictly increasing, and previous undoes next", () => {
    const zones = [
      "Europe/Paris",
      "Pacific/Apia",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "America/Caracas",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 2e12 }),
        fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 60_000, max: 3 * dayMs })),
        fc.integer({ min: 0, max: 2e12 }),
        (zone, anchor, intervalMs, asked) => {
          const times = wallTimes(anchor, intervalMs, zoneOf(zone));
          const next = times.next(asked) ?? -1;
          expect(next).toBeGreaterThan(asked);
          // Nothing in between: the last one before `next` is not after the instant asked about.
          expect(times.previous(next) ?? next).toBeLessThanOrEqual(asked);
          expect(times.next(next - 1)).toBe(next);
          const previous = times.previous(asked) ?? asked;
          expect(previous).toBeLessThan(asked);
          expect(times.next(previous) ?? 0).toBeGreaterThanOrEqual(asked);
        },
      ),
      { numRuns: 500 },
    );
  });
});
