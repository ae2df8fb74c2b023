import * as fc from "fast-check";
import { expect, test } from "vitest";
import { takeOne, unitsFree, type RateLimit } from "./gcra.ts";

const begin = 1_767_225_600_000;

/** From one per day to ten per millisecond, whole and broken, with and without a burst of its own. */
const rates: fc.Arbitrary<RateLimit> = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0.01, max: 50, noNaN: true })),
    perMs: fc.constantFrom(100, 1_000, 7_000, 60_000, 86_400_000),
    burst: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  })
  .map(({ burst, ...rate }) => (burst === undefined ? rate : { ...rate, burst }));

const burstOf = (rate: RateLimit): number => Math.max(1, rate.burst ?? rate.limit);
const intervalOf = (rate: RateLimit): number => rate.perMs / rate.limit;

/** The times at which it let one through, asked after each of the waits. */
function letThrough(rate: RateLimit, waits: readonly number[]): number[] {
  const times: number[] = [];
  let tat: number | undefined;
  let now = begin;
  for (const wait of waits) {
    now += wait;
    const answer = takeOne(rate, tat, now);
    if (answer.allowed) times.push(now);
    tat = answer.allowed || tat !== undefined ? answer.tat : undefined;
  }
  return times;
}

test("[RUN-1] in no window of any length come more through than the burst and the rate allow", () => {
  const waits = fc.array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(5_000)), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(rates, waits, (rate, steps) => {
      const times = letThrough(rate, steps);
      // Half a millisecond may be rounded away; it never adds up.
      const slack = Math.min(0.5 / intervalOf(rate), 0.01) + 0.01 / intervalOf(rate);
      for (let first = 0; first < times.length; first++) {
        for (let last = first; last < times.length; last++) {
          const length = (times[last] ?? 0) - (times[first] ?? 0);
          expect(last - first + 1).toBeLessThanOrEqual(burstOf(rate) + length / intervalOf(rate) + slack);
        }
      }
    }),
  );
});

test("[RUN-1] a limit of one per day lets nothing through a second early", () => {
  const day = 86_400_000;
  expect(letThrough({ limit: 1, perMs: day }, [0, day - 1_000, 999, 1])).toEqual([begin, begin + day]);
});

test("[RUN-2] who waits as long as the answer says is let through, and a millisecond earlier is not", () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat(300), { maxLength: 60 }), (rate, waits) => {
      let tat: number | undefined;
      let now = begin;
      for (const wait of waits) {
        now += wait;
        const answer = takeOne(rate, tat, now);
        if (answer.allowed) {
          tat = answer.tat;
          expect(answer.retryAfterMs).toBe(0);
          continue;
        }
        expect(answer.retryAfterMs).toBeGreaterThanOrEqual(1);
        expect(Number.isInteger(answer.retryAfterMs)).toBe(true);
        expect(takeOne(rate, answer.tat, now + answer.retryAfterMs).allowed).toBe(true);
        expect(takeOne(rate, answer.tat, now + answer.retryAfterMs - 1).allowed).toBe(false);
      }
    }),
  );
});

test("[RUN-3] remaining is how many more would be let through at once", () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat(2_000), { minLength: 1, maxLength: 20 }), (rate, waits) => {
      let tat: number | undefined;
      let now = begin;
      for (const wait of waits) {
        now += wait;
        const answer = takeOne(rate, tat, now);
        if (answer.allowed) tat = answer.tat;
        expect(unitsFree(rate, tat, now)).toBe(answer.remaining);
        let more = 0;
        let ahead = tat;
        for (; more < 50; more++) {
          const next = takeOne(rate, ahead, now);
          if (!next.allowed) break;
          ahead = next.tat;
        }
        // Next to a broken interval the last one may be a matter of rounding.
        const fuzz = Number.isInteger(intervalOf(rate)) ? 0 : 1;
        expect(Math.abs(more - Math.min(50, answer.remaining))).toBeLessThanOrEqual(fuzz);
      }
    }),
  );
});

test("[RUN-4] a limit of 0 lets nothing through, ever", () => {
  const answer = takeOne({ limit: 0, perMs: 1_000, burst: 5 }, undefined, begin);
  expect(answer).toEqual({
    allowed: false,
    tat: begin,
    remaining: 0,
    retryAfterMs: Number.POSITIVE_INFINITY,
  });
  expect(unitsFree({ limit: 0, perMs: 1_000 }, undefined, begin)).toBe(0);
});

test("[RUN-5] asked at every moment, a limit gives all that it allows", () => {
  fc.assert(
    fc.property(rates, (rate) => {
      fc.pre(intervalOf(rate) >= 1);
      const length = Math.ceil(intervalOf(rate) * 20);
      const step = Math.max(1, Math.floor(length / 2_000));
      const asked = Array.from({ length: Math.ceil(length / step) }, (_, index) => (index === 0 ? 0 : step));
      // A question comes up to a step later than its unit.
      const least =
        Math.floor(burstOf(rate)) +
        Math.floor((length * intervalOf(rate)) / (intervalOf(rate) + step) / intervalOf(rate)) -
        1;
      expect(letThrough(rate, asked).length).toBeGreaterThanOrEqual(Math.min(least, asked.length));
    }),
  );
});

test("[RUN-6] after the clock has been set back, a limit opens again within an interval and a millisecond", () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 1e9 }), (rate, back) => {
      let { tat } = takeOne(rate, undefined, begin);
      for (let count = 0; count < 30; count++) ({ tat } = takeOne(rate, tat, begin));
      const refused = takeOne(rate, tat, begin - back);
      if (refused.allowed) return;
      expect(refused.retryAfterMs).toBeLessThanOrEqual(Math.ceil(intervalOf(rate)) + 1);
      expect(takeOne(rate, refused.tat, begin - back + refused.retryAfterMs).allowed).toBe(true);
    }),
  );
});

test("[RUN-7] a refusal changes nothing while the clock goes on", () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat(50), { minLength: 1, maxLength: 80 }), (rate, waits) => {
      let tat: number | undefined;
      let now = begin;
      for (const wait of waits) {
        now += wait;
        const answer = takeOne(rate, tat, now);
        if (!answer.allowed) expect(answer.tat).toBe(tat);
        else tat = answer.tat;
      }
    }),
  );
});
