import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countTimes } from "./count-times.ts";
import { elapsedTimes } from "./elapsed-times.ts";
import { lastInstant } from "./times.ts";

const instant = fc.integer({ min: -4e12, max: 7e12 });
const interval = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4e11 }));

describe("an elapsed interval", () => {
  test("[SCH-3] is the anchor plus whole intervals, before and after it, whenever it is asked", () => {
    fc.assert(
      fc.property(instant, interval, instant, (anchor, intervalMs, asked) => {
        const times = elapsedTimes(anchor, intervalMs);
        const next = times.next(asked);
        const previous = times.previous(asked);
        if (next === null || previous === null) return;
        expect(Math.abs((next - anchor) % intervalMs)).toBe(0);
        expect(Math.abs((previous - anchor) % intervalMs)).toBe(0);
        expect(next).toBeGreaterThan(asked);
        expect(next - asked).toBeLessThanOrEqual(intervalMs);
        expect(previous).toBeLessThan(asked);
        expect(asked - previous).toBeLessThanOrEqual(intervalMs);
      }),
    );
  });

  test("[SCH-3] does not drift over a thousand late questions", () => {
    const times = elapsedTimes(1_000, 300_000);
    let at = 1_000;
    for (let run = 1; run <= 1_000; run++) {
      const next = times.next(at + ((run * 7_919) % 299_999));
      expect(next).toBe(1_000 + run * 300_000);
      at = next ?? 0;
    }
  });

  test("[SCH-2] ends with the year 2199", () => {
    const times = elapsedTimes(0, 60_000);
    const end = Date.parse("2200-01-01");
    expect(times.next(end - 60_001)).toBe(end - 60_000);
    expect(times.next(end - 60_000)).toBeNull();
    expect(times.previous(lastInstant)).toBe(end - 60_000);
    expect(times.count?.(end - 120_000, end + 120_000)).toBe(2);
    expect(times.previous(-lastInstant)).toBeNull();
  });

  test("[SCH-33] is counted by arithmetic, with both ends", () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 300 }),
        (from, ms, length) => {
          let walked = 0;
          for (let at = from; at <= from + length; at++) if (Math.abs((at - 7) % ms) === 0) walked++;
          expect(countTimes(elapsedTimes(7, ms), from, from + length)).toBe(walked);
        },
      ),
    );
    const year = 365 * 86_400;
    expect(countTimes(elapsedTimes(0, 1_000), 1, year * 1_000)).toBe(year);
  });
});
