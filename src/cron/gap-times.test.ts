import { expect, test } from "vitest";
import { zoneOf } from "../time/zone.ts";
import type { DstPreset } from "./cron.ts";
import { gapTimes } from "./gap-times.ts";
import { parseCron } from "./parse.ts";

const paris = zoneOf("Europe/Paris");
const at = (text: string): number => Date.parse(text);
const year = [at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z")] as const;
const change = at("2026-03-29T01:00Z");
const half = at("2026-03-29T02:30Z"); // as the clock on the wall would have shown it

const becomes = (text: string, dst: DstPreset): (number | null)[] =>
  gapTimes(parseCron(text), ...year, paris, dst).map((gap) => gap.becomes);

test("[CRN-41] a fixed time in a gap is listed with what each preset makes of it", () => {
  expect(gapTimes(parseCron("30 2 * * *"), ...year, paris, "vixie")).toEqual([
    { localMs: half, gapAt: change, becomes: change },
  ]);
  for (const dst of ["first", "last"] as const) expect(becomes("30 2 * * *", dst)).toEqual([change]);
  for (const dst of ["skip", "both"] as const) expect(becomes("30 2 * * *", dst)).toEqual([null]);
  expect(becomes("30 2 * * *", "shift")).toEqual([at("2026-03-29T01:30Z")]);
});

test("[CRN-41] times of a rhythm in a gap are listed as not run", () => {
  expect(becomes("*/20 * * * *", "vixie")).toEqual([null, null, null]);
  expect(becomes("*/20 * * * *", "shift")).toEqual([null, null, null]);
});

test("[CRN-41] the change must lie after `from`, and may be `to` itself", () => {
  const cron = parseCron("30 2 * * *");
  const count = (from: number, to: number): number => gapTimes(cron, from, to, paris, "vixie").length;
  expect(count(change - 1, change)).toBe(1);
  expect(count(change, change + 1)).toBe(0);
  expect(count(change - 2, change - 1)).toBe(0);
});

test("[CRN-41] overlaps, quiet years and steady zones have none", () => {
  expect(gapTimes(parseCron("30 2 * * *"), at("2026-10-01"), at("2026-11-01"), paris, "vixie")).toEqual([]);
  expect(gapTimes(parseCron("30 4 * * *"), ...year, paris, "vixie")).toEqual([]);
  expect(gapTimes(parseCron("* * * * *"), ...year, zoneOf("UTC"), "vixie")).toEqual([]);
});

test("[CRN-41] several gaps are listed in order", () => {
  const ten = gapTimes(parseCron("30 2 * * *"), at("2026-01-01"), at("2036-01-01"), paris, "skip");
  expect(ten).toHaveLength(10);
  expect(ten.map((gap) => gap.localMs)).toEqual(ten.map((gap) => gap.localMs).toSorted((a, b) => a - b));
});

test("[CRN-42] the list stops at its limit", () => {
  const everySecond = parseCron("* * * * * *");
  const from = at("1970-01-01");
  const to = at("2199-01-01");
  expect(gapTimes(everySecond, from, to, paris, "skip")).toHaveLength(1_000);
  expect(gapTimes(everySecond, ...year, paris, "skip", { limit: 10_000 })).toHaveLength(3_600);
  expect(gapTimes(everySecond, ...year, paris, "skip", { limit: 7 })).toHaveLength(7);
  expect(gapTimes(everySecond, ...year, paris, "skip", { limit: 0 })).toEqual([]);
});
