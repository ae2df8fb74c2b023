// kill -9, for real: a process works on a file and is killed at any moment, again and again. Afterwards nothing that was
// acknowledged is missing, everything comes to its end, and every attempt has ended once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { addWork } from "./kill-nine-work.ts";
import { workAndDie } from "../support/work-and-die.ts";

const kills = Number(process.env["KILLS"] ?? 5);
const seed = process.env["KILL_SEED"] ?? String(Date.now());
const random = seededRandom(seed);
const child = fileURLToPath(new URL("kill-nine-child.ts", import.meta.url));

/** Gives what a process had been promised when it was killed. */
function promisedTo(file: string, node: string): Promise<string[]> {
  const lifeMs = 100 + random.next() * 500;
  return workAndDie({
    script: child,
    args: [file, node],
    isAtWork: (said) => said.includes("ready\n"),
    lifeMs,
  });
}

/** Works off what the dead left behind, and adds nothing. */
async function finish(runtime: Runtime): Promise<void> {
  addWork(runtime);
  await runtime.tasks.stop("tick");
  await runtime.start();
  for (;;) {
    const { waiting, running } = await runtime.runs.counts();
    if (waiting + running === 0) return;
    await sleep(20);
  }
}

/** What may follow what in the life of a run. */
const next: Readonly<Record<string, readonly string[]>> = {
  "": ["run.enqueued"],
  "run.enqueued": ["run.started"],
  "run.started": ["run.succeeded", "run.retried", "run.lost"],
  "run.retried": ["run.started"],
  "run.lost": ["run.started"],
  "run.succeeded": [],
};

/** Follows every run through the whole journal; gives the last event of each. */
async function followRuns(runtime: Runtime): Promise<Map<string, string>> {
  const lives = new Map<string, string>();
  let after = 0;
  for (;;) {
    const events = await runtime.journal.read({ after, limit: 1_000 });
    for (const event of events) {
      expect(event.seq).toBe(after + 1);
      after = event.seq;
      if (event.category !== "run") continue;
      const before = lives.get(event.subject) ?? "";
      expect(next[before], `${event.subject} at ${event.seq} after ${before}`).toContain(event.kind);
      lives.set(event.subject, event.kind);
    }
    if (events.length < 1_000) return lives;
  }
}

test(
  "[TKS-40] after kill -9 in the middle of work nothing acknowledged is missing, and every run ends once",
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-kill-"));
    const file = join(directory, "app.db");
    try {
      const promised: string[] = [];
      for (let kill = 0; kill < kills; kill++) {
        // Sometimes under the name of the one that died, sometimes under another.
        promised.push(...(await promisedTo(file, `worker-${(kill % 3) >> 1}`)));
      }
      expect(promised.length).toBeGreaterThan(kills);
      const runtime = await createRuntime({ storage: sqlite(file), node: "worker-1" });
      await finish(runtime);
      for (const id of promised)
        expect(await runtime.runs.get(id), `run ${id}`).toMatchObject({ state: "succeeded" });
      const lives = await followRuns(runtime);
      const unended = [...lives].filter(([, kind]) => kind !== "run.succeeded");
      expect(unended).toEqual([]);
      expect((await runtime.journal.read({ kind: "node.lost" })).length).toBeGreaterThan(0);
      expect(lives.size).toBe((await runtime.runs.counts()).succeeded);
      await checkTicks(runtime);
      expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
      await runtime.stop();
    } catch (error) {
      throw new Error(`KILL_SEED=${seed}`, { cause: error });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

/** Each time of the task, from its first to its last, has one outcome: a run that is there. */
async function checkTicks(runtime: Runtime): Promise<void> {
  const times: number[] = [];
  for await (const { at, outcome, reason, runId } of runtime.tasks.occurrences("tick")) {
    if (reason === "paused") continue;
    times.push(at.getTime());
    expect(outcome).toBe("run");
    const run = await runtime.runs.get(runId ?? "");
    expect(run).toMatchObject({ taskId: "tick", scheduledFor: at, state: "succeeded" });
  }
  const [first = 0] = times;
  expect(times).toEqual(times.map((_, index) => first + index * 40));
  expect(times.length).toBeGreaterThan(kills);
}
