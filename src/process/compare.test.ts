import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../base/json.ts";
import { firstDifference } from "./compare.ts";

test.each<readonly [string, Json | undefined, Json | undefined, object | undefined]>([
  ["equal values", { a: [1, { b: null }] }, { a: [1, { b: null }] }, undefined],
  ["another order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }, undefined],
  ["a field", { a: { "b/c": 1 } }, { a: { "b/c": 2 } }, { path: "/a/b~1c", was: 1, is: 2 }],
  ["a field that is gone", { a: 1 }, {}, { path: "/a", was: 1 }],
  ["a new field", {}, { a: null }, { path: "/a", is: null }],
  ["an inherited name", {}, { toString: 1 }, { path: "/toString", is: 1 }],
  ["an element", [1, 2], [1, 3], { path: "/1", was: 2, is: 3 }],
  ["a longer list", [1], [1, 2], { path: "/1", is: 2 }],
  ["the first of several", { a: 1, b: 1 }, { a: 2, b: 2 }, { path: "/a", was: 1, is: 2 }],
  ["another kind", { a: {} }, { a: [] }, { path: "/a", was: {}, is: [] }],
  ["the whole", 1, "1", { path: "", was: 1, is: "1" }],
  ["nothing before", undefined, 0, { path: "", is: 0 }],
])("[PRO-64] the difference of %s", (_what, was, is, difference) => {
  expect(firstDifference(was, is)).toEqual(difference);
});

const json = fc.jsonValue({ maxDepth: 3 });

test("[PRO-64] two values differ when their JSON does, whatever the order of keys", () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      const was: Json = JSON.parse(JSON.stringify(one));
      const is: Json = JSON.parse(JSON.stringify(other));
      expect(firstDifference(was, turned(was))).toBeUndefined();
      let isEqual = true;
      try {
        expect(is).toEqual(was);
      } catch {
        isEqual = false;
      }
      expect(firstDifference(was, is) === undefined).toBe(isEqual);
    }),
  );
});

function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, turned(item)]),
  );
}
