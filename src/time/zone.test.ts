import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { changesBetween } from "./changes.ts";
import { lastZoneYear, zoneOf } from "./zone.ts";

const hourMs = 3_600_000;
const names = Intl.supportedValuesOf("timeZone");

/** The offset as `Intl` writes it, which is not how src/time asks for it. */
function writtenOffset(timezone: string, at: number): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: timezone, timeZoneName: "longOffset" });
  const text = format.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes, seconds] = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text) ?? [];
  const total = Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return (sign === "-" ? -total : total) * 1_000 + 0;
}

describe("names", () => {
  test("[TIM-4] any case finds the zone under its own name", () => {
    expect(zoneOf("europe/PARIS").name).toBe("Europe/Paris");
    expect(zoneOf("Europe/Paris").offsetAt(0)).toBe(hourMs);
  });

  test("[TIM-4] an alias is the same zone and keeps the name it was asked by", () => {
    const at = Date.UTC(2026, 6, 1);
    expect(zoneOf("US/Eastern").name).toBe("US/Eastern");
    expect(zoneOf("US/Eastern").spanAt(at)).toBe(zoneOf("America/New_York").spanAt(at));
  });

  test("[TIM-4] an offset is a zone, and UTC has many names", () => {
    expect(zoneOf("+05:30").offsetAt(0)).toBe(5.5 * hourMs);
    expect(zoneOf("Etc/GMT+5").offsetAt(0)).toBe(-5 * hourMs);
    for (const name of ["UTC", "utc", "Etc/UTC", "GMT"]) expect(zoneOf(name)).toBe(zoneOf("UTC"));
  });

  test("[TIM-4] asking twice gives the same value", () => {
    expect(zoneOf("Asia/Tokyo")).toBe(zoneOf("Asia/Tokyo"));
    expect(zoneOf("asia/tokyo")).toBe(zoneOf("Asia/Tokyo"));
  });

  test.each(["Mars/Olympus", "", "Europe/Pariss", "+25:00", undefined, 7])(
    "[TIM-5] %j is refused with the value and what to write",
    (name) => {
      // A caller without types may pass anything.
      expect(() => Reflect.apply(zoneOf, undefined, [name])).toThrow(
        expect.objectContaining({
          code: "zone.unknown",
          message: expect.stringMatching(/^Unknown time zone .*IANA name such as "Europe\/Paris"/),
          details: { timezone: String(name) },
        }),
      );
    },
  );
});

describe("offsets", () => {
  test("[TIM-6] random instants of random zones have the offset that Intl writes", () => {
    const at = fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2060, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...names), at, (name, at) => {
        expect([name, at, zoneOf(name).offsetAt(at)]).toEqual([name, at, writtenOffset(name, at)]);
      }),
      { numRuns: 600 },
    );
  });

  test("[TIM-7] offsets with seconds are kept whole", () => {
    // tz database: Monrovia was 44 minutes and 30 seconds behind until 1972-01-07, Paris 9:21 ahead before 1911.
    expect(zoneOf("Africa/Monrovia").offsetAt(0)).toBe(-(44 * 60 + 30) * 1_000);
    expect(changesBetween(zoneOf("Africa/Monrovia"), 0, Date.UTC(1973, 0, 1))).toEqual([
      { at: Date.UTC(1972, 0, 7, 0, 44, 30), before: -2_670_000, after: 0 },
    ]);
    expect(zoneOf("Europe/Paris").offsetAt(Date.UTC(1905, 0, 1))).toBe((9 * 60 + 21) * 1_000);
  });

  test("[TIM-8] the spans of a zone follow each other without a hole", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), (name) => {
        const zone = zoneOf(name);
        let span = zone.spanAt(Date.UTC(1995, 0, 1));
        while (span.until < Date.UTC(2030, 0, 1)) {
          const next = zone.spanAt(span.until);
          expect(next.from).toBe(span.until);
          expect([next.before, next.offset]).toEqual([span.offset, span.after]);
          expect(zone.spanAt(next.from - 1)).toBe(span);
          span = next;
        }
      }),
      { numRuns: 40 },
    );
  });

  test("[TIM-9] beyond the years that are followed, the offset at the border holds", () => {
    const zone = zoneOf("America/New_York");
    const border = zone.spanAt(Date.UTC(lastZoneYear, 11, 31));
    expect(border.until).toBe(Infinity);
    expect(zone.spanAt(8.64e15)).toBe(border);
    const start = zone.spanAt(Date.UTC(1900, 0, 1));
    expect(start.from).toBe(-Infinity);
    expect(zone.offsetAt(-8.64e15)).toBe(start.offset);
    expect(changesBetween(zone, -8.64e15, 8.64e15).length).toBeGreaterThan(400);
  });

  test("[TIM-10] northern Brazil, whose summer time of 2000 lasted a week, has both changes", () => {
    const changes = changesBetween(zoneOf("America/Boa_Vista"), Date.UTC(2000, 8, 1), Date.UTC(2000, 11, 1));
    expect(changes).toEqual([
      { at: Date.UTC(2000, 9, 8, 4), before: -4 * hourMs, after: -3 * hourMs },
      { at: Date.UTC(2000, 9, 15, 3), before: -3 * hourMs, after: -4 * hourMs },
    ]);
  });

  test("[TIM-11] a zone that has been built is not asked for again", () => {
    const zone = zoneOf("Europe/Vilnius");
    changesBetween(zone, Date.UTC(1990, 0, 1), Date.UTC(2040, 0, 1));
    const format = vi.spyOn(Intl, "DateTimeFormat");
    try {
      changesBetween(zoneOf("Europe/Vilnius"), Date.UTC(1990, 0, 1), Date.UTC(2040, 0, 1));
      expect(format).not.toHaveBeenCalled();
    } finally {
      format.mockRestore();
    }
  });
});
