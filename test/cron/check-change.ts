// One offset change, walked over and compared with the oracle for a number of random expressions.
import * as fc from "fast-check";
import { zoneOf } from "../../src/time/zone.ts";
import type { OffsetChange } from "./offset-changes.ts";
import { compareWithOracle } from "./oracle.ts";
import { sampleCron } from "./sample-cron.ts";
import { walk } from "./wall-clock.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Steps of a minute go with five fields and hours around the change, steps of a second with all seven and minutes. */
export function checkChange(change: OffsetChange, stepMs: number, samples: number, seed?: number): void {
  const shift = Math.abs(change.after - change.before);
  const margin = shift + (stepMs === minuteMs ? 4 * hourMs : 3 * minuteMs);
  const readings = walk(change.timezone, change.at - margin, change.at + margin, stepMs);
  const window = { zone: zoneOf(change.timezone), readings, stepMs };
  const inside = fc.integer({ min: change.at - margin, max: change.at + margin });
  fc.assert(
    fc.property(
      sampleCron(change.at + change.before, stepMs === minuteMs),
      fc.array(inside, { maxLength: 4 }),
      (sample, extra) => compareWithOracle(sample, window, extra),
    ),
    { numRuns: samples, ...(seed === undefined ? {} : { seed }) },
  );
}
