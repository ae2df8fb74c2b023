// Every example prints what its expected.txt says.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

for (const path of globSync("examples/*/main.ts", { cwd: root })) {
  test(`${path} prints what it promises`, async () => {
    const example: { main(print: (line: string) => void): Promise<void> } = await import(
      pathToFileURL(join(root, path)).href
    );
    const lines: string[] = [];
    await example.main((line) => lines.push(line));
    expect(`${lines.join("\n")}\n`).toBe(readFileSync(join(root, path, "../expected.txt"), "utf8"));
  });
}
