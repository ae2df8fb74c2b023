// One server per file. The lock is a lock of the operating system on a file beside the database, held through SQLite:
// it ends with the process, also with kill -9, so nobody ever has to remove it by hand.
import { DatabaseSync } from "node:sqlite";
import { EscapementError } from "../base/errors.ts";
import { translate } from "./sqlite-error.ts";

export class FileLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Throws `storage.in-use` when another process has it. */
  static take(path: string): FileLock {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(`${path}-lock`, { timeout: 0 });
      db.exec("BEGIN EXCLUSIVE");
      return new FileLock(db);
    } catch (error) {
      db?.close();
      const translated = translate(error);
      if (translated.code !== "storage.busy") throw translated;
      throw new EscapementError(
        "storage.in-use",
        `Another Escapement is running on "${path}": stop it, or give this one a file of its own.`,
        {
          details: { path },
        },
      );
    }
  }

  release(): void {
    this.#db.close();
  }
}
