import * as fc from "fast-check";
import { expect, test } from "vitest";
import { boundedTimes } from "./bounded-times.ts";
import { countTimes } from "./count-times.ts";
import { elapsedTimes } from "./elapsed-times.ts";
import { timesBetween } from "./times.ts";

test("[SCH-10] a time at startAt and a time at endAt both count", () => {
  const times = boundedTimes(elapsedTimes(0, 10), { startAt: 20, endAt: 40 });
  expect([times.next(0), times.next(20), times.next(30), times.next(40)]).toEqual([20, 30, 40, null]);
  expect([times.previous(99), times.previous(40), times.previous(30), times.previous(20)]).toEqual([
    40,
    30,
    20,
    null,
  ]);
});

test("[SCH-11] bounds do not move the grid", () => {
  const times = boundedTimes(elapsedTimes(0, 10), { startAt: 23, endAt: 47 });
  expect([times.next(-500), times.previous(500)]).toEqual([30, 40]);
});

test("[SCH-10] a bounded interval is still counted by arithmetic", () => {
  const small = fc.integer({ min: -200, max: 200 });
  fc.assert(
    fc.property(small, small, small, small, (startAt, endAt, from, to) => {
      const bounded = boundedTimes(elapsedTimes(3, 7), { startAt, endAt });
      const walked = [...timesBetween(bounded, from, to)].length;
      expect(countTimes(bounded, from, to)).toBe(walked);
    }),
  );
});
