// The storage conformance on a real PostgreSQL: one server for the file, a fresh schema for every storage.
import { afterAll, test } from "vitest";
import { postgres } from "../../src/postgres/index.ts";
import { storageConformance, type StorageFixture } from "../../src/testing/index.ts";
import { postgresServer } from "../support/postgres-server.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());
let count = 0;

storageConformance({ test: test.concurrent, makeStorage, seeds: [21, 22] });

function makeStorage(): StorageFixture {
  count += 1;
  const schema = `storage_${count}`;
  return {
    storage: postgres(server.url, { schema }),
    reopen: () => postgres(server.url, { schema }),
    execute: async (sql) => void (await server.execute(`SET search_path = ${schema}; ${sql}`)),
    dispose: async () => void (await server.execute(`DROP SCHEMA ${schema} CASCADE`)),
  };
}
