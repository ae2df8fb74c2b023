// The shape of the project: one noun is one folder, one property of the runtime, one group of commands and one path over
// HTTP. Where a list leaves a noun out, the reason stands here; a new noun fails until it
// is everywhere or has its reason.
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../src/cli/commands.ts";
import { apiRoutes } from "../src/http/routes.ts";
import { testRuntime } from "../src/testing/test-runtime.ts";
import { drawLayers, findBreaches, findDisorder, readSources } from "../tools/check-layers.ts";
import { layers } from "../tools/layers.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Where a noun of the runtime is missing, and why. */
const exceptions: Readonly<Record<string, { readonly missing: readonly string[]; readonly why: string }>> = {
  actions: { missing: ["cli", "http"], why: "actions are code: they are defined, never operated on" },
  nodes: {
    missing: ["folder", "cli", "http"],
    why: "a node is the runtime itself; /readyz and the journal tell of it",
  },
  tables: { missing: ["cli", "http"], why: "they are the application's own: it knows their schemas" },
  stores: { missing: ["cli", "http"], why: "a store belongs to the code that has its schema" },
  retention: { missing: ["folder", "cli", "http"], why: "it is the action retention:apply, a part of runs" },
};

/** Functions and facts of the runtime that are no nouns. */
const noNouns = new Set(
  "node storage payloadLimit action process transaction within backup doctor ready start stop activeRuns observe clock".split(
    " ",
  ),
);

const folders = new Set(layers.map(({ folder }) => folder));
const groups = new Set(
  commands.filter(({ name }) => name.includes(" ")).map(({ name }) => name.split(" ")[0] ?? ""),
);

describe("the shape of the project", () => {
  test("every noun of the runtime is a folder, a group of commands and a path, or has its reason", async () => {
    await using runtime = await testRuntime();
    const nouns = Object.keys(runtime).filter((name) => !noNouns.has(name));
    const paths = new Set(apiRoutes(runtime).map(({ path }) => path.split("/")[1] ?? ""));
    expect(nouns).toEqual(expect.arrayContaining(["tasks", "runs", "control", "journal"]));
    const lists = { folder: folders, cli: groups, http: paths };
    for (const noun of nouns) {
      const missing = Object.entries(lists).flatMap(([list, names]) => (names.has(noun) ? [] : [list]));
      expect([noun, missing]).toEqual([noun, exceptions[noun]?.missing ?? []]);
    }
    // The journal as it is written has a path of its own, /stream.
    for (const name of [...groups, ...paths]) if (name !== "stream") expect(nouns).toContain(name);
    for (const name of Object.keys(exceptions)) expect(nouns).toContain(name);
  });

  test("every import points up the table, and the table names every folder and no other", () => {
    expect(findDisorder(layers)).toEqual([]);
    expect(findBreaches(readSources(root), layers)).toEqual([]);
    const real = globSync("src/*", { cwd: root }).filter((path) => statSync(join(root, path)).isDirectory());
    expect(real.map((path) => path.slice("src/".length)).toSorted()).toEqual([...folders].toSorted());
  });

  test("an import that points down, and a folder that nobody knows, are found", () => {
    const files = new Map([
      ["src/base/x.ts", 'import { y } from "../cli/y.ts";'],
      ["src/helpers/x.ts", ""],
    ]);
    expect(findBreaches(files, layers)).toHaveLength(2);
  });

  test("the map shows the table as it is", () => {
    const map = read("docs/internals/map.md");
    const rows = [...map.matchAll(/^\| (\d) \| `(\w+)` \| (.+) \|$/gm)].map(([, ...cells]) => cells);
    expect(rows).toEqual(layers.map(({ level, folder, holds }) => [String(level), folder, holds]));
    expect(map).toContain(drawLayers(layers));
  });
});

describe("the documents", () => {
  test("every link in the documents leads to a file", () => {
    const documents = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })];
    const broken = documents.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
