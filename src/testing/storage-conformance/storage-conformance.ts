// The suite that says what keeping the promise of src/storage means. It knows the port and nothing of any engine;
// whoever writes a driver runs it: `storageConformance({ test, makeStorage })` with the `test` of any runner.
import { EscapementError } from "../../base/errors.ts";
import { auditSuite } from "./audit-suite.ts";
import { claimSuite } from "./claim-suite.ts";
import type { ConformanceOptions, Rule } from "./conformance.ts";
import { controlSuite } from "./control-suite.ts";
import { documentsSuite } from "./documents-suite.ts";
import { cursorsSuite } from "./cursors-suite.ts";
import { fireSuite } from "./fire-suite.ts";
import { gateAnswersSuite } from "./gate-answers-suite.ts";
import { gateProcessesSuite } from "./gate-processes-suite.ts";
import { gateSuite } from "./gate-suite.ts";
import { holdsSuite } from "./holds-suite.ts";
import { journalSuite } from "./journal-suite.ts";
import { keysSuite } from "./keys-suite.ts";
import { lanesSuite } from "./lanes-suite.ts";
import { migrationsSuite } from "./migrations-suite.ts";
import { nodesSuite } from "./nodes-suite.ts";
import { processPastSuite } from "./process-past-suite.ts";
import { processesSuite } from "./processes-suite.ts";
import { promiseSuite } from "./promise-suite.ts";
import { randomRunsSuite } from "./random-runs-suite.ts";
import { retentionSuite } from "./retention-suite.ts";
import { runsSuite } from "./runs-suite.ts";
import { settleSuite } from "./settle-suite.ts";
import { stepsSuite } from "./steps-suite.ts";
import { taskRunsSuite } from "./task-runs-suite.ts";
import { tasksSuite } from "./tasks-suite.ts";
import { transactionSuite } from "./transaction-suite.ts";
import { World } from "./world.ts";

const defaultSeeds = [1, 2, 3, 4, 5, 6];

/** Defines one test per rule of docs/spec/storage.md, each on a storage of its own. */
export function storageConformance(options: ConformanceOptions): void {
  const { test, makeStorage, skip = {}, seeds = defaultSeeds } = options;
  const left = new Map(Object.entries(skip));
  const rule: Rule = (name, body) => {
    const id = /^\[([A-Z]+-\d+)\]/.exec(name)?.[1] ?? "";
    const run = async (): Promise<void> => {
      const world = await World.open(await makeStorage());
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
  for (const suite of suites) suite(rule);
  randomRunsSuite(rule, seeds);
  for (const id of left.keys())
    throw new EscapementError(
      "options.invalid",
      `Cannot skip ${id}: the storage conformance has no such rule.`,
    );
}

const suites: readonly ((rule: Rule) => void)[] = [
  promiseSuite,
  claimSuite,
  keysSuite,
  settleSuite,
  stepsSuite,
  lanesSuite,
  holdsSuite,
  gateSuite,
  gateAnswersSuite,
  gateProcessesSuite,
  runsSuite,
  processesSuite,
  processPastSuite,
  journalSuite,
  auditSuite,
  cursorsSuite,
  controlSuite,
  nodesSuite,
  tasksSuite,
  fireSuite,
  taskRunsSuite,
  retentionSuite,
  migrationsSuite,
  transactionSuite,
  documentsSuite,
];
