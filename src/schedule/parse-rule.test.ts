import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DstPreset } from "../cron/cron.ts";
import { parseRule } from "./parse-rule.ts";
import type { ScheduleDefinition } from "./schedule-definition.ts";
import { timesBetween } from "./times.ts";

/** Paris: clocks go from 02:00 to 03:00 at 01:00Z, and from 03:00 back to 02:00 at 01:00Z. */
const forward = ["2026-03-29T00:00Z", "2026-03-29T02:00Z"] as const;
const back = ["2026-10-24T23:00Z", "2026-10-25T02:30Z"] as const;

function timesIn(schedule: string, dst: DstPreset, [from, to]: readonly [string, string]): string[] {
  const rule = parseRule({ type: "cron", schedule, dst, timezone: "Europe/Paris" });
  return [...timesBetween(rule, Date.parse(from), Date.parse(to))].map((at) =>
    new Date(at).toISOString().slice(11, 16),
  );
}

describe("when the local clock jumps", () => {
  // In UTC: the gap is passed at 01:00, and 02:00 local after it is at 00:00 and 01:00 in the overlap.
  const none: string[] = [];
  const cases: [
    string,
    DstPreset,
    { gap: string[]; rhythmGap: string[]; overlap: string[]; rhythmOverlap: string[] },
  ][] = [
    [
      "[SCH-19] vixie",
      "vixie",
      {
        gap: ["01:00"],
        rhythmGap: ["00:30", "01:30"],
        overlap: ["00:30"],
        rhythmOverlap: ["23:30", "00:30", "01:30", "02:30"],
      },
    ],
    [
      "[SCH-20] skip",
      "skip",
      {
        gap: none,
        rhythmGap: ["00:30", "01:30"],
        overlap: ["00:30"],
        rhythmOverlap: ["23:30", "00:30", "01:30", "02:30"],
      },
    ],
    [
      "[SCH-21] shift",
      "shift",
      {
        gap: ["01:30"],
        rhythmGap: ["00:30", "01:30"],
        overlap: ["00:30"],
        rhythmOverlap: ["23:30", "00:30", "01:30", "02:30"],
      },
    ],
    [
      "[SCH-22] first",
      "first",
      {
        gap: ["01:00"],
        rhythmGap: ["00:30", "01:30"],
        overlap: ["00:30"],
        rhythmOverlap: ["23:30", "00:30", "02:30"],
      },
    ],
    [
      "[SCH-23] last",
      "last",
      {
        gap: ["01:00"],
        rhythmGap: ["00:30", "01:30"],
        overlap: ["01:30"],
        rhythmOverlap: ["23:30", "01:30", "02:30"],
      },
    ],
    [
      "[SCH-24] both",
      "both",
      {
        gap: none,
        rhythmGap: ["00:30", "01:30"],
        overlap: ["00:30", "01:30"],
        rhythmOverlap: ["23:30", "00:30", "01:30", "02:30"],
      },
    ],
  ];

  test.each(cases)("%s does what its sentence says", (_, dst, expected) => {
    expect(timesIn("30 2 * * *", dst, forward)).toEqual(expected.gap);
    expect(timesIn("30 * * * *", dst, forward)).toEqual(expected.rhythmGap);
    expect(timesIn("30 2 * * *", dst, back)).toEqual(expected.overlap);
    expect(timesIn("30 * * * *", dst, back)).toEqual(expected.rhythmOverlap);
  });

  test("[SCH-19] several fixed times inside one gap run once", () => {
    expect(timesIn("0,30 2 * * *", "vixie", forward)).toEqual(["01:00"]);
  });

  test("[SCH-25] times inside a gap have places of their own, after the jump", () => {
    const rule = parseRule({ type: "cron", schedule: "*/15 2 * * *", dst: "skip", timezone: "Europe/Paris" });
    const [from, to] = [Date.parse("2026-03-28"), Date.parse("2026-03-30")];
    const places = [...rule.gaps(from, to)].map(({ at }) => new Date(at).toISOString().slice(11, 16));
    expect(places).toEqual(["01:00", "01:15", "01:30", "01:45"]);
    // However the stretch is cut, each time is in one part.
    const cut = Date.parse("2026-03-29T01:20Z");
    expect([...rule.gaps(from, cut), ...rule.gaps(cut + 1, to)]).toEqual([...rule.gaps(from, to)]);
  });
});

describe("a rule", () => {
  const definitions: ScheduleDefinition[] = [
    { type: "cron", schedule: "*/5 * * * *", timezone: "Europe/Paris" },
    { type: "cron", schedule: "30 2 * * *", timezone: "America/New_York", dst: "shift" },
    { type: "cron", schedule: "0 9 LW * *", timezone: "Asia/Kathmandu", exclude: ["* * * 8 *"] },
    { type: "cron", schedule: "H H(0-3) * * 1-5", timezone: "Australia/Lord_Howe", dst: "both" },
    { type: "interval", schedule: "90m", anchor: 1_234_567 },
    { type: "interval", schedule: "1d", every: "wall", timezone: "America/Havana", anchor: 1.7e12 },
    {
      type: "interval",
      schedule: "7h",
      exclude: ["2026-05-01", "* 12 * * *"],
      startAt: 1.7e12,
      endAt: 1.8e12,
    },
    { type: "once", schedule: "2026-03-29T02:30+01:00", startAt: 0 },
  ];

  test("[SCH-1] has next and previous undo each other", () => {
    const asked = fc.integer({ min: Date.parse("2023-01-01"), max: Date.parse("2027-01-01") });
    fc.assert(
      fc.property(fc.constantFrom(...definitions), asked, (definition, at) => {
        const rule = parseRule(definition, { seed: "some task" });
        const next = rule.next(at);
        const previous = rule.previous(at);
        if (next !== null) {
          expect(next).toBeGreaterThan(at);
          expect(rule.previous(next) ?? -Infinity).toBeLessThanOrEqual(at);
          expect(rule.next(next - 1)).toBe(next);
        }
        if (previous !== null) {
          expect(previous).toBeLessThan(at);
          expect(rule.next(previous) ?? Infinity).toBeGreaterThanOrEqual(at);
          expect(rule.previous(previous + 1)).toBe(previous);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("[SCH-2] that has ended has no next time, one that has not begun no previous", () => {
    const [startAt, endAt] = [Date.parse("2026-01-01"), Date.parse("2026-02-01")];
    const rule = parseRule({ type: "cron", schedule: "0 12 * * *", startAt, endAt });
    expect(rule.next(endAt)).toBeNull();
    expect(rule.previous(startAt)).toBeNull();
    expect(parseRule({ type: "cron", schedule: "0 0 30 2 *" }).next(0)).toBeNull();
  });

  test("[SCH-4] of an interval without an anchor goes through 1970", () => {
    expect(parseRule({ type: "interval", schedule: "1h" }).next(1)).toBe(3_600_000);
  });

  test("[SCH-11] of an interval keeps its anchor whatever startAt says", () => {
    const rule = parseRule({ type: "interval", schedule: "1h", anchor: 60_000, startAt: 3_600_000 });
    expect(rule.next(0)).toBe(3_660_000);
  });
});
