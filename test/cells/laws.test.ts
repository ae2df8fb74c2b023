// The laws of cells on the memory of a runtime, on SQLite and on a real PostgreSQL.
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { cell } from "../../src/cells/cell.ts";
import { run } from "../../src/cells/step.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { cellLaws, testRuntime, type CellPlace } from "../../src/testing/index.ts";
import { postgresServer } from "../support/postgres-server.ts";

async function placeOn(storage: Storage): Promise<CellPlace> {
  const runtime = await createRuntime({ storage, work: false });
  return { memory: runtime.memory, [Symbol.asyncDispose]: () => runtime.stop() };
}

describe("SQLite", () => {
  cellLaws({ test, makePlace: () => placeOn(sqlite(":memory:")) });
});

describe("PostgreSQL", async () => {
  const server = await postgresServer();
  afterAll(() => server[Symbol.asyncDispose]());
  let schemas = 0;
  cellLaws({
    test: test.concurrent,
    seeds: ["postgres"],
    makePlace() {
      schemas += 1;
      return placeOn(postgres(server.url, { schema: `cells_${schemas}` }));
    },
  });
});

test("[CEL-8] in a transaction a cell is a part of it", async () => {
  await using runtime = await testRuntime();
  const options = { schema: z.object({ n: z.number() }), initial: { n: 0 } };
  const counter = cell({ memory: runtime.memory, name: "counter" }, options);
  const count = (by: number, { n }: { n: number }): { output: number; state: { n: number } } => ({
    output: n + by,
    state: { n: n + by },
  });
  const fault = new Error("fault");
  const work = runtime.transaction(async (tx) => {
    const inside = cell({ memory: tx.memory, name: "counter" }, options);
    expect(await run(inside, count)(5)).toBe(5);
    throw fault;
  });
  await expect(work).rejects.toBe(fault);
  expect(await counter.load()).toEqual({ value: { n: 0 }, version: null });
  expect(await run(counter, count)(2)).toBe(2);
});
