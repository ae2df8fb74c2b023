import * as fc from "fast-check";
import { expect, test } from "vitest";
import { civilFromDays, daysFromCivil, isLeapYear, monthLength, weekdayOf } from "./calendar.ts";

const dayMs = 86_400_000;
const anyDay = fc.integer({ min: -800_000, max: 800_000 });

test("[TIM-1] days and dates are those of Date, both ways", () => {
  fc.assert(
    fc.property(anyDay, (days) => {
      const date = new Date(days * dayMs);
      const civil = {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      };
      expect(civilFromDays(days)).toEqual(civil);
      expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(days);
    }),
    { numRuns: 2_000 },
  );
});

test("[TIM-1] the epoch is day 0 and the days beside it are its neighbours", () => {
  expect(daysFromCivil(1970, 1, 1)).toBe(0);
  expect(daysFromCivil(1969, 12, 31)).toBe(-1);
  expect(civilFromDays(-1)).toEqual({ year: 1969, month: 12, day: 31 });
});

test("[TIM-2] weekdays are those of Date, before 1970 too", () => {
  expect(weekdayOf(0)).toBe(4);
  fc.assert(
    fc.property(anyDay, (days) => {
      expect(weekdayOf(days)).toBe(new Date(days * dayMs).getUTCDay());
      expect(weekdayOf(days + 1)).toBe((weekdayOf(days) + 1) % 7);
    }),
  );
});

test("[TIM-3] every month of four centuries has the length that Date gives it", () => {
  for (let year = 1900; year < 2300; year++) {
    for (let month = 1; month <= 12; month++) {
      expect(monthLength(year, month)).toBe(new Date(Date.UTC(year, month, 0)).getUTCDate());
    }
  }
});

test("[TIM-3] centuries are leap years only when 400 divides them", () => {
  expect([1900, 2000, 2024, 2026, 2100].map(isLeapYear)).toEqual([false, true, true, false, false]);
});
