// The description of a table: one schema, from which the types of rows and the checks of what is written both follow.
import { invalidInput, type EscapementError, type Issue } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import type { ColumnType } from "kysely";

/** How a column is kept whose values SQL has no one type for: see column-codec.ts. */
export type ColumnKind = "boolean" | "date" | "bigint" | "bytes" | "json";

export type RowOf<Table extends AnyTable> = NonNullable<Table["schema"]["~standard"]["types"]>["output"];
export type GivenOf<Table extends AnyTable> = NonNullable<Table["schema"]["~standard"]["types"]>["input"];

type Plain = string | number | null | undefined;
type KindOf<Value> = [NonNullable<Value>] extends [boolean]
  ? "boolean"
  : [NonNullable<Value>] extends [Date]
    ? "date"
    : [NonNullable<Value>] extends [bigint]
      ? "bigint"
      : [NonNullable<Value>] extends [Uint8Array]
        ? "bytes"
        : "json";

/** The columns that need to say how they are kept: all but texts and numbers. */
type KindsOf<Row> = {
  readonly [Name in keyof Row as [Row[Name]] extends [Plain] ? never : Name]-?: KindOf<Row[Name]>;
};

export interface TableDescription<Schema extends StandardSchema, Key, Generated> {
  readonly schema: Schema;
  /** The column of the primary key. */
  readonly key: Key;
  /** Columns that the database fills: read, never written. */
  readonly generated?: readonly Generated[];
  /** The column that holds the key of the row from which this one follows. */
  readonly parent?: string;
  /** A generated column that counts the changes of its row; kept by `recordsOf(table).put`. */
  readonly version?: Generated;
}

export interface Table<Name extends string, Schema extends StandardSchema, Key, Generated> {
  readonly name: Name;
  readonly schema: Schema;
  readonly key: Key;
  readonly generated: readonly Generated[];
  readonly parent?: string;
  readonly version?: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
}

export type AnyTable = Table<string, StandardSchema, string, string>;

type Fields<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];
type FieldName<Schema extends StandardSchema> = keyof Fields<Schema> & string;
type WithKinds<Kinds> = [keyof Kinds] extends [never]
  ? { readonly columns?: Kinds }
  : { readonly columns: Kinds };

/** The columns of a table as Kysely wants to know them. */
type ColumnsOf<Table extends AnyTable> = {
  [Name in keyof RowOf<Table>]: Name extends Table["generated"][number]
    ? ColumnType<RowOf<Table>[Name], never, never>
    : ColumnType<
        RowOf<Table>[Name],
        Name extends keyof GivenOf<Table> ? GivenOf<Table>[Name] : never,
        Name extends keyof GivenOf<Table> ? GivenOf<Table>[Name] : never
      >;
};

export type DatabaseOf<Tables extends readonly AnyTable[]> = {
  [One in Tables[number] as One["name"]]: ColumnsOf<One>;
};

const namePattern = /^[a-z][a-z0-9_]{0,62}$/i;
const kinds: readonly unknown[] = ["boolean", "date", "bigint", "bytes", "json"];

/** Throws `table.invalid` with one issue per fault. */
export function defineTable<
  const Name extends string,
  Schema extends StandardSchema,
  const Key extends FieldName<Schema>,
  const Generated extends FieldName<Schema> = never,
>(
  name: Name,
  description: TableDescription<Schema, Key, Generated> & WithKinds<KindsOf<Fields<Schema>>>,
): Table<Name, Schema, Key, Generated> {
  const { schema, key, generated = [], parent, version } = description;
  const columns: Record<string, ColumnKind> = Object.fromEntries(Object.entries(description.columns ?? {}));
  const issues: Issue[] = [];
  const fault = (field: string, message: string): void => void issues.push({ field, message });
  if (typeof name !== "string" || !namePattern.test(name))
    fault("name", `is ${quote(name)}; write up to 63 letters, digits and underscores`);
  if (typeof schema?.["~standard"]?.validate !== "function")
    fault("schema", "must be a Standard Schema, like an object of Zod");
  if (typeof key !== "string" || key === "") fault("key", `is ${quote(key)}; name a column`);
  for (const [column, kind] of Object.entries(columns))
    if (!kinds.includes(kind))
      fault(`columns.${column}`, `is ${quote(kind)}; write one of ${kinds.join(", ")}`);
  if (issues.length > 0) throw invalidInput("table.invalid", `Cannot define table ${quote(name)}.`, issues);
  return {
    name,
    schema,
    key,
    generated,
    columns,
    ...(parent === undefined ? {} : { parent }),
    ...(version === undefined ? {} : { version }),
  };
}

/** What a table says of a row that it refuses. */
export function refusedRow(table: AnyTable, issues: readonly Issue[]): EscapementError {
  return invalidInput("table.invalid", `The schema of table "${table.name}" refuses the row.`, issues);
}
