import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { zoneOf, type Zone } from "../time/zone.ts";
import { dstPresets, type DstPreset } from "./cron.ts";
import { nextInstant } from "./next.ts";
import { parseCron } from "./parse.ts";
import { previousInstant } from "./previous.ts";

const utc = zoneOf("UTC");
const paris = zoneOf("Europe/Paris");
const at = (text: string): number => Date.parse(text);

/** All times in (from, to], without the year and the seconds. */
function times(expression: string, zone: Zone, dst: DstPreset, from: string, to: string): string[] {
  const cron = parseCron(expression);
  const found: string[] = [];
  for (let next = nextInstant(cron, at(from), zone, dst); next !== null && next <= at(to);) {
    found.push(new Date(next).toISOString().slice(5, 16));
    next = nextInstant(cron, next, zone, dst);
  }
  return found;
}

describe("order", () => {
  const expression = fc.constantFrom(
    "* * * * *",
    "*/7 * * * * *",
    "30 2 * * *",
    "0,30 1-3 * * *",
    "0 0 L * *",
    "15 */6 1-7 * 1",
    "0 12 29 2 *",
    "30 0,23 * 3,10 0#L",
  );
  const zone = fc.constantFrom(
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
  );
  const instant = fc.integer({ min: at("1990-01-01T00:00Z"), max: at("2060-01-01T00:00Z") });

  test("[CRN-23] the next time is later, the previous one earlier, both to the second", () => {
    fc.assert(
      fc.property(expression, zone, fc.constantFrom(...dstPresets), instant, (text, name, dst, from) => {
        const cron = parseCron(text);
        const next = nextInstant(cron, from, zoneOf(name), dst);
        const previous = previousInstant(cron, from, zoneOf(name), dst);
        expect(next).toBeGreaterThan(from);
        expect(previous).toBeLessThan(from);
        expect([(next ?? 0) % 1_000, (previous ?? 0) % 1_000]).toEqual([0, 0]);
      }),
      { numRuns: 500 },
    );
  });

  test("[CRN-24] from any time, back and forward visit the same times", () => {
    fc.assert(
      fc.property(expression, zone, fc.constantFrom(...dstPresets), instant, (text, name, dst, from) => {
        const cron = parseCron(text);
        const place = zoneOf(name);
        const forward: number[] = [];
        for (let step = 0, now = from; step < 12; step++) {
          now = nextInstant(cron, now, place, dst) ?? Infinity;
          forward.push(now);
        }
        const back: number[] = [];
        for (let now = forward.at(-1)! + 1; now > forward[0]!;) {
          now = previousInstant(cron, now, place, dst) ?? -Infinity;
          back.push(now);
        }
        expect(back).toEqual(forward.toReversed());
        expect(previousInstant(cron, forward[0]!, place, dst)).toBeLessThanOrEqual(from);
      }),
      { numRuns: 300 },
    );
  });

  test("[CRN-23] the time itself is not its own next or previous time", () => {
    const daily = parseCron("0 9 * * *");
    const nine = at("2026-05-05T09:00Z");
    expect(nextInstant(daily, nine, utc, "vixie")).toBe(at("2026-05-06T09:00Z"));
    expect(nextInstant(daily, nine - 1, utc, "vixie")).toBe(nine);
    expect(previousInstant(daily, nine, utc, "vixie")).toBe(at("2026-05-04T09:00Z"));
    expect(previousInstant(daily, nine + 1, utc, "vixie")).toBe(nine);
  });
});

