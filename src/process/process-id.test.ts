import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatProcessId, parseProcessId } from "./process-id.ts";

const invalid = expect.objectContaining({ code: "process.invalid" });
const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/);
const ids = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
  .map((text) => text.normalize("NFC"))
  .filter((text) => text.trim() === text && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.length <= 200);

test("[PRO-1] what is written is read back as it was", () => {
  fc.assert(
    fc.property(names, ids, (name, id) => {
      expect(parseProcessId(formatProcessId(name, id))).toEqual({ name, id });
    }),
  );
});

test("[PRO-1] the first slash ends the name", () => {
  expect(parseProcessId("room/a/b")).toEqual({ name: "room", id: "a/b" });
  expect(parseProcessId("room//")).toEqual({ name: "room", id: "/" });
});

test("[PRO-2] two spellings of one accented letter are one id", () => {
  const composed = formatProcessId("room", "caf\u00e9");
  expect(formatProcessId("room", "cafe\u0301")).toBe(composed);
  expect(parseProcessId("room/cafe\u0301")).toEqual(parseProcessId(composed));
});

test.each<readonly [string, unknown]>([
  ["no slash", "room"],
  ["no name", "/a"],
  ["no id", "room/"],
  ["a name that begins with a digit", "1room/a"],
  ["a name with a colon", "a:b/c"],
  ["a name that is too long", `${"n".repeat(101)}/a`],
  ["an id that is too long", `room/${"i".repeat(201)}`],
  ["a line break", "room/a\nb"],
  ["a NUL", "room/a\0"],
  ["a line separator", "room/a\u2028b"],
  ["a space before", "room/ a"],
  ["half of a surrogate pair", "room/\ud83d"],
  ["a number", 5],
  ["nothing", undefined],
])("[PRO-3] %s is refused", (_what, text) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  expect(() => parseProcessId(text as string)).toThrow(invalid);
});

test("[PRO-3] a refusal names the value and what is wrong with it", () => {
  expect(() => parseProcessId("room")).toThrow('Cannot read the process id "room": write NAME/ID');
  expect(() => formatProcessId("room", "")).toThrow("the id is empty");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  expect(() => formatProcessId("room", 5 as never)).toThrow("the id is no text");
  expect(() => formatProcessId("a/b", "c")).toThrow("the name of a process must be a letter");
});
