// Forward-only migrations: each has a number, a name and a checksum over its text. What was applied must still read
// the same, and a database from a newer Escapement is refused rather than guessed at.
import { EscapementError } from "../base/errors.ts";

export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

export interface AppliedMigration {
  readonly id: number;
  readonly checksum: string;
}

/** The migrations still to apply, in order. Throws `storage.newer-schema` and `storage.changed-migration`. */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
  checksum: (sql: string) => string,
): readonly Migration[] {
  const newest = known.at(-1)?.id ?? 0;
  const done = new Set<number>();
  for (const one of applied) {
    if (one.id > newest) {
      throw new EscapementError(
        "storage.newer-schema",
        `The database has schema ${one.id}, but this version of Escapement knows only up to ${newest}: use the newer version that wrote it.`,
        { details: { found: one.id, known: newest } },
      );
    }
    const migration = known.find((candidate) => candidate.id === one.id);
    if (migration === undefined || checksum(migration.sql) !== one.checksum) {
      throw new EscapementError(
        "storage.changed-migration",
        `Migration ${one.id} was applied to this database with another text than this version of Escapement has: use the version that applied it.`,
        { details: { id: one.id } },
      );
    }
    done.add(one.id);
  }
  return known.filter((migration) => !done.has(migration.id));
}