describe("bounds", () => {
  test("[CRN-26] nothing fires before 1970 or after 2199", () => {
    const yearly = parseCron("0 0 1 1 *");
    expect(nextInstant(yearly, at("1815-06-18T00:00Z"), utc, "vixie")).toBe(0);
    expect(previousInstant(yearly, 0, utc, "vixie")).toBeNull();
    expect(nextInstant(yearly, at("2199-01-01T00:00Z"), utc, "vixie")).toBeNull();
    expect(previousInstant(yearly, at("2500-01-01T00:00Z"), utc, "vixie")).toBe(at("2199-01-01T00:00Z"));
    expect(nextInstant(yearly, 8.64e15, paris, "vixie")).toBeNull();
    expect(previousInstant(yearly, -8.64e15, paris, "vixie")).toBeNull();
    expect(previousInstant(parseCron("59 59 23 31 12 * *"), 8.64e15, paris, "vixie")).toBe(
      at("2199-12-31T22:59:59Z"),
    );
    // Just before Shanghai gave up local mean time, in the first span that is followed.
    const early = at("1900-12-31T15:52Z");
    expect(previousInstant(yearly, early, zoneOf("Asia/Shanghai"), "vixie")).toBeNull();
  });

  /** A zone that counts how often it is asked. */
  function counting(zone: Zone): { readonly zone: Zone; asked(): number } {
    let asked = 0;
    const counted: Zone = {
      name: zone.name,
      offsetAt: (instant) => (asked++, zone.offsetAt(instant)),
      spanAt: (instant) => (asked++, zone.spanAt(instant)),
    };
    return { zone: counted, asked: () => asked };
  }

  // New York around its gap of 8 March and its overlap of 1 November 2026, where the zone must be looked at.
  const troubled = [
    "2026-03-08T06:30Z",
    "2026-03-08T07:30Z",
    "2026-11-01T05:30Z",
    "2026-11-01T06:30Z",
  ] as const;

  test.each(troubled)("[CRN-27] from %s a time 173 years away is as near as any other", (from) => {
    const cron = parseCron("0 0 12 1 7 * 2199");
    for (const dst of dstPresets) {
      const counted = counting(zoneOf("America/New_York"));
      expect(nextInstant(cron, at(from), counted.zone, dst)).toBe(at("2199-07-01T16:00Z"));
      expect(counted.asked()).toBeLessThan(6);
      const old = parseCron("0 0 12 1 7 * 1975");
      expect(previousInstant(old, at(from), counted.zone, dst)).toBe(at("1975-07-01T16:00Z"));
      expect(counted.asked()).toBeLessThan(12);
    }
  });

  test.each([
    "0 0 30 2 *",
    "0 0 31 2,4,6,9,11 *",
    "0 0 0 29 2 * 2100",
    "0 0 L-30 2 *",
    "0 0 31W 4 *",
    "0 0 0 1 1 * 1970",
  ])("[CRN-27] %j never fires, and is known not to after a few steps", (text) => {
    const cron = parseCron(text);
    for (const dst of dstPresets) {
      for (const from of ["1970-01-02T06:00Z", ...troubled]) {
        const counted = counting(zoneOf("America/New_York"));
        expect(nextInstant(cron, at(from), counted.zone, dst)).toBeNull();
        expect(counted.asked()).toBeLessThan(5);
      }
    }
  });

  test("[CRN-27] a time that exists only inside gaps takes a step per year, not per day", () => {
    // The last Sunday of March at 2:30: in Paris always inside the gap, as long as the rule of today holds.
    const cron = parseCron("30 2 * 3 0#L");
    const counted = counting(paris);
    expect(nextInstant(cron, at("2026-01-01T00:00Z"), counted.zone, "skip")).toBeNull();
    expect(counted.asked()).toBeLessThan(2_000);
    expect(previousInstant(cron, at("2026-01-01T00:00Z"), counted.zone, "skip")).toBe(
      at("1980-03-30T01:30Z"),
    );
  });

  test("[CRN-27] an expression whose years are over has a previous time and no next one", () => {
    const cron = parseCron("0 0 0 1 1 * 2020");
    expect(nextInstant(cron, at("2020-01-01T00:00Z"), utc, "vixie")).toBeNull();
    expect(previousInstant(cron, at("2030-01-01T00:00Z"), utc, "vixie")).toBe(at("2020-01-01T00:00Z"));
  });
});

