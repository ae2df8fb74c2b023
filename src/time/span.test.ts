import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findSpans } from "./span.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** A zone of changes that are at least six days apart, as those of every known zone are. */
const gapSeconds = fc.oneof(
  fc.integer({ min: 518_400, max: 604_800 }),
  fc.integer({ min: 518_400, max: 20_000_000 }),
);
const offsetSeconds = fc.oneof(fc.constantFrom(0, 3_600), fc.integer({ min: -43_200, max: 50_400 }));
const anyZone = fc.array(fc.tuple(gapSeconds, offsetSeconds), { maxLength: 12 }).map((steps) => {
  const changes: { at: number; offset: number }[] = [];
  let [at, offset] = [0, 3_600_000];
  for (const [gap, seconds] of steps) {
    at += gap * 1_000;
    if (seconds * 1_000 === offset) continue;
    offset = seconds * 1_000;
    changes.push({ at, offset });
  }
  return changes;
});

test("[TIM-8] spans are exactly the stretches between the changes, however the changes lie", () => {
  fc.assert(
    fc.property(anyZone, (changes) => {
      const probe = (at: number): number => changes.findLast((change) => change.at <= at)?.offset ?? hourMs;
      const until = (changes.at(-1)?.at ?? 0) + 30 * dayMs;
      const spans = findSpans(probe, 0, until);
      expect(spans.map((span) => [span.from, span.offset])).toEqual([
        [0, hourMs],
        ...changes.map((change) => [change.at, change.offset]),
      ]);
      expect(spans.at(-1)?.until).toBe(until);
      for (const [index, span] of spans.entries()) {
        expect(span.before).toBe(spans[index - 1]?.offset ?? hourMs);
        if (index > 0) expect(span.from).toBe(spans[index - 1]?.until);
      }
    }),
  );
});

test("[TIM-8] a change on the very border of a piece belongs to both sides", () => {
  const probe = (at: number): number => (at < 10 * dayMs ? 0 : hourMs);
  expect(findSpans(probe, 0, 10 * dayMs)).toMatchObject([{ before: 0, offset: 0, after: hourMs }]);
  expect(findSpans(probe, 10 * dayMs, 20 * dayMs)).toMatchObject([
    { before: 0, offset: hourMs, after: hourMs },
  ]);
});

test("[TIM-11] fifty years of a zone that changes twice a year ask a few thousand times", () => {
  let asked = 0;
  const probe = (at: number): number => {
    asked++;
    return Math.floor(at / (182 * dayMs)) % 2 === 0 ? 0 : hourMs;
  };
  const spans = findSpans(probe, 0, 50 * 365 * dayMs);
  expect(spans.length).toBeGreaterThan(95);
  expect(asked).toBeLessThan(6_000);
});
