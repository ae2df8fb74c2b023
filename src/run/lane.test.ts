import { expect, test } from "vitest";
import { fullLane, takeSeats, type SeatBook } from "./lane.ts";

test("[RUN-20] the first full lane is named, and a lane nobody sits in is not full", () => {
  const seats: SeatBook = new Map([
    ["a", 1],
    ["b", 3],
  ]);
  const lanes = [
    { key: "new", limit: 1 },
    { key: "a", limit: 2 },
    { key: "b", limit: 3 },
  ];
  expect(fullLane(lanes, seats)).toBe("b");
  expect(fullLane(lanes.slice(0, 2), seats)).toBeUndefined();
  // A limit that was lowered since: more sit there than may.
  expect(fullLane([{ key: "b", limit: 2 }], seats)).toBe("b");
  expect(fullLane([], seats)).toBeUndefined();
});

test("[RUN-20] a seat is taken in every lane", () => {
  const seats: SeatBook = new Map([["a", 1]]);
  takeSeats(
    [
      { key: "a", limit: 2 },
      { key: "b", limit: 1 },
    ],
    seats,
  );
  expect([...seats]).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
});
