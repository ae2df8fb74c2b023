// Random expressions around random offset changes of random zones, against the brute-force oracle.
// A failure prints its seed; CRON_SEED=… runs it again. The whole is in oracle.deep.test.ts.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkChange } from "./check-change.ts";
import { allZones, offsetChanges, type OffsetChange } from "./offset-changes.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;
const seed = process.env["CRON_SEED"] === undefined ? {} : { seed: Number(process.env["CRON_SEED"]) };

/** Zones whose clocks have done everything that clocks do. */
const odd = [
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Africa/Cairo",
  "America/Havana",
  "America/Sao_Paulo",
  "Pacific/Apia",
  "Africa/Casablanca",
  "Antarctica/Troll",
  "Antarctica/Casey",
  "Europe/Dublin",
  "America/St_Johns",
  "Asia/Gaza",
  "America/Caracas",
  "Asia/Pyongyang",
  "Pacific/Kwajalein",
];

const known = new Map<string, OffsetChange[]>();
function changesOf(timezone: string): OffsetChange[] {
  const found = known.get(timezone) ?? offsetChanges(timezone, 1990, 2040);
  known.set(timezone, found);
  return found;
}

describe("the walk by the minute", () => {
  test("[CRN-40] agrees with the oracle around random changes of random zones", () => {
    const zone = fc.oneof(fc.constantFrom(...allZones), fc.constantFrom(...odd));
    fc.assert(
      fc.property(zone, fc.nat(), fc.integer(), (timezone, pick, inner) => {
        const changes = changesOf(timezone);
        if (changes.length > 0) checkChange(changes[pick % changes.length]!, minuteMs, 12, inner);
      }),
      { numRuns: 60, ...seed },
    );
  });

  test.each(odd)("[CRN-40] agrees with the oracle around the changes of %s", (timezone) => {
    const changes = changesOf(timezone);
    expect(changes.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.nat({ max: changes.length - 1 }), fc.integer(), (pick, inner) => {
        checkChange(changes[pick]!, minuteMs, 8, inner);
      }),
      { numRuns: 4, ...seed },
    );
  });
});

describe("the walk by the second", () => {
  test("[CRN-40] agrees with the oracle, seconds and years included", () => {
    fc.assert(
      fc.property(fc.constantFrom(...odd), fc.nat(), fc.integer(), (timezone, pick, inner) => {
        const changes = changesOf(timezone).filter(
          (change) => Math.abs(change.after - change.before) <= hourMs,
        );
        if (changes.length > 0) checkChange(changes[pick % changes.length]!, 1_000, 6, inner);
      }),
      { numRuns: 8, ...seed },
    );
  });
});
