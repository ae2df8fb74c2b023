import { expect, test } from "vitest";
import {
  grouped,
  shortAmount,
  shortBytes,
  shortDuration,
  shortNumber,
  shortSpan,
  shortestSpan,
} from "./short-amounts.ts";

test.each([
  [0, "0s"],
  [-5, "0s"],
  [999, "0s"],
  [3000, "3s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [250_000, "4m 10s"],
  [11_520_000, "3h 12m"],
  [86_400_000, "1d"],
  [187_200_000, "2d 4h"],
])("[LIV-15] %d ms from now is %s", (ms, text) => {
  expect(shortSpan(ms)).toBe(text);
});

test("[LIV-15] the shortest form keeps the larger unit", () => {
  expect(shortestSpan(11_520_000)).toBe("3h");
  expect(shortestSpan(500)).toBe("0s");
});

test.each([
  [0.04, "0 ms"],
  [0.4, "0.4 ms"],
  [14, "14 ms"],
  [99.96, "100 ms"],
  [212.4, "212 ms"],
  [1240, "1.2 s"],
  [250_000, "4m 10s"],
])("[LIV-15] taking %d ms is %s", (ms, text) => {
  expect(shortDuration(ms)).toBe(text);
});

test.each([
  [0, "0"],
  [0.4, "0.4"],
  [12.44, "12.4"],
  [999.6, "1000"],
  [9310, "9,310"],
  [48_201, "48.2k"],
  [3_100_000, "3.1M"],
])("[LIV-15] the number %d is %s", (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test.each([
  [0, "0 B"],
  [512, "512 B"],
  [999.6, "1 kB"],
  [4_100_000_000, "4.1 GB"],
  [253_000_000, "253 MB"],
  [9e18, "9000 PB"],
])("[LIV-15] %d bytes are %s", (bytes, text) => {
  expect(shortBytes(bytes)).toBe(text);
});

test("[LIV-15] the unit decides how an amount is written", () => {
  expect(shortAmount(23.11, "%")).toBe("23.1 %");
  expect(shortAmount(1.234, "ms")).toBe("1.2 ms");
  expect(shortAmount(5_000_000, "bytes")).toBe("5 MB");
  expect(shortAmount(3, "")).toBe("3");
  expect(grouped(51_616_204)).toBe("51,616,204");
});
