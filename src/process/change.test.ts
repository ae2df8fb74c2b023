import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../base/json.ts";
import { change } from "./change.ts";
import { ownCopy } from "./own-copy.ts";
import { applyPatch, applyPatches, type Patch } from "./patch.ts";

/** Few keys and few values, so that two values have much in common; awkward keys among them. */
const keys = fc.constantFrom(
  "a",
  "b",
  "1",
  "0",
  "a/b",
  "~",
  "~1",
  "",
  "__proto__",
  "constructor",
  "toString",
);
const leaves = fc.constantFrom<Json>(null, true, false, 0, 1, -1.5, 1e300, "", "x", "ü/~");
const { tree: json } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    leaves,
    fc.array(tie("tree"), { maxLength: 6 }),
    fc.dictionary(keys, tie("tree"), { maxKeys: 5 }),
  ),
}));

/** An edited copy: what handlers really do. */
const edited = fc.tuple(json, fc.array(fc.tuple(fc.nat(), json), { maxLength: 4 })).map(([was, edits]) => {
  let is: Json = was;
  for (const [place, value] of edits) is = edit(is, place, value);
  return [was, is] as const;
});

function edit(value: Json, place: number, leaf: Json): Json {
  if (Array.isArray(value)) {
    const list: Json[] = [...value];
    const at = place % (list.length + 1);
    const inner = list[at];
    if (inner === undefined || place % 3 === 0) list.splice(at, 0, leaf);
    else if (place % 3 === 1) list.splice(at, 1);
    else list[at] = edit(inner, place >> 2, leaf);
    return list;
  }
  if (value === null || typeof value !== "object") return leaf;
  const entries: [string, Json][] = Object.entries(value);
  const at = place % (entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) return Object.fromEntries([...entries, ["new", leaf]]);
  if (place % 3 === 0) entries.splice(at, 1);
  else entries[at] = [entry[0], edit(entry[1], place >> 2, leaf)];
  return Object.fromEntries(entries);
}

const pairs = fc.oneof(fc.tuple(json, json), edited);
const text = (value: unknown): string => JSON.stringify(value);
const plain = (value: Json): Json => JSON.parse(text(value));

test("[PRO-30] the patch makes the state after of the state before, and the inverse undoes it", () => {
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const was = ownCopy(before);
      const { state, patch, inverse } = change(was, after);
      expect(state).toEqual(plain(after));
      expect(applyPatch(was, patch)).toEqual(state);
      expect(applyPatch(state, inverse)).toEqual(was);
    }),
    { numRuns: 1_000 },
  );
});

test("[PRO-30] many patches in a row, and all of them back", () => {
  fc.assert(
    fc.property(fc.array(json, { minLength: 1, maxLength: 12 }), (values) => {
      const begin = ownCopy(values[0]);
      const patches: Patch[] = [];
      const inverses: Patch[] = [];
      let state = begin;
      for (const value of values) {
        const step = change(state, value);
        patches.push(step.patch);
        inverses.unshift(step.inverse);
        state = step.state;
      }
      expect(applyPatches(begin, patches)).toEqual(state);
      expect(applyPatches(state, inverses)).toEqual(begin);
    }),
  );
});

test("[PRO-31] what was given is neither touched nor kept, and what comes out is frozen", () => {
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const given = structuredClone(after);
      const { state } = change(ownCopy(before), given);
      expect(isFrozen(state)).toBe(true);
      expect(given).toEqual(after);
      const kept = text(state);
      scribble(given);
      expect(text(state)).toBe(kept);
    }),
  );
});

function isFrozen(value: Json): boolean {
  if (value === null || typeof value !== "object") return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

function scribble(value: unknown): void {
  if (Array.isArray(value)) value.push("scribbled");
  else if (typeof value === "object" && value !== null) Reflect.set(value, "scribbled", true);
  if (typeof value === "object" && value !== null) Object.values(value).forEach(scribble);
}

test("[PRO-31] applying a patch changes neither the state nor the patch", () => {
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const { patch } = change(ownCopy(before), after);
      const state: Json = structuredClone(before);
      const told = text(patch);
      const result = applyPatch(state, patch);
      expect(state).toEqual(before);
      expect(text(patch)).toBe(told);
      expect(isFrozen(result)).toBe(true);
    }),
  );
});

