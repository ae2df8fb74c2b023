// The storage conformance on SQLite in a file: writer thread, reader thread, and data that outlives its storage.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { sqlite } from "../../src/sqlite/index.ts";
import { storageConformance, type StorageFixture } from "../../src/testing/index.ts";

// Every storage starts two threads, which compile the sources anew unless they may keep the result.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

storageConformance({ test: test.concurrent, makeStorage: makeFile, seeds: [11, 12] });

function makeFile(): StorageFixture {
  const directory = mkdtempSync(join(tmpdir(), "escapement-"));
  const path = join(directory, "app.db");
  return {
    storage: sqlite(path),
    reopen: () => sqlite(path),
    execute(sql) {
      using database = new DatabaseSync(path);
      database.exec(sql);
    },
    dispose: () => rmSync(directory, { recursive: true }),
  };
}
