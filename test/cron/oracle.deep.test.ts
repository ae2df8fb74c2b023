// Every offset change of every zone from 1990 to 2040, each with random expressions, against the brute-force oracle.
// Takes minutes. CRON_SEED=… repeats a run, CRON_ZONE=… looks at one zone.
import { describe, expect, test } from "vitest";
import { checkChange } from "./check-change.ts";
import { allZones, offsetChanges } from "./offset-changes.ts";

const seed = Number(process.env["CRON_SEED"] ?? Date.now() % 1_000_000);
const zones = process.env["CRON_ZONE"] === undefined ? allZones : [process.env["CRON_ZONE"]];
const minuteMs = 60_000;

describe(`the walk by the minute, seed ${seed}`, () => {
  test.each(zones)("[CRN-40] agrees with the oracle around every change of %s", (timezone) => {
    for (const [index, change] of offsetChanges(timezone, 1990, 2040).entries()) {
      const where = `CRON_SEED=${seed} CRON_ZONE=${timezone} at ${new Date(change.at).toISOString()}`;
      expect(() => checkChange(change, minuteMs, 4, seed + index), where).not.toThrow();
    }
  });
});
