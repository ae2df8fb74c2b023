// A SQLite file of its own for each test, with the ways to its data that the conformance suite asks for.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { sqlite } from "../../src/sqlite/index.ts";
import type { StorageFixture } from "../../src/testing/index.ts";

// Every storage starts two threads, which compile the sources anew unless they may keep the result.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

export function sqliteFile(): StorageFixture {
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
