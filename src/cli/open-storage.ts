// The storage that an address names. PostgreSQL is loaded only when it is asked for: its driver is an optional package.
import { EscapementError } from "../base/errors.ts";
import { sqlite } from "../sqlite/sqlite-storage.ts";
import type { Storage } from "../storage/storage.ts";

export const defaultStorage = "sqlite:./data/escapement.db";

/** Not opened yet. Throws `cli.invalid` for an address that it cannot read. */
export async function storageOf(address: string): Promise<Storage> {
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(address) ?? [];
  if (scheme === "sqlite" && rest !== "") return sqlite(rest);
  if (scheme === "postgres" || scheme === "postgresql") return (await loadPostgres())(address);
  const shown = JSON.stringify(address);
  throw new EscapementError(
    "cli.invalid",
    `Cannot open --storage ${shown}: write sqlite:PATH, like ${defaultStorage}, or postgres://USER@HOST/DATABASE.`,
  );
}

async function loadPostgres(): Promise<(address: string) => Storage> {
  try {
    return (await import("../postgres/postgres-storage.ts")).postgres;
  } catch (error) {
    throw new EscapementError("cli.invalid", 'PostgreSQL needs the package "pg": run npm install pg.', {
      cause: error,
    });
  }
}
