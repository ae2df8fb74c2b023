// Every numbered rule in docs/spec/ has a test whose name begins with its id, and every id in a test name has a rule.
import { globSync, readFileSync } from "node:fs";

const rule = /^\*\*([A-Z]{2,5}-\d+[a-z]?)\*\*/gm;
const named = /\[([A-Z]{2,5}-\d+[a-z]?)\]/g;

const rules = collect(globSync("docs/spec/*.md"), rule);
const tests = collect(
  globSync("{src,test,tools,examples}/**/*.test.{ts,tsx}", { exclude: ["**/node_modules/**"] }),
  named,
);
// A shared suite names its tests in source files that are no test files.
for (const [id, path] of collect(globSync("src/testing/**/*.ts"), named)) tests.set(id, path);

const faults = [
  ...[...rules].filter(([id]) => !tests.has(id)).map(([id, path]) => `${path}: rule ${id} has no test`),
  ...[...tests]
    .filter(([id]) => !rules.has(id))
    .map(([id, path]) => `${path}: test names ${id}, which no rule has`),
];
for (const fault of faults) console.error(fault);
console.log(`spec: ${rules.size} rules, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

function collect(paths: readonly string[], pattern: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of paths) {
    for (const match of readFileSync(path, "utf8").matchAll(pattern)) {
      const id = match[1] ?? "";
      if (pattern === rule && found.has(id)) throw new Error(`${path}: rule ${id} is defined twice`);
      found.set(id, path);
    }
  }
  return found;
}
