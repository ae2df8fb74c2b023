// Where a copy of a database is to go: a file that is not there yet, in a directory that is made for it.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EscapementError } from "../base/errors.ts";

/** The whole path. Throws `storage.unwritable` when something is there already. */
export function backupTarget(file: string): string {
  if (existsSync(file)) {
    throw new EscapementError(
      "storage.unwritable",
      `There is a file "${file}" already: a backup never writes over one.`,
    );
  }
  const path = resolve(file);
  makeDirectory(path);
  return path;
}

/** The directory in which a file is to be. Throws `storage.unwritable`. */
export function makeDirectory(path: string): void {
  try {
    makeAll(dirname(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EscapementError(
      "storage.unwritable",
      `The directory of "${path}" cannot be made (${why}): choose another place with --storage, or change its permissions.`,
      { cause: error },
    );
  }
}

/** One by one: with `recursive`, Node never comes back from a place like /proc, where nothing can be made. */
function makeAll(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  makeAll(dirname(directory));
  mkdirSync(directory);
}
