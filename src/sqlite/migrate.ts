// Applies the migrations to a SQLite file, all of them or none, under its write lock.
import { createHash } from "node:crypto";
import { planMigrations, type Migration } from "../storage/migration.ts";
import type { Connection } from "./connection.ts";
import { integer, text } from "../storage/row.ts";
import { first } from "./migrations/0001-first.ts";
import { steps } from "./migrations/0002-steps.ts";
import { processes } from "./migrations/0010-processes.ts";
import { journal } from "./migrations/0020-journal.ts";
import { memory } from "./migrations/0030-memory.ts";
import { gate } from "./migrations/0040-gate.ts";
import { documents } from "./migrations/0050-documents.ts";
import { copy } from "./migrations/0090-copy.ts";

export const migrations: readonly Migration[] = [
  { id: 1, name: "first", sql: first },
  { id: 2, name: "steps", sql: steps },
  { id: 10, name: "processes", sql: processes },
  { id: 20, name: "journal", sql: journal },
  { id: 30, name: "memory", sql: memory },
  { id: 40, name: "gate", sql: gate },
  { id: 50, name: "documents", sql: documents },
  { id: 90, name: "copy", sql: copy },
];

/** The names of the migrations that were applied now. */
export function migrate(connection: Connection, known: readonly Migration[] = migrations): string[] {
  connection.exec("BEGIN IMMEDIATE");
  try {
    connection.exec(
      "CREATE TABLE IF NOT EXISTS migration (id INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)",
    );
    const applied = connection
      .all("SELECT id, checksum FROM migration ORDER BY id")
      .map((row) => ({ id: integer(row["id"]), checksum: text(row["checksum"]) }));
    const missing = planMigrations(known, applied, checksum);
    for (const migration of missing) {
      connection.exec(migration.sql);
      connection.run(
        "INSERT INTO migration (id, name, checksum) VALUES (?, ?, ?)",
        migration.id,
        migration.name,
        checksum(migration.sql),
      );
    }
    connection.exec("COMMIT");
    return missing.map((migration) => migration.name);
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

/** Comments and white space do not change what a migration does. */
function checksum(sql: string): string {
  const meaning = sql
    .replaceAll(/--[^\n]*/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return createHash("sha256").update(meaning).digest("hex");
}
