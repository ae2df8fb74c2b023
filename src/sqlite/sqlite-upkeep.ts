// Looking after a SQLite file from beside: without its lock and without changing it, so that a server may be at work on it.
import { statSync } from "node:fs";
import { systemClock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Upkeep } from "../storage/inspection.ts";
import { backupTarget } from "./backup-target.ts";
import { Connection } from "./connection.ts";
import { inspect } from "./inspect.ts";
import { translate } from "./sqlite-error.ts";

export function sqliteUpkeep(path: string): Upkeep {
  return {
    inspect: async () => beside(path, (connection) => inspect(connection, systemClock.now())),
    async backup(file) {
      beside(path, (connection) => connection.run("VACUUM INTO ?", backupTarget(file)));
    },
  };
}

function beside<Result>(path: string, work: (connection: Connection) => Result): Result {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new EscapementError(
      "storage.unwritable",
      `There is no database "${path}": name another with --storage.`,
    );
  let connection: Connection | undefined;
  try {
    connection = new Connection(path, { readOnly: true, durability: "full" });
    return work(connection);
  } catch (error) {
    throw translate(error);
  } finally {
    connection?.close();
  }
}
