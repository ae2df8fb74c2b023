// Brings a schema of PostgreSQL up to date, all of it or nothing, while no other node does the same.
import { createHash } from "node:crypto";
import { EscapementError } from "../base/errors.ts";
import { planMigrations, type Migration } from "../storage/migration.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { tables } from "./migrations/0001-tables.ts";
import { functions } from "./migrations/0002-functions.ts";
import { steps } from "./migrations/0003-steps.ts";
import { processes } from "./migrations/0010-processes.ts";
import { journal } from "./migrations/0020-journal.ts";
import { memory } from "./migrations/0030-memory.ts";
import { gate } from "./migrations/0040-gate.ts";
import { documents } from "./migrations/0050-documents.ts";
import { copy } from "./migrations/0090-copy.ts";

export const migrations: readonly Migration[] = [
  { id: 1, name: "tables", sql: tables },
  { id: 2, name: "functions", sql: functions },
  { id: 3, name: "steps", sql: steps },
  { id: 10, name: "processes", sql: processes },
  { id: 20, name: "journal", sql: journal },
  { id: 30, name: "memory", sql: memory },
  { id: 40, name: "gate", sql: gate },
  { id: 50, name: "documents", sql: documents },
  { id: 90, name: "copy", sql: copy },
];

const oldestServer = 15;
const lock = "SELECT pg_advisory_xact_lock(hashtextextended('escapement.migration', 0))";
const exists = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
const book =
  "CREATE TABLE IF NOT EXISTS escapement.migration (id integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL)";
const applied = "SELECT id, checksum FROM escapement.migration ORDER BY id";
const note = "INSERT INTO escapement.migration (id, name, checksum) VALUES ($1, $2, $3)";

/** The names of the migrations that were applied now. Throws `storage.newer-schema` and `storage.changed-migration`. */
export async function migrate(
  connection: Connection,
  schema: string,
  known: readonly Migration[] = migrations,
): Promise<string[]> {
  await refuseOldServer(connection);
  await connection.exec("BEGIN");
  try {
    await connection.get(lock);
    // Asked first, because a user who may not make schemas may still work in one that is there.
    if ((await connection.get(exists, schema)) === undefined)
      await connection.exec(`CREATE SCHEMA "${schema}"`);
    await connection.exec(book);
    const rows = await connection.all(applied);
    const done = rows.map((row) => ({ id: integer(row["id"]), checksum: text(row["checksum"]) }));
    const missing = planMigrations(known, done, checksum);
    for (const migration of missing) {
      await connection.exec(migration.sql);
      await connection.run(note, migration.id, migration.name, checksum(migration.sql));
    }
    await connection.exec("COMMIT");
    return missing.map((migration) => migration.name);
  } catch (error) {
    await connection.exec("ROLLBACK");
    throw error;
  }
}

async function refuseOldServer(connection: Connection): Promise<void> {
  const row = await connection.get("SELECT current_setting('server_version_num')::integer AS version");
  const version = Math.floor(integer(row?.["version"]) / 10_000);
  if (version >= oldestServer) return;
  throw new EscapementError(
    "storage.broken",
    `The server is PostgreSQL ${version}: Escapement needs ${oldestServer} or newer.`,
    { details: { version } },
  );
}

/** Over the text as it is written here, so that the name of the schema does not matter; nor does white space. */
function checksum(sql: string): string {
  const meaning = sql
    .replaceAll(/--[^\n]*/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return createHash("sha256").update(meaning).digest("hex");
}