test("[PRO-32] a change that changes nothing is no patch and the same state", () => {
  fc.assert(
    fc.property(json, (value) => {
      const was = ownCopy(value);
      const { state, patch, inverse } = change(was, structuredClone(value));
      expect(state).toBe(was);
      expect([patch, inverse]).toEqual([[], []]);
    }),
  );
  const was = ownCopy({ a: 0, b: [1] });
  expect(change(was, { b: [1], c: undefined, a: -0 }).state).toBe(was);
});

test("[PRO-31] a negative zero is the zero that it will be when it is read again", () => {
  const { state } = change(ownCopy({ n: 1 }), { n: -0, list: [-0] });
  expect(JSON.stringify(state)).toBe('{"n":0,"list":[0]}');
  expect(Object.is(Reflect.get(Object(state), "n"), 0)).toBe(true);
});

test("[PRO-32] what is equal is shared with the state before", () => {
  const was = ownCopy({ big: { list: [1, { x: 1 }] }, n: 1 });
  const { state } = change(was, { big: { list: [1, { x: 1 }] }, n: 2 });
  expect(Reflect.get(Object(state), "big")).toBe(Reflect.get(Object(was), "big"));
});

test("[PRO-33] a rebuilt state has its keys in the order of the state that was kept", () => {
  fc.assert(
    fc.property(fc.array(json, { minLength: 1, maxLength: 8 }), (values) => {
      const patches: Patch[] = [];
      let state = ownCopy(null);
      for (const value of values) {
        const step = change(state, value);
        patches.push(JSON.parse(text(step.patch)));
        state = step.state;
      }
      expect(text(applyPatches(null, patches))).toBe(text(state));
    }),
    { numRuns: 500 },
  );
});

const user = (id: number): Json => ({ id, name: `user ${id}` });

test.each<readonly [string, Json, Json, Patch]>([
  ["a field", { a: 1, b: 2 }, { a: 1, b: 3 }, [{ op: "replace", path: "/b", value: 3 }]],
  ["a new field", { a: 1 }, { a: 1, b: [] }, [{ op: "add", path: "/b", value: [] }]],
  ["a field that is gone", { a: 1, b: 2 }, { b: 2 }, [{ op: "remove", path: "/a" }]],
  ["an appended element", [1, 2], [1, 2, 2], [{ op: "add", path: "/2", value: 2 }]],
  ["an element in front", [1, 2], [0, 1, 2], [{ op: "add", path: "/0", value: 0 }]],
  ["an element in the middle", [1, 2], [1, 9, 2], [{ op: "add", path: "/1", value: 9 }]],
  ["an element taken out", [1, 2, 3], [1, 3], [{ op: "remove", path: "/1" }]],
  [
    "a window that moves on",
    [1, 2, 3].map(user),
    [2, 3, 4].map(user),
    [
      { op: "remove", path: "/0" },
      { op: "add", path: "/2", value: user(4) },
    ],
  ],
  [
    "a field of an element",
    [1, 2, 3].map(user),
    [user(1), { id: 2, name: "x" }, user(3)],
    [{ op: "replace", path: "/1/name", value: "x" }],
  ],
  ["the whole", 1, { a: 1 }, [{ op: "replace", path: "", value: { a: 1 } }]],
  ["another kind", { a: {} }, { a: [] }, [{ op: "replace", path: "/a", value: [] }]],
])("[PRO-34] %s is a patch as small as that", (_what, was, is, patch) => {
  expect(change(ownCopy(was), is).patch).toEqual(patch);
});

test("[PRO-35] slashes and tildes in keys are escaped, the tilde first when written and last when read", () => {
  const was = ownCopy({ "a/b": { "m~n": 1 }, "~1": 2 });
  const { state, patch } = change(was, { "a/b": { "m~n": 5 }, "~1": 3 });
  expect(patch).toEqual([
    { op: "replace", path: "/a~1b/m~0n", value: 5 },
    { op: "replace", path: "/~01", value: 3 },
  ]);
  expect(applyPatch(was, patch)).toEqual(state);
});

