// The laws of stores on SQLite in memory, on SQLite in a file, and on a real PostgreSQL with a storage for each node.
import { afterAll, describe, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { storeLaws, type StoreNodes } from "../../src/testing/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { storageOver } from "../support/storage-over.ts";

async function nodesOver(
  storages: readonly Storage[],
  dispose: () => void | Promise<void>,
): Promise<StoreNodes> {
  const runtimes: Runtime[] = [];
  for (const [number, storage] of storages.entries())
    runtimes.push(await createRuntime({ storage, node: `n${number}`, work: false }));
  return {
    runtimes,
    async [Symbol.asyncDispose]() {
      for (const runtime of runtimes) await runtime.stop();
      await dispose();
    },
  };
}

/** One storage for several runtimes: the last one out does not close for the others. */
async function sharing(
  storage: Storage,
  count: number,
  dispose: () => void | Promise<void>,
): Promise<StoreNodes> {
  await storage.open();
  const ways = { open: () => Promise.resolve(), close: () => Promise.resolve() };
  const storages = Array.from({ length: count }, () => storageOver(storage, ways));
  return nodesOver(storages, async () => {
    await storage.close();
    await dispose();
  });
}

describe("SQLite in memory", () => {
  storeLaws({ test, makeNodes: (count) => sharing(sqlite(":memory:"), count, () => undefined) });
});

describe("SQLite in a file", () => {
  storeLaws({
    test: test.concurrent,
    seeds: ["file"],
    makeNodes(count) {
      const { storage, dispose } = sqliteFile();
      return sharing(storage, count, () => dispose?.());
    },
  });
});

describe("PostgreSQL", async () => {
  const server = await postgresServer();
  afterAll(() => server[Symbol.asyncDispose]());
  let schemas = 0;
  storeLaws({
    test: test.concurrent,
    seeds: ["postgres", "four"],
    makeNodes(count) {
      schemas += 1;
      const schema = `stores_${schemas}`;
      const storages = Array.from({ length: count }, () => postgres(server.url, { schema }));
      return nodesOver(storages, async () => void (await server.execute(`DROP SCHEMA ${schema} CASCADE`)));
    },
  });
});
