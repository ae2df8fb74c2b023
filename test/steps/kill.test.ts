// A real process, killed again and again in the middle of its steps: none that was kept is done twice.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

const script = join(import.meta.dirname, "handlers", "mortal-process.ts");
const steps = 20;
const kills = 4;

function read(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

function start(database: string, notes: string): ChildProcess {
  const flags = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
  return spawn(process.execPath, [...flags, script, database, notes, String(steps)], { stdio: "inherit" });
}

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

test("[STP-12] a process that is killed between steps does none of those again that were kept", async () => {
  const directory = mkdtempSync(join(tmpdir(), "escapement-kill-"));
  const database = join(directory, "kill.db");
  const notes = join(directory, "notes");
  const random = seededRandom(Date.now());
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = read(notes).length;
      const child = start(database, notes);
      const gone = exit(child);
      // Killed once it has begun, somewhere in its next few steps.
      while (read(notes).length <= before && child.exitCode === null) await sleep(2);
      await sleep(random.next() * 60);
      child.kill("SIGKILL");
      await gone;
      // What a database that is read after the kill says is kept stays so.
      const at = read(notes).length;
      const kept = await keptSteps(database);
      const done = kept.map((name) => name.replace("step ", "did "));
      expect(
        read(notes)
          .filter((line) => done.includes(line))
          .toSorted(),
      ).toEqual(expect.arrayContaining(done));
      forbidden.push({ from: at, lines: done });
    }
    expect(await exit(start(database, notes))).toBe(0);
    const lines = read(notes);
    expect(lines.at(-1)).toBe(`result ${(steps * (steps + 1)) / 2}`);
    for (const { from, lines: done } of forbidden)
      expect(lines.slice(from).filter((line) => done.includes(line))).toEqual([]);
    for (let number = 1; number <= steps; number++) {
      const times = lines.filter((line) => line === `did ${number}`).length;
      const acknowledged = lines.indexOf(`kept ${number}`);
      expect(lines.lastIndexOf(`did ${number}`)).toBeLessThan(acknowledged);
      // Only a kill between the work and its note can make a step work twice.
      expect(times).toBeGreaterThanOrEqual(1);
      expect(times).toBeLessThanOrEqual(1 + kills);
    }
    const doubled = lines.filter((line) => line.startsWith("did ")).length - steps;
    expect(doubled).toBeLessThanOrEqual(kills);
    expect((await keptSteps(database)).toSorted()).toEqual(
      Array.from({ length: steps }, (_, index) => `step ${index + 1}`).toSorted(),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 60_000);

/** What may not be done again from a line on. */
const forbidden: { readonly from: number; readonly lines: readonly string[] }[] = [];

/** The steps that the journal has as kept: each once. */
async function keptSteps(database: string): Promise<string[]> {
  const storage = sqlite(database);
  await storage.open();
  try {
    const events = await storage.journal.read({ after: 0, kind: "run.stepped", limit: 1_000 });
    const names = events.flatMap(({ label }) => (label?.startsWith("step ") === true ? [label] : []));
    expect(new Set(names).size).toBe(names.length);
    return names;
  } finally {
    await storage.close();
  }
}
