import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const draw = (seed: number | string, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test("[TST-10] the same seed gives the same numbers, and another gives others", () => {
  expect(draw(7, 50)).toEqual(draw(7, 50));
  expect(draw("a", 50)).toEqual(draw("a", 50));
  expect(draw(7, 50)).not.toEqual(draw(8, 50));
});

test("[TST-11] numbers lie in [0, 1) and spread evenly", () => {
  const buckets = Array.from({ length: 20 }, () => 0);
  for (const number of draw("spread", 40_000)) {
    expect(number >= 0 && number < 1).toBe(true);
    const bucket = Math.floor(number * 20);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  // Two thousand each; five standard deviations are 218.
  for (const count of buckets) expect(Math.abs(count - 2_000)).toBeLessThan(220);
});
