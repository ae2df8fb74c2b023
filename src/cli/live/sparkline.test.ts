import * as fc from "fast-check";
import { expect, test } from "vitest";
import { barRows } from "./sparkline.ts";

const value = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: null });

test("[LIV-6] the newest value is at the right edge, the missing past is blank", () => {
  expect(barRows([0, 7], { width: 4, rows: 1, fullScale: 7 })).toEqual([[null, null, 0, 7]]);
  expect(barRows([7, 7, 7, 0], { width: 2, rows: 1, fullScale: 7 })).toEqual([[7, 0]]);
});

test("[LIV-6] a value missing in between is blank, too", () => {
  expect(barRows([7, null, Number.NaN], { width: 3, rows: 1, fullScale: 7 })).toEqual([[7, null, null]]);
});

test("[LIV-6] in a chart a bar fills whole cells from below", () => {
  expect(barRows([15, 8, 3, 0], { width: 4, rows: 2, fullScale: 15 })).toEqual([
    [7, null, null, null],
    [8, 8, 3, 0],
  ]);
});

test("[LIV-6] a larger value raises the scale", () => {
  expect(barRows([7, 14], { width: 2, rows: 1, fullScale: 7 })).toEqual([[4, 7]]);
});

test("[LIV-6] more is never lower, and something is never nothing", () => {
  const scale = fc.record({
    width: fc.integer({ min: 1, max: 60 }),
    rows: fc.integer({ min: 1, max: 6 }),
    fullScale: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 80 }), scale, (values, size) => {
      const rows = barRows(values, size);
      expect(rows).toHaveLength(size.rows);
      for (const row of rows) expect(row).toHaveLength(size.width);
      const shown = values.slice(-size.width);
      const heights = shown.map((_, index) => {
        const column = size.width - shown.length + index;
        return rows.reduce((sum, row) => sum + (row[column] ?? 0), 0);
      });
      const pairs = shown.map((item, index) => ({ item, height: heights[index] ?? 0 }));
      const sorted = pairs
        .filter(({ item }) => item !== null)
        .toSorted((a, b) => Number(a.item) - Number(b.item));
      for (const [index, { item, height }] of sorted.entries()) {
        expect(height).toBeGreaterThanOrEqual(sorted[index - 1]?.height ?? 0);
        expect(height > 0).toBe(Number(item) > 0);
        expect(height).toBeLessThan(size.rows * 8);
      }
    }),
  );
});
