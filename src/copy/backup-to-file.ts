// A backup of any database: a SQLite file that holds all of one moment of it, written while work goes on.
import { rename, rm } from "node:fs/promises";
import { backupTarget } from "../sqlite/backup-target.ts";
import { sqlite } from "../sqlite/sqlite-storage.ts";
import type { Storage } from "../storage/storage.ts";
import { copyStorage, type CopyOptions } from "./copy-storage.ts";

/** Throws `storage.unwritable` when the file is there already. */
export async function backupToFile(
  storage: Storage,
  file: string,
  options: Pick<CopyOptions, "onProgress"> = {},
): Promise<void> {
  // A database that has a copy of its own way of being kept makes it quicker.
  if (storage.backup !== undefined) return storage.backup(file);
  const path = backupTarget(file);
  // Nothing has the name of a backup before it is one.
  const part = `${path}-part`;
  await forget(part);
  const target = sqlite(part);
  await target.open();
  try {
    await copyStorage(storage, target, { ...options, whileAtWork: true });
    await target.close();
    await rename(part, path);
  } finally {
    await target.close();
    await forget(part);
  }
}

async function forget(path: string): Promise<void> {
  for (const end of ["", "-wal", "-shm", "-lock", "-journal"]) await rm(`${path}${end}`, { force: true });
}
