import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareKeys, decodeKey, encodeKey, keyRange, type KeyPart } from "./key.ts";

const odd = fc.constantFrom(
  "\0",
  "\u0001",
  "\u0002",
  "\u0003",
  "\ud7ff",
  "\ud800",
  "\udfff",
  "\ue000",
  "\ue001",
  "\uffff",
  "\u{10000}",
  ":",
  "%",
  "_",
  "t",
  "s",
  "n",
  "a",
);
const anyText = fc.oneof(
  fc.string({ unit: odd, maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constant("__proto__"),
);
const part: fc.Arbitrary<KeyPart> = fc.oneof(
  anyText,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
);
const tuple = fc.array(part, { maxLength: 4 });

/** The order as the rule has it, part by part. */
function compareTuples(one: readonly KeyPart[], other: readonly KeyPart[]): number {
  for (const [index, a] of one.entries()) {
    const b = other[index];
    if (b === undefined) return 1;
    const order = compareParts(a, b);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareParts(a: KeyPart, b: KeyPart): number {
  if (typeof a !== typeof b) return rank(a) - rank(b);
  if (typeof a === "string" && typeof b === "string") {
    return compareTuples(codePoints(a), codePoints(b));
  }
  return Number(a) - Number(b);
}

function codePoints(text: string): number[] {
  return Array.from(text, (one) => one.codePointAt(0) ?? 0);
}

function rank(value: KeyPart): number {
  return ["boolean", "number", "string"].indexOf(typeof value);
}

function same(key: readonly KeyPart[]): KeyPart[] {
  return key.map((one) => (one === 0 ? 0 : one));
}

test("[DOC-1] keys are ordered as their tuples, in JavaScript and byte by byte", () => {
  fc.assert(
    fc.property(tuple, tuple, (one, other) => {
      const [a, b] = [encodeKey(one), encodeKey(other)];
      const wanted = Math.sign(compareTuples(one, other));
      expect(Math.sign(compareKeys(a, b))).toBe(wanted);
      expect(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))).toBe(wanted);
    }),
  );
});

test("[DOC-2] a key is read back to its tuple, and begins with another only if its tuple does", () => {
  fc.assert(
    fc.property(tuple, tuple, (one, other) => {
      expect(decodeKey(encodeKey(one))).toEqual(same(one));
      const { from, to } = keyRange(other);
      const key = encodeKey(one);
      const isInside = compareKeys(key, from) >= 0 && compareKeys(key, to) < 0;
      expect(isInside).toBe(JSON.stringify(same(one.slice(0, other.length))) === JSON.stringify(same(other)));
      expect(key.startsWith(from)).toBe(isInside);
    }),
  );
});

test("[DOC-3] a key is text that every database keeps", () => {
  fc.assert(
    fc.property(tuple, (one) => {
      const key = encodeKey(one);
      expect([key.isWellFormed(), key.includes("\0")]).toEqual([true, false]);
    }),
  );
});

test("[DOC-3] what is no part, and a key that is too long, is refused", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const wrong = [null, undefined, {}, 5n, Number.NaN, Number.POSITIVE_INFINITY] as never[];
  for (const one of [...wrong, "é".repeat(1_001)])
    expect(() => encodeKey([one])).toThrow(expect.objectContaining({ code: "store.invalid" }));
  expect(decodeKey(encodeKey(["é".repeat(998)]))).toEqual(["é".repeat(998)]);
});
