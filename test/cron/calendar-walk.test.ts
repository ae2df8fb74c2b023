// The walk over days, months and years in UTC, against a calendar leafed through day by day.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextInstant } from "../../src/cron/next.ts";
import { parseCron } from "../../src/cron/parse.ts";
import { previousInstant } from "../../src/cron/previous.ts";
import { zoneOf } from "../../src/time/zone.ts";
import { sampleDates } from "./sample-cron.ts";

const dayMs = 86_400_000;
const noonMs = 43_200_000;
const utc = zoneOf("UTC");
const seed = process.env["CRON_SEED"] === undefined ? {} : { seed: Number(process.env["CRON_SEED"]) };

/** Any day on which an expression could care about the calendar: year ends, Februaries and ordinary days. */
const start = fc.oneof(
  fc.integer({ min: 1, max: 83_000 }).map((days) => days * dayMs),
  fc
    .tuple(
      fc.constantFrom(1972, 1999, 2000, 2024, 2027, 2096, 2099, 2100),
      fc.constantFrom(0, 1, 2, 11),
      fc.nat(30),
    )
    .map(([year, month, day]) => Date.UTC(year, month, day + 1)),
);
const walkedDays = 1_200;

test("[CRN-25] the next and the previous day are those of a calendar leafed through day by day", () => {
  fc.assert(
    fc.property(
      start.chain((from) => fc.tuple(fc.constant(from), sampleDates(from))),
      ([from, sample]) => {
        const cron = parseCron(sample.text, { dayMatch: sample.dayMatch });
        const ahead = Array.from({ length: walkedDays }, (_, day) => from + day * dayMs + noonMs);
        const end = Date.UTC(2200, 0, 1);
        const next = ahead.find((noon) => noon < end && sample.means(noon)) ?? "later";
        const foundNext = nextInstant(cron, from, utc, "vixie") ?? Infinity;
        expect([sample.text, foundNext > ahead.at(-1)! ? "later" : foundNext]).toEqual([sample.text, next]);
        const behind = ahead.map((noon) => noon - (walkedDays + 1) * dayMs).toReversed();
        const previous = behind.find((noon) => noon >= 0 && sample.means(noon)) ?? "earlier";
        const foundPrevious = previousInstant(cron, from - dayMs, utc, "vixie") ?? -Infinity;
        expect([sample.text, foundPrevious < behind.at(-1)! ? "earlier" : foundPrevious]).toEqual([
          sample.text,
          previous,
        ]);
      },
    ),
    { numRuns: 2_000, ...seed },
  );
});