// Paris, 29 March 2026: at 01:00 UTC the clock goes from 02:00 to 03:00.
const spring = ["2026-03-28T12:00Z", "2026-03-29T12:00Z"] as const;
// Paris, 25 October 2026: at 01:00 UTC the clock goes from 03:00 to 02:00.
const autumn = ["2026-10-24T23:00Z", "2026-10-25T03:00Z"] as const;
const inGap = (text: string, dst: DstPreset): string[] => times(text, paris, dst, ...spring);
const inOverlap = (text: string, dst: DstPreset): string[] => times(text, paris, dst, ...autumn);

const rhythmInGap = ["03-29T00:00", "03-29T00:30", "03-29T01:00", "03-29T01:30"];
const bothPasses = ["10-25T00:00", "10-25T00:30", "10-25T01:00", "10-25T01:30"];

describe("presets", () => {
  test("[CRN-30] vixie", () => {
    expect(inGap("30 2 * * *", "vixie")).toEqual(["03-29T01:00"]);
    expect(inGap("0 2 * * *", "vixie")).toEqual(["03-29T01:00"]);
    expect(inGap("*/30 1-3 * * *", "vixie")).toEqual(rhythmInGap);
    expect(inGap("*/30 2 * * *", "vixie")).toEqual([]);
    expect(inGap("30 */2 * * *", "vixie").slice(0, 8)).not.toContain("03-29T01:00");
    expect(inOverlap("30 2 * * *", "vixie")).toEqual(["10-25T00:30"]);
    expect(inOverlap("0,30 2 * * *", "vixie")).toEqual(["10-25T00:00", "10-25T00:30"]);
    expect(inOverlap("*/30 2 * * *", "vixie")).toEqual(bothPasses);
  });

  test("[CRN-31] skip", () => {
    expect(inGap("30 2 * * *", "skip")).toEqual([]);
    expect(inGap("*/30 1-3 * * *", "skip")).toEqual(rhythmInGap);
    expect(inOverlap("30 2 * * *", "skip")).toEqual(["10-25T00:30"]);
    expect(inOverlap("*/30 2 * * *", "skip")).toEqual(bothPasses);
  });

  test("[CRN-32] shift", () => {
    expect(inGap("30 2 * * *", "shift")).toEqual(["03-29T01:30"]);
    expect(inGap("0,15,45 2 * * *", "shift")).toEqual(["03-29T01:00", "03-29T01:15", "03-29T01:45"]);
    expect(inGap("*/30 2 * * *", "shift")).toEqual([]);
    expect(inGap("*/30 1-3 * * *", "shift")).toEqual(rhythmInGap);
    expect(inOverlap("30 2 * * *", "shift")).toEqual(["10-25T00:30"]);
    expect(inOverlap("*/30 2 * * *", "shift")).toEqual(bothPasses);
  });

  test("[CRN-33] first", () => {
    expect(inGap("30 2 * * *", "first")).toEqual(["03-29T01:00"]);
    expect(inGap("*/30 1-3 * * *", "first")).toEqual(rhythmInGap);
    expect(inOverlap("30 2 * * *", "first")).toEqual(["10-25T00:30"]);
    expect(inOverlap("*/30 2 * * *", "first")).toEqual(["10-25T00:00", "10-25T00:30"]);
    expect(inOverlap("0 * * * *", "first")).toEqual(["10-25T00:00", "10-25T02:00", "10-25T03:00"]);
  });

  test("[CRN-34] last", () => {
    expect(inGap("30 2 * * *", "last")).toEqual(["03-29T01:00"]);
    expect(inOverlap("30 2 * * *", "last")).toEqual(["10-25T01:30"]);
    expect(inOverlap("*/30 2 * * *", "last")).toEqual(["10-25T01:00", "10-25T01:30"]);
    expect(inOverlap("0 * * * *", "last")).toEqual(["10-25T01:00", "10-25T02:00", "10-25T03:00"]);
  });

  test("[CRN-35] both", () => {
    expect(inGap("30 2 * * *", "both")).toEqual([]);
    expect(inGap("*/30 1-3 * * *", "both")).toEqual(rhythmInGap);
    expect(inOverlap("30 2 * * *", "both")).toEqual(["10-25T00:30", "10-25T01:30"]);
    expect(inOverlap("*/30 2 * * *", "both")).toEqual(bothPasses);
  });

  test("[CRN-36] times that meet at one instant run once", () => {
    expect(inGap("0,20,40 2 * * *", "vixie")).toEqual(["03-29T01:00"]);
    expect(inGap("0 2,3 * * *", "vixie")).toEqual(["03-29T01:00"]);
    expect(inGap("30 2,3 * * *", "shift")).toEqual(["03-29T01:30"]);
    expect(inGap("30 2,3 * * *", "vixie")).toEqual(["03-29T01:00", "03-29T01:30"]);
    const cron = parseCron("0 2,3 * * *");
    expect(previousInstant(cron, at("2026-03-29T01:00Z"), paris, "vixie")).toBe(at("2026-03-28T02:00Z"));
  });

  test("[CRN-38] in the first pass, a time that is over comes again when nothing else does for years", () => {
    const cron = parseCron("*/30 2 25 10 *");
    const found = nextInstant(cron, at("2026-10-25T00:59Z"), paris, "both");
    expect(found).toBe(at("2026-10-25T01:00Z"));
    // And backwards: in the second pass before 02:00 has come again, the first pass is behind.
    const lone = parseCron("59 2 25 10 *");
    expect(previousInstant(lone, at("2026-10-25T01:30Z"), paris, "both")).toBe(at("2026-10-25T00:59Z"));
  });
});

