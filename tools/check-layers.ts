// Holds the imports of src/ against the table in layers.ts. `--mermaid` prints the graph for docs/internals/map.md.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { layers, type Layer } from "./layers.ts";

const importLine =
  /(?:^|\n)\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g;

/** One sentence per import that the table does not allow. */
export function findBreaches(files: ReadonlyMap<string, string>, table: readonly Layer[]): string[] {
  const byFolder = new Map(table.map((layer) => [layer.folder, layer]));
  const breaches: string[] = [];
  for (const [path, text] of files) {
    const folder = path.split("/")[1] ?? "";
    if (!path.includes("/", 4)) continue; // src/index.ts is the public door
    const layer = byFolder.get(folder);
    if (layer === undefined) {
      breaches.push(`${path}: the folder "${folder}" is not in tools/layers.ts`);
      continue;
    }
    for (const match of text.matchAll(importLine)) {
      const target = match[1] ?? match[2] ?? match[3] ?? "";
      const breach = checkImport(path, layer, target);
      if (breach !== undefined) breaches.push(`${path}: ${breach}`);
    }
  }
  return breaches;
}

function checkImport(path: string, layer: Layer, target: string): string | undefined {
  if (!target.startsWith(".")) {
    const allowed = path.endsWith(".test.ts") || layer.outside.some((name) => covers(name, target));
    return allowed ? undefined : `${layer.folder} may not import ${target}`;
  }
  const resolved = normalize(join(dirname(path), target));
  const folder = resolved.split("/")[1] ?? "";
  if (!resolved.startsWith("src/"))
    return path.endsWith(".test.ts") ? undefined : `imports ${resolved} outside src/`;
  if (folder === layer.folder || layer.imports.includes(folder)) return undefined;
  // A test beside its source may drive it through the test kit.
  if (path.endsWith(".test.ts") && folder === "testing") return undefined;
  return `${layer.folder} may not import ${folder} (${resolved})`;
}

function covers(name: string, target: string): boolean {
  return (
    name === target ||
    (name.endsWith("*") && target.startsWith(name.slice(0, -1))) ||
    target.startsWith(`${name}/`)
  );
}

/** Folders must be listed before anything that imports them, so the table itself can hold no cycle. */
export function findDisorder(table: readonly Layer[]): string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const layer of table) {
    for (const name of layer.imports) {
      if (!seen.has(name))
        faults.push(`${layer.folder} imports ${name}, which the table lists later or not at all`);
    }
    seen.add(layer.folder);
  }
  return faults;
}

export function readSources(root: string): Map<string, string> {
  const paths = globSync("src/**/*.ts", { cwd: root });
  return new Map(paths.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8")]));
}

/** The table as a Mermaid graph, without the arrows that follow from others. */
export function drawLayers(table: readonly Layer[]): string {
  const reach = new Map<string, Set<string>>();
  const lines = ["graph BT"];
  for (const layer of table) {
    const all = new Set<string>();
    for (const name of layer.imports) for (const far of [name, ...(reach.get(name) ?? [])]) all.add(far);
    reach.set(layer.folder, all);
    const direct = layer.imports.filter(
      (name) => !layer.imports.some((other) => other !== name && reach.get(other)?.has(name)),
    );
    for (const name of direct) lines.push(`  ${layer.folder} --> ${name}`);
  }
  return lines.join("\n");
}

if (process.argv[1] !== undefined && relative(process.argv[1], import.meta.filename) === "") {
  if (process.argv.includes("--mermaid")) {
    console.log(drawLayers(layers));
  } else {
    const faults = [...findDisorder(layers), ...findBreaches(readSources(process.cwd()), layers)];
    for (const fault of faults) console.error(fault);
    console.log(
      `layers: ${faults.length === 0 ? "every import points up the table" : `${faults.length} breaches`}`,
    );
    process.exitCode = faults.length === 0 ? 0 : 1;
  }
}
