// When the trouble is over: the work is done to its end, and the journal and the ledger are held against what was promised.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { Run } from "../../src/run/run.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { openChaosStorage } from "./chaos-storage.ts";
import { addChaosWork, laneLimit, rate, tickMs, tickTask } from "./chaos-work.ts";
import { JournalCheck, type JournalReport, type RunFacts } from "../support/journal-check.ts";

export interface Aftermath {
  readonly address: string;
  readonly seed: string;
  /** Every run that somebody was promised. */
  readonly promised: readonly string[];
  /** Runs that stood in lines, and in which. */
  readonly lines: ReadonlyMap<string, string>;
}

/** Lets one fresh node work off what is left, and checks everything. */
export async function checkAftermath({ address, seed, promised, lines }: Aftermath): Promise<JournalReport> {
  await using runtime = await createRuntime({
    storage: openChaosStorage(address),
    node: "aftermath",
    lease: "2s",
  });
  addChaosWork(runtime, seededRandom(seed));
  await runtime.start();
  await runtime.tasks.stop(tickTask);
  await finish(runtime);
  const runs = await allRuns(runtime);
  for (const id of promised) expect(runs.get(id)?.state, `run ${id} was promised`).toBe("succeeded");
  const checker = new JournalCheck((id) => factsOf(runs.get(id), lines));
  for await (const event of events(runtime)) checker.see(event);
  await checkTicks(runtime, runs);
  expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
  const report = checker.end();
  expect(report.faults).toEqual([]);
  expect(report.runs).toBe(runs.size);
  return report;
}

async function finish(runtime: Runtime): Promise<void> {
  for (;;) {
    const { waiting, running } = await runtime.runs.counts();
    if (waiting + running === 0) return;
    await sleep(50);
  }
}

async function allRuns(runtime: Runtime): Promise<Map<string, Run>> {
  const runs = new Map<string, Run>();
  let after: string | undefined;
  do {
    const page = await runtime.runs.list({ limit: 1_000, ...(after === undefined ? {} : { after }) });
    for (const run of page.items) runs.set(run.id, run);
    after = page.next;
  } while (after !== undefined);
  return runs;
}

async function* events(runtime: Runtime): ReturnType<Runtime["journal"]["tail"]> {
  let after = 0;
  for (;;) {
    const page = await runtime.journal.read({ after, limit: 1_000 });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

function factsOf(run: Run | undefined, lines: ReadonlyMap<string, string>): RunFacts | undefined {
  if (run === undefined) return undefined;
  const line = lines.get(run.id);
  const key = `${run.action} ${JSON.stringify(run.params)}`;
  return {
    id: run.id,
    ...(line === undefined ? {} : { line }),
    ...(run.action === "chaos:narrow" ? { lane: { key, limit: laneLimit } } : {}),
    ...(run.action === "chaos:limited" ? { rate: { key, ...rate } } : {}),
  };
}

/** From its first time to its last, each time of the task has one outcome: a run that ended well. */
async function checkTicks(runtime: Runtime, runs: ReadonlyMap<string, Run>): Promise<void> {
  const times: number[] = [];
  for await (const { at, outcome, reason, runId } of runtime.tasks.occurrences(tickTask)) {
    if (reason === "paused") continue;
    times.push(at.getTime());
    expect(outcome, `time ${at.toISOString()}`).toBe("run");
    expect(runs.get(runId ?? "")).toMatchObject({ taskId: tickTask, scheduledFor: at, state: "succeeded" });
  }
  const [first = 0] = times;
  expect(times.length).toBeGreaterThan(10);
  expect(times).toEqual(times.map((_, index) => first + index * tickMs));
}
