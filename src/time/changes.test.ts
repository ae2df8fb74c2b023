import { expect, test } from "vitest";
import { changesBetween } from "./changes.ts";
import { zoneOf } from "./zone.ts";

const hourMs = 3_600_000;
const newYork = zoneOf("America/New_York");
// The Energy Policy Act of 2005: second Sunday of March, first Sunday of November, at 2:00.
const spring = Date.UTC(2026, 2, 8, 7);
const autumn = Date.UTC(2026, 10, 1, 6);

test("[TIM-15] changes come in order with the offsets on both sides", () => {
  expect(changesBetween(newYork, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))).toEqual([
    { at: spring, before: -5 * hourMs, after: -4 * hourMs },
    { at: autumn, before: -4 * hourMs, after: -5 * hourMs },
  ]);
});

test("[TIM-15] a change at the end counts and one at the start does not", () => {
  const count = (from: number, to: number): number => changesBetween(newYork, from, to).length;
  expect(count(spring - 1, spring)).toBe(1);
  expect(count(spring - 1, spring - 1)).toBe(0);
  expect(count(spring, autumn - 1)).toBe(0);
  expect(count(spring, autumn)).toBe(1);
});

test("[TIM-15] a zone that never changes has none", () => {
  expect(changesBetween(zoneOf("UTC"), 0, 8e15)).toEqual([]);
  expect(changesBetween(zoneOf("+05:30"), 0, Date.UTC(2100, 0, 1))).toEqual([]);
});
