// kill -9 while somebody presses, for real: each press was made as a whole or not at all, and the operator who does not
// know which presses again with the same key.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { createIdSource } from "../../src/base/id.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom } from "../../src/testing/index.ts";

const kills = 2;
const waiting = 5_000;
const seed = process.env["KILL_SEED"] ?? String(Date.now());
const random = seededRandom(seed);
const child = fileURLToPath(new URL("gate-kill-child.ts", import.meta.url));
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

/** Lets a process press for a while, kills it, and gives what it was answered by key. */
async function pressAndDie(file: string, first: number): Promise<Map<number, string>> {
  const parts = ["--disable-warning=ExperimentalWarning", child, file, String(first)];
  const worker = spawn(process.execPath, parts, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => worker.once("close", resolve));
  let said = "";
  let faults = "";
  worker.stderr.on("data", (data: Buffer) => void (faults += String(data)));
  await new Promise<void>((resolve, reject) => {
    worker.once("exit", () => reject(new Error(`the process ended by itself: ${faults}`)));
    worker.stdout.on("data", (data: Buffer) => {
      said += String(data);
      if (said.includes("ready\n")) resolve();
    });
  });
  await sleep(20 + random.next() * 150);
  worker.kill("SIGKILL");
  await ended;
  const lines = said.split("\n").slice(1, -1);
  return new Map(
    lines.map((line) => {
      const [key = "", subject = ""] = line.split(" ");
      return [Number(key), subject] as const;
    }),
  );
}

async function fill(storage: Storage): Promise<string[]> {
  const newId = createIdSource(systemClock, random);
  const now = systemClock.now();
  const runs = Array.from({ length: waiting }, () => ({
    id: newId(),
    action: "work:do",
    params: "null",
    scheduledFor: now,
    dueAt: now,
    priority: 0,
    maxAttempts: 1,
    passes: 1,
    lanes: [],
    rates: [],
    tags: [],
  }));
  await storage.runs.enqueue({ runs, actor: "system", now });
  await storage.gate.set({ scope: "all", mode: "stepper", actor: "user:parent", now });
  return runs.map((run) => `run:${run.id}`);
}

test(
  "[GAT-4] a press that is cut off by a kill was made as a whole or not at all",
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-gate-kill-"));
    const file = join(directory, "gate.db");
    const before = sqlite(file);
    await before.open();
    const subjects = await fill(before);
    await before.close();

    const answered = new Map<number, string>();
    for (let kill = 0; kill < kills; kill++) {
      for (const [key, subject] of await pressAndDie(file, answered.size)) answered.set(key, subject);
      const storage = sqlite(file);
      await storage.open();
      // The press on the way when it was killed, asked for again.
      const key = answered.size;
      const press = { scope: "all", actor: "user:parent", key: `key-${key}`, now: systemClock.now() };
      const again = await storage.gate.next(press);
      expect(again.status, `seed ${seed}`).toBe("released");
      if (again.status === "released") answered.set(key, again.event.subject);
      await storage.close();
    }
    expect([...answered.values()], `seed ${seed}`).toEqual(subjects.slice(0, answered.size));

    const storage = sqlite(file);
    await storage.open();
    const claim = { node: "n1", now: systemClock.now(), limit: waiting, actions: ["work:do"] };
    const { runs } = await storage.runs.claim(claim);
    expect(runs.map((run) => `run:${run.id}`).toSorted()).toEqual([...answered.values()].toSorted());
    await storage.close();
    rmSync(directory, { recursive: true });
  },
);
