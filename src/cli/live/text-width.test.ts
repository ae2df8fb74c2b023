import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { plainText } from "./plain-text.ts";
import { cutText, textWidth } from "./text-width.ts";

test.each([
  ["", 0],
  ["abc", 3],
  ["日本語", 6],
  ["ﾊﾝｶｸ", 4],
  ["ＦＵＬＬ", 8],
  ["한글", 4],
  ["é", 1],
  ["z\u0310", 1],
  ["🙂", 2],
  ["✓ ▸ █ …", 7],
  ["𠮷", 2],
])("[LIV-2] %j takes %d cells", (text, cells) => {
  expect(textWidth(text)).toBe(cells);
});

// An independent witness: Node's line editor counts cells with the Unicode tables of ICU.
const output = Object.assign(new PassThrough(), { columns: Number.POSITIVE_INFINITY });
const editor: Interface = createInterface({ input: new PassThrough(), output, terminal: true, prompt: "" });
afterAll(() => editor.close());

function cellsByIcu(text: string): number {
  Object.assign(editor, { line: text, cursor: text.length });
  return editor.getCursorPos().cols;
}

test("[LIV-2] every assigned character is as wide as ICU says", () => {
  const wrong: string[] = [];
  for (let code = 0x20; code < 0x3_0000; code++) {
    const character = String.fromCodePoint(code);
    // Not shown at all, shown as something else, or of no agreed width: the private and unassigned ones.
    if (/[\p{Cn}\p{Co}\p{Cs}]/u.test(character) || plainText(`a${character}`) !== `a${character}`) continue;
    if (textWidth(character) !== cellsByIcu(character)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

const anyText = fc.string({ unit: "binary", maxLength: 40 }).map(plainText);
const wideText = fc.string({ unit: fc.constantFrom("a", "日", "🙂", "é", "z\u0310", " "), maxLength: 40 });

test("[LIV-4] cut text fits, and ends with the ellipsis when something is missing", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, wideText), fc.integer({ min: 0, max: 40 }), (text, width) => {
      const cut = cutText(text, width, "…");
      expect(textWidth(cut)).toBeLessThanOrEqual(width);
      if (textWidth(text) <= width) expect(cut).toBe(text);
      else if (width > 0) expect(cut.endsWith("…")).toBe(true);
      expect(text.startsWith(cut.replace(/…$/, ""))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("[LIV-4] a wide character that does not fit whole is left out", () => {
  expect(cutText("日本語", 6, "…")).toBe("日本語");
  expect(cutText("日本語", 5, "…")).toBe("日本…");
  expect(cutText("日本語", 4, "…")).toBe("日…");
  expect(cutText("日本語", 1, "…")).toBe("…");
  expect(cutText("日本語", 0, "…")).toBe("");
});
