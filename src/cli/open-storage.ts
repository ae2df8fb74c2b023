// The storage that an address names. PostgreSQL is loaded only when it is asked for: its driver is an optional package.
import { EscapementError } from "../base/errors.ts";
import { backupToFile } from "../copy/backup-to-file.ts";
import { sqlite } from "../sqlite/sqlite-storage.ts";
import { sqliteUpkeep } from "../sqlite/sqlite-upkeep.ts";
import type { Finding, Upkeep } from "../storage/inspection.ts";
import type { Storage } from "../storage/storage.ts";

export const defaultStorage = "sqlite:./data/escapement.db";

/** What names the storage of a command that works on the data itself, without a server. */
export const storageOption = {
  storage: {
    type: "string",
    value: "ADDRESS",
    help: "where the data lives; default sqlite:./data/escapement.db",
  },
} as const;

/** Not opened yet. Throws `cli.invalid` for an address that it cannot read. */
export async function storageOf(address: string, option: string = "--storage"): Promise<Storage> {
  const place = readAddress(address, option);
  if (place.path !== undefined) return sqlite(place.path);
  return (await loadPostgres(() => import("../postgres/postgres-storage.ts"))).postgres(address);
}

/** What can be done beside a server that is at work on the data, and without any. */
export async function upkeepOf(address: string): Promise<Upkeep> {
  const { path } = readAddress(address, "--storage");
  if (path !== undefined) return sqliteUpkeep(path);
  const { inspectPostgres } = await loadPostgres(() => import("../postgres/postgres-upkeep.ts"));
  const inspect = (): Promise<readonly Finding[]> => inspectPostgres(address);
  return { inspect, backup: async (file) => backupShared(await storageOf(address), file, await inspect()) };
}

/** Opening would bring the tables up to date under nodes that are at work on them: that is for a node to do. */
async function backupShared(storage: Storage, file: string, findings: readonly Finding[]): Promise<void> {
  const schema = findings.find(({ what }) => what === "schema");
  if (schema?.ok === false)
    throw new EscapementError("storage.unwell", `Cannot back up: ${schema.detail}; ${schema.advice}.`);
  await storage.open();
  try {
    await backupToFile(storage, file);
  } finally {
    await storage.close();
  }
}

/** A path for SQLite, nothing for PostgreSQL. */
function readAddress(address: string, option: string): { readonly path?: string } {
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(address) ?? [];
  if (scheme === "sqlite" && rest !== "") return { path: rest };
  if (scheme === "postgres" || scheme === "postgresql") return {};
  throw new EscapementError(
    "cli.invalid",
    `Cannot open ${option} ${JSON.stringify(address)}: write sqlite:PATH, like ${defaultStorage}, or postgres://USER@HOST/DATABASE.`,
  );
}

async function loadPostgres<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new EscapementError("cli.invalid", 'PostgreSQL needs the package "pg": run npm install pg.', {
      cause: error,
    });
  }
}
