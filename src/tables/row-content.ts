// A row as the content of a record, and back: JSON in which every column is spelled by its kind, so that nothing is lost.
import { invalidInput, type Issue } from "../base/errors.ts";
import { canonicalJson, decodeJson, encodeJson, type Json } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import type { AnyTable, ColumnKind } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;
export type RowContent = Readonly<Record<string, Json>>;

/** Dates as ISO 8601 text, bigints as digits, bytes as base64, everything else as it is in JSON. */
export function contentOf(table: AnyTable, row: Row): RowContent {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, spell(value, table.columns[name])]));
}

function spell(value: unknown, kind: ColumnKind | undefined): Json {
  if (value === null) return null;
  if (kind === "date" && value instanceof Date) return value.toISOString();
  if (kind === "bigint" && typeof value === "bigint") return String(value);
  if (kind === "bytes" && value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return decodeJson(encodeJson(value));
}

/** The row that a content spells. Throws `table.invalid` with one issue per column that cannot be read. */
export function rowOf(table: AnyTable, content: unknown): Row {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    const issue = { field: "", message: `${quote(content)} is no object` };
    throw invalidInput("table.invalid", `Cannot read a row of table "${table.name}".`, [issue]);
  }
  const issues: Issue[] = [];
  const entries = Object.entries(content).map(([name, spelled]: [string, unknown]): [string, unknown] => {
    const kind = table.columns[name];
    const value = read(spelled, kind);
    if (value === undefined && spelled !== undefined)
      issues.push({ field: name, message: `${quote(spelled)} is no ${kind ?? "value"}` });
    return [name, value];
  });
  if (issues.length > 0)
    throw invalidInput("table.invalid", `Cannot read a row of table "${table.name}".`, issues);
  return Object.fromEntries(entries);
}

function read(spelled: unknown, kind: ColumnKind | undefined): unknown {
  if (spelled === null) return null;
  if (kind === undefined || kind === "json" || kind === "boolean") return spelled;
  if (typeof spelled !== "string") return undefined;
  if (kind === "bigint") return /^-?\d+$/.test(spelled) ? BigInt(spelled) : undefined;
  if (kind === "bytes") return bytesIn(spelled);
  const date = new Date(spelled);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Node reads whatever it can; only what is spelled as it would be spelled again is meant. */
function bytesIn(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}

/** Whether two rows have the same content. */
export function isSameRow(table: AnyTable, one: Row, other: Row): boolean {
  return canonicalJson(contentOf(table, one)) === canonicalJson(contentOf(table, other));
}
