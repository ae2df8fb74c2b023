import { expect, test } from "vitest";
import { countTimes } from "./count-times.ts";
import type { Times } from "./times.ts";

/** Every tenth millisecond, and how often it was asked. */
function setup(): { times: Times; asked: () => number } {
  let asked = 0;
  const times: Times = {
    next: (after) => {
      asked++;
      return (Math.floor(after / 10) + 1) * 10;
    },
    previous: () => null,
  };
  return { times, asked: () => asked };
}

test("[SCH-33] times are counted one by one, both ends included", () => {
  const { times } = setup();
  expect(countTimes(times, 10, 50)).toBe(5);
  expect(countTimes(times, 11, 19)).toBe(0);
  expect(countTimes(times, 10, 100_000)).toBe(10_000);
});

test("[SCH-33] counting stops after ten thousand", () => {
  const { times, asked } = setup();
  expect(countTimes(times, 10, 100_010)).toBeNull();
  expect(countTimes(times, 10, 1e15)).toBeNull();
  expect(asked()).toBeLessThan(20_010);
});
