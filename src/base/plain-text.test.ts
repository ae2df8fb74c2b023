import { expect, test } from "vitest";
import { isPlain, mend } from "./plain-text.ts";

test.each(["a", "ünï", "日本", "👍", "a b", "quote's \"", "%_\\"])("[BAS-70] %j can be a name", (text) => {
  expect([isPlain(text), mend(text)]).toEqual([true, text]);
});

test.each([
  ["a\nb", "a\nb"],
  ["a\tb", "a\tb"],
  ["\u007f", "\u007f"],
  ["a\u2028b", "a\u2028b"],
  ["a\0b", "a\uFFFDb"],
  ["a\ud800b", "a\uFFFDb"],
  ["\udc00", "\uFFFD"],
])("[BAS-70] %j cannot, and is kept as %j where it is no name", (text, kept) => {
  expect([isPlain(text), mend(text)]).toEqual([false, kept]);
});
