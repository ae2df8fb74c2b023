// Holds rows against the schema of their table, at once: a row is checked while its statement is made.
import { EscapementError, type Issue } from "../base/errors.ts";
import { validate } from "../base/validate.ts";
import { refusedRow, type AnyTable, type ColumnKind } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;

/** The row as the schema makes it, without the columns that the database fills. Throws `table.invalid`. */
export function checkRow(table: AnyTable, row: Row): Row {
  const checked = validateNow(table, { ...placeholdersOf(table), ...row });
  if ("value" in checked) {
    const value: Row = Object.fromEntries(Object.entries(Object(checked.value)));
    const kept = Object.entries(value).filter(([name]) => !table.generated.includes(name));
    return Object.fromEntries(kept);
  }
  const issues = checked.issues.filter((issue) => !table.generated.includes(columnOf(issue)));
  if (issues.length > 0) throw refusedRow(table, issues);
  return row;
}

/** The row as it is: what is said of columns that are not there is not heard. Throws `table.invalid`. */
export function checkSome(table: AnyTable, row: Row): Row {
  const checked = validateNow(table, row);
  const issues = "issues" in checked ? checked.issues : [];
  const heard = issues.filter((issue) => Object.hasOwn(row, columnOf(issue)));
  if (heard.length > 0) throw refusedRow(table, heard);
  return row;
}

function columnOf({ field }: Issue): string {
  return field.split(".")[0] ?? "";
}

function validateNow(
  table: AnyTable,
  row: Row,
): { readonly value: unknown } | { readonly issues: readonly Issue[] } {
  const checked = validate(table.schema, row);
  if (!(checked instanceof Promise)) return checked;
  checked.catch(() => undefined);
  throw new EscapementError(
    "table.invalid",
    `The schema of table "${table.name}" takes its time: a row is checked while its statement is made, so use a schema that answers at once.`,
  );
}

const known = new WeakMap<AnyTable, Row>();

/**
 * Something that the schema takes for each column that the database fills: a schema that asks for them gives its defaults
 * only when they are there. Where nothing fits, defaults are the database's affair.
 */
function placeholdersOf(table: AnyTable): Row {
  const found = known.get(table) ?? findPlaceholders(table);
  known.set(table, found);
  return found;
}

function findPlaceholders(table: AnyTable): Row {
  const row: Record<string, unknown> = {};
  for (const column of table.generated) {
    const fits = candidates(table.columns[column]).find((value) => {
      const checked = validateNow(table, { ...row, [column]: value });
      return !("issues" in checked) || !checked.issues.some((issue) => columnOf(issue) === column);
    });
    if (fits !== undefined) row[column] = fits;
  }
  return row;
}

function candidates(kind: ColumnKind | undefined): readonly unknown[] {
  switch (kind) {
    case "date":
      return [new Date(0)];
    case "bigint":
      return [0n, 1n];
    case "boolean":
      return [false, true];
    case "bytes":
      return [new Uint8Array()];
    case "json":
      return [{}, [], null];
    case undefined:
      return [0, 1, "", "x", "00000000-0000-4000-8000-000000000000"];
  }
}
