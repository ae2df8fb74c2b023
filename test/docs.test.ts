// The code in the documents is run: each fence marked `ts run` is a module, and a line that ends in `// => value` is an
// assertion that what stands before it equals the value.
import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const cache = join(root, ".cache", "docs");
const fence = /^```ts run\n(.*?)^```/gms;
const shown = /^(\s*)(.+?);?\s*\/\/ => (.+)$/;

mkdirSync(cache, { recursive: true });
Object.assign(globalThis, {
  assertShown: (actual: unknown, expected: unknown) => assert.deepEqual(plain(actual), plain(expected)),
});

/** Dates are shown as their ISO text. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** `await x; // => 1` becomes `assertShown(await x, 1);`; a declaration keeps its name: `const x = …; // => 1` shows `x`. */
export function withAssertions(code: string): { readonly text: string; readonly assertions: number } {
  let assertions = 0;
  const lines = code.split("\n").map((line) => {
    const match = shown.exec(line);
    if (match === null) return line;
    assertions += 1;
    const [, indent = "", expression = "", value = ""] = match;
    // An instant is written as people read it.
    const expected = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? JSON.stringify(value) : value;
    const declared = /^const (\w+) = /.exec(expression);
    if (declared !== null) return `${indent}${expression}; assertShown(${declared[1]}, ${expected});`;
    return `${indent}assertShown(${expression}, ${expected});`;
  });
  return { text: lines.join("\n"), assertions };
}

const documents = ["README.md", ...globSync("docs/**/*.md", { cwd: root })];

for (const path of documents) {
  const fences = [...readFileSync(join(root, path), "utf8").matchAll(fence)];
  fences.forEach((match, index) => {
    test(`${path}, example ${index + 1}, does what it says`, async () => {
      const { text, assertions } = withAssertions(match[1] ?? "");
      expect(assertions, "an example without `// =>` shows nothing").toBeGreaterThan(0);
      const file = join(cache, `${path.replaceAll(/\W+/g, "-")}-${index + 1}.ts`);
      writeFileSync(file, text);
      await import(pathToFileURL(file).href);
    });
  });
}

test("an assertion that does not hold fails", async () => {
  const file = join(cache, "wrong.ts");
  writeFileSync(file, withAssertions("1 + 1; // => 3").text);
  await expect(import(pathToFileURL(file).href)).rejects.toThrow();
});
