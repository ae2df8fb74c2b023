// Rows as a database gives them, read value by value. Both engines name their columns alike, so a row of one reads
// like a row of the other.
import { EscapementError } from "../base/errors.ts";

export type Row = Readonly<Record<string, unknown>>;

/** A text column that is never null. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw unexpected("text", value);
}

/** A number column that is never null. */
export function integer(value: unknown): number {
  if (typeof value === "number") return value;
  throw unexpected("a number", value);
}

/** A column of truth: 0 or 1 in SQLite, false or true in PostgreSQL. */
export function truth(value: unknown): boolean {
  return value === true || value === 1;
}

/** `{ [name]: value }`, or nothing at all for null: for optional properties. */
export function optional<Name extends string, Value extends string | number>(
  name: Name,
  value: unknown,
  read: (value: unknown) => Value,
): Partial<Record<Name, Value>> {
  if (value === null || value === undefined) return {};
  const found: Partial<Record<Name, Value>> = {};
  found[name] = read(value);
  return found;
}

function unexpected(wanted: string, value: unknown): EscapementError {
  return new EscapementError(
    "storage.broken",
    `The database holds ${String(value)} where ${wanted} belongs.`,
  );
}
