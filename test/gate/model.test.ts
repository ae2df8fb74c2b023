// The gate against a model, on both engines: commands in any order, shrunk when an engine does what the model does not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { commands } from "./gate-commands.ts";
import { Desk, scopes, type Data } from "./gate-desk.ts";
import { GateModel } from "./gate-model.ts";

const start = 1_767_225_600_000;

/** At last everything is opened and restored, and nothing is left behind. */
async function letGo(desk: Desk): Promise<void> {
  const { model, storage } = desk;
  for (const where of scopes) {
    await storage.gate.set({ scope: where, mode: "realtime", actor: "user:0", now: model.now });
    await storage.control.restore({ scope: where, actor: "user:0", now: model.now });
    model.set(where, "realtime");
    model.killed.delete(where);
  }
  model.now += 1_000;
  expect(await desk.claim()).toEqual(model.claim());
  await desk.handle();
  model.handle();
  await desk.check();
  expect(model.processes.filter((process) => process.folded < process.ats.length)).toEqual([]);
  expect(model.runs.filter((run) => run.state === "waiting")).toEqual([]);
}

async function holdAgainstModel(dataOf: () => Data, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: 60, size: "max" }),
    async (chosen) => {
      const desk = new Desk(new GateModel(start), dataOf());
      await desk.open();
      try {
        await fc.asyncModelRun(() => ({ model: desk.model, real: desk }), chosen);
        await letGo(desk);
      } finally {
        await desk.end();
      }
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(numRuns * factor) });
}

const factor = Number(process.env["MODEL_RUNS"] ?? 25) / 25;

test(
  "[GAT-20] whatever happens at a gate in memory is what the model says",
  { timeout: 120_000 },
  async () => {
    const dataOf = (): Data => ({
      isInMemory: true,
      open: () => [sqlite(":memory:")],
      dispose: () => undefined,
    });
    await holdAgainstModel(dataOf, 100);
  },
);

test(
  "[GAT-20] whatever happens at a gate in a file is what the model says",
  { timeout: 120_000 },
  async () => {
    const dataOf = (): Data => {
      const directory = mkdtempSync(join(tmpdir(), "escapement-gate-"));
      return {
        open: () => [sqlite(join(directory, "gate.db"), { durability: "relaxed" })],
        dispose: () => rmSync(directory, { recursive: true }),
      };
    };
    await holdAgainstModel(dataOf, 2);
  },
);

let schemas = 0;
const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

test(
  "[GAT-20] whatever happens at a gate on several nodes of PostgreSQL is what the model says",
  { timeout: 180_000 },
  async () => {
    const dataOf = (): Data => {
      schemas += 1;
      const schema = `gate_${schemas}`;
      return {
        open: () => [1, 2].map(() => postgres(server.url, { schema })),
        dispose: async () => void (await server.execute(`DROP SCHEMA ${schema} CASCADE`)),
      };
    };
    await holdAgainstModel(dataOf, 8);
  },
);
