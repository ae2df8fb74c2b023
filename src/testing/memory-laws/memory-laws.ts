// The laws of memory as tests, for whoever writes a storage: `memoryLaws({ test, makeStorage })` with the `test` of any
// runner. Each is a rule of docs/spec/memory.md, on a storage of its own.
import { EscapementError } from "../../base/errors.ts";
import type { ConformanceOptions } from "../storage-conformance/conformance.ts";
import { changeLaws } from "./change-laws.ts";
import { forgetLaws } from "./forget-laws.ts";
import { lineageLaws } from "./lineage-laws.ts";
import { listLaws } from "./list-laws.ts";
import { MemoryWorld } from "./memory-world.ts";
import { randomMemoryLaw } from "./random-memory-law.ts";
import { recordLaws } from "./record-laws.ts";
import { refLaws } from "./ref-laws.ts";
import { searchLaws } from "./search-laws.ts";
import { togetherLaws } from "./together-laws.ts";
import { vectorLaws } from "./vector-laws.ts";

/** Defines one test: a name that begins with the id of its rule, and a body in a world of its own. */
export type Law = (name: string, body: (world: MemoryWorld) => Promise<void>) => void;

const defaultSeeds = [1, 2, 3, 4];
const suites = [
  recordLaws,
  listLaws,
  forgetLaws,
  lineageLaws,
  refLaws,
  changeLaws,
  searchLaws,
  togetherLaws,
  vectorLaws,
];

export function memoryLaws(options: ConformanceOptions): void {
  const { test, makeStorage, skip = {}, seeds = defaultSeeds } = options;
  const left = new Set(Object.keys(skip));
  const law: Law = (name, body) => {
    const id = /^\[([A-Z]+-\d+)\]/.exec(name)?.[1] ?? "";
    const run = async (): Promise<void> => {
      const world = await MemoryWorld.open(await makeStorage());
      try {
        await body(world);
      } finally {
        await world.close();
      }
    };
    const reason = skip[id];
    left.delete(id);
    if (reason === undefined) test(name, run);
    else test.skip(`${name} (skipped: ${reason})`, run);
  };
  for (const suite of suites) suite(law);
  randomMemoryLaw(law, seeds);
  for (const id of left)
    throw new EscapementError("options.invalid", `Cannot skip ${id}: the laws of memory have no such rule.`);
}
