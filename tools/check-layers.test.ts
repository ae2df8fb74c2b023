import { expect, test } from "vitest";
import { drawLayers, findBreaches, findDisorder, readSources } from "./check-layers.ts";
import { layers, type Layer } from "./layers.ts";

const table: readonly Layer[] = [
  { folder: "base", level: 1, holds: "", imports: [], outside: [] },
  { folder: "time", level: 1, holds: "", imports: ["base"], outside: ["node:assert"] },
  { folder: "runs", level: 4, holds: "", imports: ["base"], outside: ["zod", "@hono/*"] },
  { folder: "testing", level: 7, holds: "", imports: ["base", "runs"], outside: [] },
];

function breaches(path: string, text: string): string[] {
  return findBreaches(new Map([[path, text]]), table);
}

test("[TLS-1] the sources of this repository keep to the table, and the table to its order", () => {
  expect(findBreaches(readSources(`${import.meta.dirname}/..`), layers)).toEqual([]);
  expect(findDisorder(layers)).toEqual([]);
});

test.each([
  ["src/runs/a.ts", 'import { x } from "../base/x.ts";'],
  ["src/runs/a.ts", 'import { x } from "./x.ts";'],
  ["src/runs/deep/a.ts", 'import { x } from "../x.ts";\nimport { y } from "../../base/y.ts";'],
  ["src/runs/a.ts", 'import { z } from "zod";\nimport { serve } from "@hono/node-server";'],
  ["src/time/a.ts", 'import assert from "node:assert/strict";'],
  ["src/index.ts", 'export { x } from "./runs/x.ts";'],
  [
    "src/base/a.test.ts",
    'import { test } from "vitest";\nimport { testClock } from "../testing/test-clock.ts";',
  ],
  ["src/base/a.ts", '// import { x } from "../runs/x.ts" would be a breach'],
])("[TLS-2] %s may say %j", (path, text) => {
  expect(breaches(path, text)).toEqual([]);
});

test.each([
  ["src/base/a.ts", 'import { x } from "../runs/x.ts";', "base may not import runs"],
  ["src/time/a.ts", 'import type { X } from "../runs/x.ts";', "time may not import runs"],
  ["src/time/deep/a.ts", 'import { x } from "../../runs/x.ts";', "time may not import runs"],
  ["src/base/a.ts", 'import {\n  one,\n  two,\n} from "../runs/x.ts";', "base may not import runs"],
  ["src/base/a.ts", 'export { x } from "../runs/x.ts";', "base may not import runs"],
  ["src/base/a.ts", 'export * from "../runs/x.ts";', "base may not import runs"],
  ["src/base/a.ts", 'import "../runs/x.ts";', "base may not import runs"],
  ["src/base/a.ts", 'const x = await import("../runs/x.ts");', "base may not import runs"],
  ["src/base/a.ts", 'type X = import("../runs/x.ts").X;', "base may not import runs"],
  ["src/base/a.ts", 'import fs from "node:fs";', "base may not import node:fs"],
  ["src/base/a.ts", 'import { z } from "zod";', "base may not import zod"],
  ["src/runs/a.ts", 'import { z } from "zodiac";', "runs may not import zodiac"],
  ["src/runs/a.ts", 'import { x } from "../../bench/x.ts";', "outside src/"],
  ["src/base/a.test.ts", 'import { x } from "../runs/x.ts";', "base may not import runs"],
  ["src/helpers/a.ts", 'import { x } from "./x.ts";', '"helpers" is not in tools/layers.ts'],
])("[TLS-3] %s that says %j is found out", (path, text, breach) => {
  const found = breaches(path, text);
  expect(found.length).toBe(1);
  expect(found[0]).toContain(path);
  expect(found[0]).toContain(breach);
});

test("[TLS-3] every breach of a file is told, not only the first", () => {
  const text =
    'import { x } from "../runs/x.ts";\nimport fs from "node:fs";\nimport { y } from "../testing/y.ts";';
  expect(breaches("src/base/a.ts", text).length).toBe(3);
});

test("[TLS-4] a table that points at what it lists later, or not at all, is found out", () => {
  const [base, time] = table;
  const layer = (folder: string, ...imports: string[]): Layer => ({
    folder,
    level: 1,
    holds: "",
    imports,
    outside: [],
  });
  expect(findDisorder([layer("a", "b"), layer("b")])).toHaveLength(1);
  expect(findDisorder([layer("a", "a")])).toHaveLength(1);
  expect(findDisorder([layer("a", "nowhere")])).toHaveLength(1);
  expect(findDisorder([base, time].filter((one) => one !== undefined))).toEqual([]);
});

test("[TLS-5] the drawing leaves out the arrows that follow from others", () => {
  const layer = (folder: string, ...imports: string[]): Layer => ({
    folder,
    level: 1,
    holds: "",
    imports,
    outside: [],
  });
  const drawn = drawLayers([layer("a"), layer("b", "a"), layer("c", "a", "b")]);
  expect(drawn.split("\n").map((line) => line.trim())).toEqual(["graph BT", "b --> a", "c --> b"]);
});
