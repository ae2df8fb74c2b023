// The brute-force oracle: the six presets, read off a list of clock readings and nothing else.
import type { DstPreset } from "../../src/cron/cron.ts";
import { gapTimes } from "../../src/cron/gap-times.ts";
import { matchesInstant } from "../../src/cron/matches.ts";
import { nextInstant } from "../../src/cron/next.ts";
import { parseCron } from "../../src/cron/parse.ts";
import { previousInstant } from "../../src/cron/previous.ts";
import type { Zone } from "../../src/time/zone.ts";
import type { SampleCron } from "./sample-cron.ts";
import type { Reading } from "./wall-clock.ts";

export const presets: readonly DstPreset[] = ["vixie", "skip", "shift", "first", "last", "both"];

interface GapReading {
  readonly local: number;
  /** The first reading after the gap. */
  readonly changeAt: number;
  /** Where the reading would have been, had the clock not been moved. */
  readonly unmovedAt: number;
}

/** Times that the clock passed over, between two readings that are further apart than a step. */
function skipped(readings: readonly Reading[], stepMs: number): GapReading[] {
  return readings.flatMap((reading, index) => {
    const before = readings[index - 1];
    if (before === undefined) return [];
    const missing = Math.max((reading.local - before.local) / stepMs - 1, 0);
    return Array.from({ length: missing }, (_, step) => ({
      local: before.local + (step + 1) * stepMs,
      changeAt: reading.at,
      unmovedAt: before.at + (step + 1) * stepMs,
    }));
  });
}

/** When the expression runs within the walk, in order. */
export function firings(
  sample: SampleCron,
  dst: DstPreset,
  readings: readonly Reading[],
  stepMs: number,
): number[] {
  const passes = new Map<number, number[]>();
  for (const { at, local } of readings) {
    if (!sample.means(local)) continue;
    passes.set(local, [...(passes.get(local) ?? []), at]);
  }
  const times = [...passes.values()].flatMap((pass) => choose(pass, sample.fixed, dst));
  for (const gap of skipped(readings, stepMs)) {
    if (!sample.fixed || !sample.means(gap.local)) continue;
    if (dst === "vixie" || dst === "first" || dst === "last") times.push(gap.changeAt);
    if (dst === "shift") times.push(gap.unmovedAt);
  }
  return [...new Set(times)].toSorted((a, b) => a - b);
}

function choose(pass: readonly number[], fixed: boolean, dst: DstPreset): readonly number[] {
  if (dst === "both") return pass;
  if (dst === "last") return pass.slice(-1);
  return fixed || dst === "first" ? pass.slice(0, 1) : pass;
}

export interface Window {
  readonly zone: Zone;
  readonly readings: readonly Reading[];
  readonly stepMs: number;
}

/** Throws a sentence that names the first difference between the oracle and src/cron. */
export function compareWithOracle(sample: SampleCron, window: Window, extra: readonly number[]): void {
  const cron = parseCron(sample.text, { dayMatch: sample.dayMatch });
  const { zone, readings, stepMs } = window;
  const [from, until] = [readings[0]!.at, readings.at(-1)!.at];
  if (cron.fixed !== sample.fixed) throw new Error(`"${sample.text}" fixed: ${cron.fixed}`);
  for (const { at, local } of readings) {
    if (matchesInstant(cron, at, zone) === sample.means(local)) continue;
    throw new Error(`"${sample.text}" matches ${show(at)} in ${zone.name}: ${!sample.means(local)}`);
  }
  for (const dst of presets) {
    const expected = firings(sample, dst, readings, stepMs);
    const context = `"${sample.text}" ${sample.dayMatch} ${dst} ${zone.name}`;
    const forward = collect(
      from - 1,
      (at) => nextInstant(cron, at, zone, dst),
      (at) => at <= until,
    );
    same(`${context} forward`, forward, expected);
    const back = collect(
      until + 1,
      (at) => previousInstant(cron, at, zone, dst),
      (at) => at >= from,
    );
    same(`${context} back`, back, expected.toReversed());
    for (const at of extra) {
      const next = expected.find((time) => time > at);
      const found = nextInstant(cron, at, zone, dst) ?? Infinity;
      if (next === undefined ? found <= until : found !== next) {
        throw new Error(`${context}: after ${show(at)} comes ${show(found)}, not ${show(next)}`);
      }
      const previous = expected.findLast((time) => time < at);
      const foundBefore = previousInstant(cron, at, zone, dst) ?? -Infinity;
      if (previous === undefined ? foundBefore >= from : foundBefore !== previous) {
        throw new Error(`${context}: before ${show(at)} comes ${show(foundBefore)}, not ${show(previous)}`);
      }
    }
    compareGaps(sample, dst, window, context);
  }
}

function compareGaps(sample: SampleCron, dst: DstPreset, window: Window, context: string): void {
  const { zone, readings, stepMs } = window;
  const cron = parseCron(sample.text, { dayMatch: sample.dayMatch });
  const expected = skipped(readings, stepMs)
    .filter((gap) => sample.means(gap.local))
    .map((gap) => {
      const moves = sample.fixed && dst !== "skip" && dst !== "both";
      return [gap.local, gap.changeAt, moves ? (dst === "shift" ? gap.unmovedAt : gap.changeAt) : null];
    });
  const found = gapTimes(cron, readings[0]!.at, readings.at(-1)!.at, zone, dst, { limit: 100_000 });
  const listed = found.map((gap) => [gap.localMs, gap.gapAt, gap.becomes]);
  if (JSON.stringify(listed) !== JSON.stringify(expected)) {
    throw new Error(`${context} gap times: ${JSON.stringify(listed)}, not ${JSON.stringify(expected)}`);
  }
}

function collect(
  start: number,
  step: (at: number) => number | null,
  inside: (at: number) => boolean,
): number[] {
  const times: number[] = [];
  for (let at = step(start); at !== null && inside(at); at = step(at)) times.push(at);
  return times;
}

function same(context: string, found: readonly number[], expected: readonly number[]): void {
  const index = expected.findIndex((at, place) => at !== found[place]);
  const place = index < 0 && found.length > expected.length ? expected.length : index;
  if (place < 0) return;
  throw new Error(`${context}: number ${place} is ${show(found[place])}, not ${show(expected[place])}`);
}

function show(at: number | undefined): string {
  return at === undefined || !Number.isFinite(at) ? "nothing" : new Date(at).toISOString();
}
