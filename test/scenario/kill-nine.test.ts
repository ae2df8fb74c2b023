import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Event } from "../../src/journal/event.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

const child = join(import.meta.dirname, "kill-nine-child.ts");
const seed = process.env["KILL_SEED"] ?? String(Date.now());

/** Runs the child until some work was acknowledged and a moment longer, then kills it. Gives the ids it has said. */
async function workAndDie(file: string, moreMs: number): Promise<string[]> {
  const worker = spawn(process.execPath, [
    "--conditions=source",
    "--disable-warning=ExperimentalWarning",
    child,
    file,
  ]);
  const said: string[] = [];
  let faults = "";
  worker.stdout.on("data", (text) => said.push(String(text)));
  worker.stderr.on("data", (text) => (faults += String(text)));
  const closed = once(worker, "close");
  while (said.length === 0 && worker.exitCode === null) await pause(10);
  await pause(moreMs);
  worker.kill("SIGKILL");
  await closed;
  expect(faults).toBe("");
  // A line that was cut off was not said.
  return said.join("").split("\n").slice(0, -1);
}

test(
  "[TKS-40] after kill -9 in the middle of work nothing acknowledged is missing, and every run ends once",
  { timeout: 90_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-kill-"));
    const file = join(directory, "app.db");
    const random = seededRandom(seed);
    try {
      const acknowledged: string[] = [];
      for (let round = 0; round < 4; round++)
        acknowledged.push(...(await workAndDie(file, 50 + random.next() * 400)));
      expect(acknowledged.length, `seed ${seed}`).toBeGreaterThan(20);

      await using runtime = await createRuntime({ storage: sqlite(file) });
      runtime.action("work:some", { run: () => null });
      await runtime.tasks.stop("often");
      await runtime.start();
      for (const id of acknowledged) {
        const run = await runtime.runs.wait(id, { timeout: "30s" });
        expect(run.state, `run ${id}, seed ${seed}`).toBe("succeeded");
      }
      const ends = new Map<string, number>();
      const events: Event[] = [];
      for (let after = 0; ; after = events.at(-1)?.seq ?? after) {
        const page = await runtime.journal.read({ after, limit: 1_000 });
        events.push(...page);
        if (page.length < 1_000) break;
      }
      for (const event of events)
        if (event.kind === "run.succeeded") ends.set(event.subject, (ends.get(event.subject) ?? 0) + 1);
      expect(
        [...ends.values()].filter((count) => count !== 1),
        `seed ${seed}`,
      ).toEqual([]);
      expect(events.some((event) => event.kind === "node.lost")).toBe(true);
      const times: number[] = [];
      for await (const { at } of runtime.tasks.occurrences("often")) times.push(at.getTime());
      // A grid of 50 ms without a hole and without a double, over four deaths.
      expect(
        times.every((at, index) => index === 0 || at - (times[index - 1] ?? 0) === 50),
        `seed ${seed}`,
      ).toBe(true);
      expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
