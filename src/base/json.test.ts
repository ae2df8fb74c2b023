import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, decodeJson, encodeJson, type Json } from "./json.ts";

const json = fc.jsonValue({ maxDepth: 5 }).map((value): Json => JSON.parse(JSON.stringify(value)));

test("[BAS-20] any JSON value comes back as it was", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(decodeJson(encodeJson(value))).toEqual(value);
    }),
  );
});

test("[BAS-20] nothing at all is null, absent properties are left out, a Date is its ISO text", () => {
  expect(encodeJson(undefined)).toBe("null");
  expect(encodeJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  expect(encodeJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  expect(encodeJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
});

test("[BAS-20] what stands in two places without a cycle is written twice", () => {
  const shared = { deep: [1] };
  expect(encodeJson({ one: shared, two: [shared, shared] })).toBe(
    '{"one":{"deep":[1]},"two":[{"deep":[1]},{"deep":[1]}]}',
  );
});

test("[BAS-20] objects of another realm and instances of plain classes are their own properties", () => {
  class Point {
    x = 1;
    get y(): number {
      return 2;
    }
    move(): void {}
  }
  const inherited = Object.create({ move: () => undefined });
  expect(encodeJson(new Point())).toBe('{"x":1}');
  expect(encodeJson(Object.assign(inherited, { x: 1 }))).toBe('{"x":1}');
  expect(encodeJson(runInNewContext("({ a: [1, { b: null }] })"))).toBe('{"a":[1,{"b":null}]}');
});

const cycle: Record<string, unknown> = {};
cycle["self"] = { list: [cycle] };

test.each<readonly [string, unknown, string]>([
  ["a function", { a: [() => 1] }, "$.a[0]"],
  ["a symbol", { a: Symbol("x") }, "$.a"],
  ["a bigint", [1, 2n], "$[1]"],
  ["NaN", { a: { b: Number.NaN } }, "$.a.b"],
  ["-Infinity", Number.NEGATIVE_INFINITY, "$"],
  ["a Map", { a: new Map() }, "$.a"],
  ["a Set", new Set([1]), "$"],
  ["an Error", { cause: new Error("x") }, "$.cause"],
  ["bytes", { a: new Uint8Array(2) }, "$.a"],
  ["a promise", { a: Promise.resolve(1) }, "$.a"],
  ["a cycle", cycle, "$.self.list[0]"],
  ["a bigint from toJSON", { a: { toJSON: () => 5n } }, "$.a"],
  ["a map from toJSON", [{ toJSON: () => ({ in: new Map() }) }], "$[0].in"],
])("[BAS-21] %s is refused with its path", (_name, value, path) => {
  expect(() => encodeJson(value)).toThrow(
    expect.objectContaining({ code: "json.invalid", details: expect.objectContaining({ path }) }),
  );
});

test("[BAS-21] nesting that could exhaust the stack is refused, and says so", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  expect(() => encodeJson(deep)).toThrow(expect.objectContaining({ code: "json.invalid" }));
  expect(() => encodeJson(deep)).toThrow(/deep/);
});

test("[BAS-21] ordinary nesting is not refused", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 400; level++) deep = { a: deep };
  expect(decodeJson(encodeJson(deep))).toEqual(deep);
});

test("[BAS-22] a payload may have as many bytes of UTF-8 as the limit, and not one more", () => {
  for (const text of ["a".repeat(98), "é".repeat(49), "€".repeat(32) + "ab", "😀".repeat(24) + "ab"]) {
    expect(new TextEncoder().encode(encodeJson(text, 100)).length).toBe(100);
    expect(() => encodeJson(`${text}.`, 100)).toThrow(
      expect.objectContaining({ code: "json.too-large", details: { bytes: 101, limitBytes: 100 } }),
    );
  }
  expect(encodeJson("a".repeat(1_048_574))).toHaveLength(1_048_576);
  expect(() => encodeJson("a".repeat(1_048_575))).toThrow(
    expect.objectContaining({ code: "json.too-large" }),
  );
});

test("[BAS-23] a lone surrogate is kept as its escape, and comes back as it was", () => {
  for (const text of ["\ud83d", "cut \ude00", "\ud83d\ud83d\ude00"]) {
    const encoded = encodeJson({ [text]: text });
    expect(encoded.isWellFormed()).toBe(true);
    expect(decodeJson(encoded)).toEqual({ [text]: text });
  }
});

test("[BAS-24] equal values have one canonical spelling, whatever the order of their keys", () => {
  const shuffled = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, item]) => [key, shuffled(item)]),
    );
  };
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(shuffled(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test("[BAS-24] different values have different canonical spellings", () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      const same = fc.stringify(one) === fc.stringify(other) || canonicalJson(one) === canonicalJson(other);
      if (same) expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(canonicalJson(other)));
    }),
  );
});

test("[BAS-24] keys are sorted by UTF-16 units, as the example of RFC 8785 has them", () => {
  const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
  // Section 3.2.3 of the RFC gives this order.
  expect(canonicalJson(value)).toBe(
    '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
  );
  expect(canonicalJson({ b: [{ d: 1, c: -0 }], a: 1e21 })).toBe('{"a":1e+21,"b":[{"c":0,"d":1}]}');
});

const trap = {
  get a(): never {
    throw new TypeError("do not look");
  },
};

test.each<readonly [string, unknown, string, RegExp]>([
  ["a getter that throws", trap, "json.invalid", /reading it threw "do not look"/],
  ["a toJSON that throws", { a: { toJSON: () => trap.a } }, "json.invalid", /do not look/],
  ["a bigint in a box", { a: new Object(1n) }, "json.invalid", /cannot be read/],
  ["a Date that is none", { at: new Date(Number.NaN) }, "json.invalid", /\$\.at: an invalid Date/],
  ["a list that is empty and endless", { a: endless() }, "json.too-large", /4294967295/],
])("[BAS-72] %s is refused in words", (_name, value, code, message) => {
  expect(() => encodeJson(value)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

/** Its items would take minutes to be looked at one by one. */
function endless(): unknown[] {
  const list: unknown[] = [];
  list.length = 4_294_967_295;
  return list;
}
