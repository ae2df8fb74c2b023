// Values of columns between JavaScript and SQL, the same on both engines. What a statement is given needs no description;
// what comes back is read by the kind of its column.
//   date    ISO 8601 text in UTC (`text`), or a timestamptz of PostgreSQL
//   boolean 0 or 1 in SQLite (`integer`), a boolean in PostgreSQL
//   bigint  a 64-bit integer (`integer`, `bigint`)
//   bytes   `blob`, `bytea`
//   json    JSON text (`text`)
import { EscapementError } from "../base/errors.ts";
import { encodeJson } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import type { SqlValue } from "../storage/storage.ts";
import type { ColumnKind } from "./table.ts";

/** A parameter as the database takes it. Throws `table.invalid`. */
export function toSql(value: unknown): SqlValue {
  switch (typeof value) {
    case "string":
    case "bigint":
    case "boolean":
      return value;
    case "undefined":
      return null;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object":
      if (value === null || value instanceof Uint8Array) return value;
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
      if (!(value instanceof Date)) return encodeJson(value);
      break;
    case "function":
    case "symbol":
      break;
  }
  throw new EscapementError(
    "table.invalid",
    `Cannot hand ${quote(value)} to the database: SQL has no such value.`,
  );
}

/** A column of JSON is text even where its value is a text, a number or null of its own. */
export function toColumn(value: unknown, kind: ColumnKind | undefined): unknown {
  if (kind !== "json" || value === undefined || value === null) return value;
  return encodeJson(value);
}

export function fromColumn(value: unknown, kind: ColumnKind | undefined): unknown {
  if (value === null || value === undefined || kind === undefined) return value;
  switch (kind) {
    case "date":
      return typeof value === "string" || typeof value === "number" ? new Date(value) : value;
    case "boolean":
      return value === true || value === 1;
    case "bigint":
      return typeof value === "string" || typeof value === "number" ? BigInt(value) : value;
    case "bytes":
      return value instanceof Uint8Array ? new Uint8Array(value) : value;
    case "json": {
      const read: unknown = typeof value === "string" ? JSON.parse(value) : value;
      return read;
    }
  }
}
