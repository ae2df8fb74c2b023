import * as fc from "fast-check";
import { expect, test } from "vitest";
import { listBits, listSixty } from "./bits.ts";
import { CronError } from "./cron-error.ts";
import { parseCron } from "./parse.ts";

const anySeed = fc.string();

test("[CRN-15] the same seed gives the same places, whatever else is in the expression", () => {
  fc.assert(
    fc.property(anySeed, (seed) => {
      const hashed = parseCron("H H H H H", { seed });
      expect(parseCron("h h h h h", { seed })).toEqual({ ...hashed, text: "h h h h h" });
      expect(parseCron("H 3 * * *", { seed }).minutes).toEqual(hashed.minutes);
      expect(parseCron("0 H 3 * * *", { seed }).minutes).toEqual(hashed.minutes);
      expect(listSixty(hashed.minutes)).toHaveLength(1);
      expect(listBits(hashed.hours)).toHaveLength(1);
    }),
  );
});

test("[CRN-15] a place lies in its range, and steps go on from it to the end", () => {
  fc.assert(
    fc.property(anySeed, fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }), (seed, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const [minute = -1] = listSixty(parseCron(`H(${from}-${to}) * * * *`, { seed }).minutes);
      expect(minute >= from && minute <= to).toBe(true);
      const [first = -1, ...rest] = listSixty(parseCron("H/15 * * * *", { seed }).minutes);
      expect(first).toBeLessThan(15);
      expect(rest).toEqual([first + 15, first + 30, first + 45]);
      const within = listSixty(parseCron(`H(${from}-${to})/7 * * * *`, { seed }).minutes);
      expect(within.length).toBeGreaterThan(0);
      expect(within.every((value) => value >= from && value <= to && (value - within[0]!) % 7 === 0)).toBe(
        true,
      );
    }),
  );
});

test("[CRN-15] the fields of one expression are hashed apart", () => {
  const pairs = new Set<string>();
  let same = 0;
  for (let task = 0; task < 2_000; task++) {
    const cron = parseCron("H(0-23) H * * *", { seed: `task-${task}` });
    const [minute, hour] = [listSixty(cron.minutes)[0], listBits(cron.hours)[0]];
    pairs.add(`${minute} ${hour}`);
    if (minute === hour) same++;
  }
  // 576 pairs; were the two tied together, there would be 24. One in 24 agrees by chance.
  expect(pairs.size).toBeGreaterThan(500);
  expect(same).toBeLessThan(2_000 / 12);
});

test("[CRN-16] a hashed day is one that every month has", () => {
  for (let task = 0; task < 500; task++) {
    const [day = 0] = listBits(parseCron("0 0 H * *", { seed: `${task}` }).days.daysOfMonth, 1);
    expect(day >= 1 && day <= 28).toBe(true);
  }
  expect(listBits(parseCron("0 0 H(29-31) * *", { seed: "x" }).days.daysOfMonth, 1)[0]).toBeGreaterThan(28);
});

test("[CRN-17] six thousand seeds fill every minute of the hour, none more than twice its share", () => {
  const counts = Array.from({ length: 60 }, () => 0);
  for (let task = 0; task < 6_000; task++) {
    const [minute = -1] = listSixty(parseCron("H * * * *", { seed: `nightly-report-${task}` }).minutes);
    counts[minute]!++;
  }
  // 100 each on average; a fair draw strays by about 10.
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(200);
});

test.each(["H * * * *", "* H(1-5) * * *", "0 0 H/7 * *", "0 0 * * H"])("[CRN-18] %j needs a seed", (text) => {
  expect(() => parseCron(text)).toThrow(/H needs a seed/);
  expect(() => parseCron(text, { seed: "" })).not.toThrow();
});

test.each(["0 0 0 1 1 * H", "0 0 0 1 1 * H/2"])("[CRN-18] %j would hash the year", (text) => {
  expect(() => parseCron(text, { seed: "x" })).toThrow(/year cannot be hashed/);
});

test.each([
  "H() * * * *",
  "H(5) * * * *",
  "H(5-2) * * * *",
  "H(0-60) * * * *",
  "HH * * * *",
  "H5 * * * *",
  "H-5 * * * *",
  "H/0 * * * *",
])("[CRN-18] %j is refused with a seed too", (text) => {
  expect(() => parseCron(text, { seed: "x" })).toThrow(CronError);
});
