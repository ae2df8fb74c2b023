import * as fc from "fast-check";
import { expect, test } from "vitest";
import { defaultRetry, retryDelay, type RetryPolicy } from "./retry.ts";

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  attempts: fc.constant(1_000_000),
  delayMs: fc.oneof(fc.constant(0), fc.nat(10_000), fc.double({ min: 0, max: 1e12, noNaN: true })),
  factor: fc.oneof(fc.constantFrom(1, 2, 10), fc.double({ min: 1, max: 1e300, noNaN: true })),
  maxDelayMs: fc.oneof(fc.constant(0), fc.nat(100_000_000)),
  jitter: fc.boolean(),
});
const attempts = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1_000_000 }));
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("[RUN-10] a wait is a whole number of milliseconds, never negative and never above the longest", () => {
  fc.assert(
    fc.property(policies, attempts, draws, (policy, attempt, draw) => {
      const wait = retryDelay(policy, attempt, { next: () => draw });
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(policy.maxDelayMs);
    }),
  );
});

test("[RUN-11] without jitter the waits grow by the factor until they are the longest", () => {
  const policy = { ...defaultRetry, jitter: false, delayMs: 100, factor: 3, maxDelayMs: 2_000 };
  const waits = [1, 2, 3, 4, 5, 400].map((attempt) => retryDelay(policy, attempt, { next: () => 0.5 }));
  expect(waits).toEqual([100, 300, 900, 2_000, 2_000, 2_000]);
});

test("[RUN-12] with jitter a wait is drawn evenly between nothing and what it would be without", () => {
  fc.assert(
    fc.property(policies, attempts, draws, (policy, attempt, draw) => {
      const whole = retryDelay({ ...policy, jitter: false }, attempt, { next: () => draw });
      const drawn = retryDelay({ ...policy, jitter: true }, attempt, { next: () => draw });
      expect(Math.abs(drawn - whole * draw)).toBeLessThanOrEqual(1);
    }),
  );
});
