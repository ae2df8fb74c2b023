// kill -9, for real, in the middle of handling: nothing that was acknowledged is missing, every slot is handled once, and
// what each asked for arrived once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { addProcesses, openStorage, rooms } from "./kill-nine-work.ts";
import { workAndDie } from "../support/work-and-die.ts";

const kills = Number(process.env["KILLS"] ?? 4);
const seed = process.env["KILL_SEED"] ?? String(Date.now());
const random = seededRandom(seed);
const child = fileURLToPath(new URL("kill-nine-child.ts", import.meta.url));

/** Gives the lines that a process had said when it was killed: however busy the machine is, in the middle of something. */
function saidBy(address: string, node: string): Promise<string[]> {
  const isAtWork = (said: string): boolean => said.split("\n").length > 20;
  return workAndDie({ script: child, args: [address, node], isAtWork, lifeMs: random.next() * 300 });
}

/** Handles what the dead left behind. */
async function finish(runtime: Runtime): Promise<void> {
  addProcesses(runtime);
  await runtime.start();
  for (const name of ["room", "mirror"]) {
    const { items } = await runtime.processes.list({ name });
    for (const { id, slots } of items) await runtime.processes.wait(id, slots - 1, { timeout: "30s" });
  }
  for (;;) {
    const { waiting, running } = await runtime.runs.counts();
    if (waiting + running === 0) return;
    await sleep(20);
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, slot) => slot);

/** What was promised is held against what is there. */
async function checkAftermath(address: string, promised: readonly string[]): Promise<void> {
  expect(promised.length).toBeGreaterThan(kills * 10);
  await using runtime = await createRuntime({ storage: openStorage(address), node: "last", lease: "1s" });
  await finish(runtime);
  const runs = await slotsOfRuns(runtime);
  const events = await slotsOfEvents(runtime);
  for (let index = 0; index < rooms; index++) {
    const room = String(index);
    const handled = await checkRoom(runtime, room, promised);
    expect([room, runs.get(room)?.toSorted((a, b) => a - b)]).toEqual([room, handled]);
    expect([room, events.get(room)]).toEqual([room, handled]);
    expect((await runtime.processes.state(`mirror/${room}`)).state).toEqual(handled);
  }
  expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
}

async function naming<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`KILL_SEED=${seed}`, { cause: error });
  }
}

test(
  "[PRC-20] after kill -9 every acknowledged message is there, handled once, and each effect was performed once",
  { timeout: 120_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-kill-"));
    const file = join(directory, "app.db");
    try {
      await naming(async () => {
        const promised: string[] = [];
        // Sometimes under the name of the one that died, sometimes under another.
        for (let kill = 0; kill < kills; kill++)
          promised.push(...(await saidBy(file, `worker-${(kill % 3) >> 1}`)));
        await checkAftermath(file, promised);
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test(
  "[PRC-20] on PostgreSQL with two nodes at a time that are killed one after the other",
  { timeout: 120_000 },
  async () => {
    await using server = await postgresServer();
    await naming(async () => {
      const lanes = await Promise.all(
        [0, 1].map(async (lane) => {
          const promised: string[] = [];
          for (let kill = 0; kill < kills; kill += 2)
            promised.push(...(await saidBy(server.url, `worker-${lane}-${(kill % 3) >> 1}`)));
          return promised;
        }),
      );
      await checkAftermath(server.url, lanes.flat());
    });
  },
);

/** Gives the slots that were handled without an error. */
async function checkRoom(runtime: Runtime, room: string, promised: readonly string[]): Promise<number[]> {
  const id = `room/${room}`;
  const entries = await Array.fromAsync(runtime.processes.history(id));
  expect(entries.map(({ assignment }) => assignment.slot)).toEqual(upTo(entries.length));
  const kept = new Set(entries.map(({ assignment }) => `${id} ${assignment.slot} ${assignment.messageId}`));
  expect(promised.filter((line) => line.startsWith(`${id} `) && !kept.has(line))).toEqual([]);
  const handled = entries.filter(({ error }) => error === undefined);
  expect(entries.length - handled.length).toBe(
    entries.filter(({ message }) => JSON.stringify(message.input).endsWith('7"')).length,
  );
  // The output is how many were handled before: nothing was counted twice and nothing left out.
  expect(handled.map(({ output }) => output)).toEqual(upTo(handled.length));
  expect((await runtime.processes.state(id)).state).toMatchObject({ count: handled.length });
  expect(await runtime.processes.verify(id)).toEqual({ ok: true, slots: entries.length });
  expect(await runtime.processes.replay(id)).toEqual({ slots: entries.length });
  return handled.map(({ assignment }) => assignment.slot);
}

type Slots = Map<string, number[]>;

function note(slots: Slots, value: unknown): void {
  const { room, slot } = Object(value);
  slots.set(String(room), [...(slots.get(String(room)) ?? []), Number(slot)]);
}

async function slotsOfRuns(runtime: Runtime): Promise<Slots> {
  const slots: Slots = new Map();
  let after: string | undefined;
  do {
    const page = await runtime.runs.list({
      action: "note:down",
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const { params, state } of page.items) {
      expect(state).toBe("succeeded");
      note(slots, params);
    }
    after = page.next;
  } while (after !== undefined);
  return slots;
}

async function slotsOfEvents(runtime: Runtime): Promise<Slots> {
  const slots: Slots = new Map();
  let after = 0;
  for (;;) {
    const events = await runtime.journal.read({ kind: "room.said", after, limit: 1_000 });
    for (const { data } of events) note(slots, data);
    if (events.length < 1_000) return slots;
    after = events.at(-1)?.seq ?? after;
  }
}
