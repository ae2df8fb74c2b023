import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plainText } from "./plain-text.ts";

test.each([
  ["plain ASCII", "plain ASCII"],
  ["red \u001b[31malert\u001b[0m", "red alert"],
  ["link \u001b]8;;https://evil.test\u0007here\u001b]8;;\u0007", "link here"],
  ["two\r\nlines\tand a tab", "two lines and a tab"],
  ["bell\u0007 and C1 \u009b31m", "bell and C1 "],
  ["a\u202eb\u2066c", "abc"],
  ["zero\u200bwidth\u00adhyphen\ufeff", "zerowidthhyphen"],
  ["👩\u200d💻", "👩💻"],
  ["👍🏽", "👍"],
  ["❤️", "❤"],
  ["🇫🇷", "FR"],
  ["e\u0301", "é"],
  ["\u1112\u1161\u11ab", "한"],
  ["z\u0310\u0310\u0310\u0310\u0310", "z\u0310\u0310"],
  ["\u0301x", "x"],
  ["1\u20e3", "1"],
  ["half \ud83d", "half \ufffd"],
])("[LIV-3] %j becomes %j", (text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test("[LIV-3] nothing is left that could move a cursor or turn a line around", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(plainText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
    { numRuns: 1000 },
  );
});

test("[LIV-3] plain text stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = plainText(text);
      expect(plainText(plain)).toBe(plain);
    }),
    { numRuns: 1000 },
  );
});