describe("odd zones", () => {
  const daily = (text: string, name: string, dst: DstPreset, from: string, to: string): string[] =>
    times(text, zoneOf(name), dst, from, to);

  test("[CRN-37] Lord Howe moves by half an hour", () => {
    // 4 October 2026: 02:00 +10:30 becomes 02:30 +11 (15:30 UTC the day before).
    const spring = ["2026-10-03T00:00Z", "2026-10-04T00:00Z"] as const;
    expect(daily("15 2 * * *", "Australia/Lord_Howe", "vixie", ...spring)).toEqual(["10-03T15:30"]);
    expect(daily("15 2 * * *", "Australia/Lord_Howe", "shift", ...spring)).toEqual(["10-03T15:45"]);
    expect(daily("15 2 * * *", "Australia/Lord_Howe", "skip", ...spring)).toEqual([]);
    // 5 April 2026: 02:00 +11 becomes 01:30 +10:30 (15:00 UTC the day before).
    const autumn = ["2026-04-04T00:00Z", "2026-04-05T00:00Z"] as const;
    expect(daily("45 1 * * *", "Australia/Lord_Howe", "both", ...autumn)).toEqual([
      "04-04T14:45",
      "04-04T15:15",
    ]);
    expect(daily("15 1 * * *", "Australia/Lord_Howe", "both", ...autumn)).toEqual(["04-04T14:15"]);
  });

  test("[CRN-37] Cairo, Havana and Sao Paulo lose midnight", () => {
    // Cairo, 28 April 2023: 00:00 +2 becomes 01:00 +3. The day still has its daily run.
    expect(daily("0 0 * * *", "Africa/Cairo", "vixie", "2023-04-27T12:00Z", "2023-04-28T12:00Z")).toEqual([
      "04-27T22:00",
    ]);
    expect(daily("30 0 * * *", "Africa/Cairo", "shift", "2023-04-27T12:00Z", "2023-04-28T12:00Z")).toEqual([
      "04-27T22:30",
    ]);
    // Havana, 8 March 2026: 00:00 -5 becomes 01:00 -4.
    expect(daily("@daily", "America/Havana", "vixie", "2026-03-07T12:00Z", "2026-03-08T12:00Z")).toEqual([
      "03-08T05:00",
    ]);
    // Sao Paulo, 4 November 2018: 00:00 -3 becomes 01:00 -2; 18 February 2018: 00:00 -2 becomes 23:00 -3 the day before.
    expect(
      daily("0 0 * * *", "America/Sao_Paulo", "vixie", "2018-11-03T12:00Z", "2018-11-04T12:00Z"),
    ).toEqual(["11-04T03:00"]);
    expect(
      daily("30 23 * * *", "America/Sao_Paulo", "both", "2018-02-17T12:00Z", "2018-02-18T12:00Z"),
    ).toEqual(["02-18T01:30", "02-18T02:30"]);
  });

  test("[CRN-37] Samoa's lost day runs once, at its end, or not at all", () => {
    // 2011-12-30 did not happen: 29 December 24:00 -10 became 31 December 00:00 +14, at 10:00 UTC on the 30th.
    const lost = ["2011-12-29T20:00Z", "2011-12-30T18:00Z"] as const;
    expect(daily("0 9 * * *", "Pacific/Apia", "vixie", ...lost)).toEqual(["12-30T10:00"]);
    expect(daily("0 9 * * *", "Pacific/Apia", "skip", ...lost)).toEqual([]);
    expect(daily("0 9 30 12 *", "Pacific/Apia", "shift", ...lost)).toEqual([]);
    expect(daily("0 9 30 12 *", "Pacific/Apia", "shift", lost[0], "2011-12-30T20:00Z")).toEqual([
      "12-30T19:00",
    ]);
    expect(daily("0 */8 * * *", "Pacific/Apia", "vixie", ...lost)).toEqual([
      "12-30T02:00",
      "12-30T10:00",
      "12-30T18:00",
    ]);
  });

  test("[CRN-37] Troll moves by two hours", () => {
    // 29 March 2026, 01:00 UTC: 01:00 +0 becomes 03:00 +2.
    const spring = ["2026-03-28T12:00Z", "2026-03-29T12:00Z"] as const;
    expect(daily("30 1,2 * * *", "Antarctica/Troll", "vixie", ...spring)).toEqual(["03-29T01:00"]);
    expect(daily("30 1,2 * * *", "Antarctica/Troll", "shift", ...spring)).toEqual([
      "03-29T01:30",
      "03-29T02:30",
    ]);
  });

  test("[CRN-37] Dublin's winter time, which the tz database writes as a negative summer time, is like any other", () => {
    expect(daily("30 1 * * *", "Europe/Dublin", "vixie", "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual([
      "03-29T01:00",
    ]);
    expect(daily("30 1 * * *", "Europe/Dublin", "both", "2026-10-24T12:00Z", "2026-10-25T12:00Z")).toEqual([
      "10-25T00:30",
      "10-25T01:30",
    ]);
  });

  test("[CRN-37] Casablanca's clock goes back for Ramadan and forward after it", () => {
    // 2026: back at 03:00 on 15 February, forward at 02:00 on 22 March (tz database, Morocco's rules).
    const back = ["2026-02-14T12:00Z", "2026-02-15T12:00Z"] as const;
    const forward = ["2026-03-21T12:00Z", "2026-03-22T12:00Z"] as const;
    expect(daily("30 2 * * *", "Africa/Casablanca", "both", ...back)).toEqual(["02-15T01:30", "02-15T02:30"]);
    expect(daily("30 2 * * *", "Africa/Casablanca", "vixie", ...forward)).toEqual(["03-22T02:00"]);
  });

  test("[CRN-37] Chatham, three quarters of an hour off, overlaps like others", () => {
    // 5 April 2026: 03:45 +13:45 becomes 02:45 +12:45, at 14:00 UTC the day before.
    expect(daily("0 3 * * *", "Pacific/Chatham", "both", "2026-04-04T00:00Z", "2026-04-05T00:00Z")).toEqual([
      "04-04T13:15",
      "04-04T14:15",
    ]);
  });
});
