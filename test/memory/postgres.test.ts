// The laws of memory on a real PostgreSQL: one server for the file, a fresh schema for every law.
import { afterAll, test } from "vitest";
import { postgres } from "../../src/postgres/index.ts";
import { memoryLaws, type StorageFixture } from "../../src/testing/index.ts";
import { postgresServer } from "../support/postgres-server.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());
let count = 0;

memoryLaws({ test: test.concurrent, makeStorage, seeds: [21, 22] });

function makeStorage(): StorageFixture {
  count += 1;
  const schema = `memory_${count}`;
  return {
    storage: postgres(server.url, { schema }),
    reopen: () => postgres(server.url, { schema }),
    dispose: async () => void (await server.execute(`DROP SCHEMA ${schema} CASCADE`)),
  };
}