test("[PRO-36] keys such as __proto__ are fields like any other", () => {
  const was: Json = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{}}}');
  const is: Json = JSON.parse('{"__proto__":{"x":2,"evil":true},"constructor":{"prototype":{"evil":true}}}');
  const { state, patch } = change(ownCopy(was), is);
  expect(text(state)).toBe(text(is));
  expect(text(applyPatch(was, patch))).toBe(text(is));
  expect("evil" in {}).toBe(false);
  expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
  expect(() => applyPatch({}, [{ op: "add", path: "/__proto__/evil", value: true }])).toThrow("does not fit");
  expect(() => applyPatch({}, [{ op: "replace", path: "/toString", value: 1 }])).toThrow("does not fit");
});

class Point {
  readonly x = 1;
}
const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each<readonly [string, unknown, string, string]>([
  ["a Date", { at: new Date(0) }, "/at", "a Date"],
  ["a Map", { a: [new Map()] }, "/a/0", "a Map"],
  ["a function", { a: { "b/c": () => 1 } }, "/a/b~1c", "a function"],
  ["NaN", { n: Number.NaN }, "/n", "NaN"],
  ["a bigint", [1n], "/0", "a bigint"],
  ["undefined in a list", [undefined], "/0", "undefined"],
  ["a hole in a list", Array.from({ length: 1 }).concat([]), "/0", "undefined"],
  ["an object of a class", { x: new Point() }, "/x", "a Point"],
])("[PRO-37] %s is refused with its path", (_what, value, path, what) => {
  const thrown = expect.objectContaining({ code: "json.invalid", details: { path } });
  expect(() => ownCopy(value)).toThrow(thrown);
  expect(() => change(ownCopy({}), value)).toThrow(what);
  expect(() => change(ownCopy({ keep: [1] }), { keep: [1], value })).toThrow(
    `/value${path} is not plain JSON`,
  );
});

test("[PRO-37] a cycle is refused, and so is nesting without end", () => {
  expect(() => ownCopy(cycle)).toThrow("cycle");
  expect(() => change(ownCopy({ self: { self: null } }), cycle)).toThrow("cycle");
});

test("[PRO-39] what is added at once has a largest size, in one piece or in many", () => {
  const tooLarge = expect.objectContaining({ code: "json.too-large" });
  const piece = "x".repeat(1_000_000);
  const begin = ownCopy({ pieces: [] });
  expect(() => change(begin, { pieces: Array.from({ length: 9 }, () => piece) })).toThrow(tooLarge);
  expect(() => ownCopy({ [piece.repeat(9)]: 1 })).toThrow(tooLarge);
  expect(() => ownCopy(Array.from({ length: 3_000_000 }, () => 1))).toThrow(tooLarge);
});

test("[PRO-39] what was there before does not count, whether it stays or goes", () => {
  let state = ownCopy([]);
  for (let count = 0; count < 12; count++)
    state = change(state, [...(Array.isArray(state) ? state : []), "x".repeat(1_000_000) + count]).state;
  expect(state).toHaveLength(12);
  expect(change(state, []).inverse).toHaveLength(12);
});

test.each<Patch[number]>([
  { op: "remove", path: "/b" },
  { op: "replace", path: "/b", value: 1 },
  { op: "add", path: "/b/c", value: 1 },
  { op: "add", path: "/list/7", value: 1 },
  { op: "add", path: "/list/x", value: 1 },
  { op: "remove", path: "/list/2" },
  { op: "replace", path: "/list/length", value: 0 },
  { op: "add", path: "/list/0/x", value: 1 },
])("[PRO-38] a patch of another state is refused: $op $path", (operation) => {
  const state = ownCopy({ a: 1, list: [1, 2] });
  const before = text(state);
  const patch: Patch = [{ op: "replace", path: "/a", value: 2 }, operation];
  expect(() => applyPatch(state, patch)).toThrow(expect.objectContaining({ code: "storage.broken" }));
  expect(text(state)).toBe(before);
});
