// Errors of SQLite in our words. Nothing above this folder knows its codes.
import { EscapementError } from "../base/errors.ts";

const busy = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED
const unwritable = new Set([8, 10, 13, 14]); // SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN
const refused = 19; // SQLITE_CONSTRAINT
const damaged = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB

export function translate(error: unknown): EscapementError {
  if (EscapementError.is(error)) return error;
  const code = primaryCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== undefined && busy.has(code)) {
    return new EscapementError(
      "storage.busy",
      `The database is locked by another process (${message}): try again, or stop the other process.`,
      { cause: error },
    );
  }
  if (code !== undefined && unwritable.has(code)) {
    return new EscapementError(
      "storage.unwritable",
      `The database cannot be written (${message}): check that the directory exists, is writable and has room.`,
      { cause: error },
    );
  }
  if (code === refused) {
    return new EscapementError(
      "table.refused",
      `The database refuses a row (${message}): change it, or what stands in its way.`,
      { cause: error },
    );
  }
  if (code !== undefined && damaged.has(code)) {
    return new EscapementError(
      "storage.broken",
      `The file is no intact SQLite database (${message}): restore it from a backup.`,
      { cause: error },
    );
  }
  return new EscapementError("storage.broken", `SQLite refused a statement: ${message}.`, { cause: error });
}

/** Whether the disk, or what this process may use of it, had no room left. */
export function isOutOfRoom(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 13 || code === 10; // SQLITE_FULL; some systems report only SQLITE_IOERR
}

/** The low byte of an extended result code. */
function primaryCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
