// Runtimes over real storage for the tests of processes: as many nodes as a test wants, on each engine that can have them.
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { PostgresServer } from "../support/postgres-server.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

export interface Place extends AsyncDisposable {
  /** A runtime on the data of this place, set up and started. On SQLite the one before must have been stopped. */
  node(setup: (runtime: Runtime) => void, name?: string): Promise<Runtime>;
}

function placeOver(open: () => Storage, dispose: () => Promise<void> | void): Place {
  const nodes: Runtime[] = [];
  return {
    async node(setup, name = `node-${nodes.length}`) {
      const runtime = await createRuntime({ storage: open(), node: name });
      nodes.push(runtime);
      setup(runtime);
      await runtime.start();
      return runtime;
    },
    async [Symbol.asyncDispose]() {
      for (const runtime of nodes) await runtime.stop({ drain: 0 });
      await dispose();
    },
  };
}

export function memoryPlace(): Place {
  return placeOver(
    () => sqlite(":memory:"),
    () => undefined,
  );
}

export function filePlace(): Place {
  const { storage, reopen, dispose } = sqliteFile();
  let isFirst = true;
  const open = (): Storage => {
    if (!isFirst && reopen !== undefined) return reopen();
    isFirst = false;
    return storage;
  };
  return placeOver(open, async () => dispose?.());
}

let schemas = 0;

export function postgresPlace(server: PostgresServer): Place {
  const schema = `processes_${++schemas}`;
  return placeOver(
    () => postgres(server.url, { schema }),
    async () => {
      await server.execute(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },
  );
}
