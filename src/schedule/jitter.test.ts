import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jitterOf } from "./jitter.ts";

const at = fc.integer({ min: 0, max: 4e12 });
const ms = fc.integer({ min: 0, max: 1e8 });

test("[SCH-26] jitter is less than itself and than the distance to the next time", () => {
  fc.assert(
    fc.property(
      fc.string(),
      at,
      ms,
      fc.option(fc.integer({ min: 1, max: 1e7 })),
      (id, time, jitterMs, gap) => {
        const jitter = jitterOf(id, time, jitterMs, gap === null ? null : time + gap);
        expect(jitter).toBeGreaterThanOrEqual(0);
        expect(jitter).toBeLessThan(Math.max(1, jitterMs));
        if (gap !== null) expect(jitter).toBeLessThan(gap);
      },
    ),
  );
});

test("[SCH-27] jitter is the same for the same id and time, and spreads over ids and times", () => {
  const spread = (list: number[]): number => new Set(list).size;
  const ids = Array.from({ length: 1_000 }, (_, index) => `task-${index}`);
  const byId = ids.map((id) => jitterOf(id, 1_000_000, 60_000, null));
  expect(byId).toEqual(ids.map((id) => jitterOf(id, 1_000_000, 60_000, null)));
  expect(spread(byId)).toBeGreaterThan(950);
  // Each quarter of the range gets its share.
  for (const quarter of [0, 1, 2, 3]) {
    const inside = byId.filter((jitter) => Math.floor(jitter / 15_000) === quarter).length;
    expect(inside).toBeGreaterThan(180);
  }
  expect(spread(ids.map((_, index) => jitterOf("one", index * 60_000, 60_000, null)))).toBeGreaterThan(950);
});
