// The bridge: rows of a table read as records, records put as rows. Where a record comes from is set here and never by a
// caller, and nothing pretends to be a memory: a row is changed in place.
import type { Kysely } from "kysely";
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import { checkRow } from "./check-row.ts";
import { contentOf, isSameRow, rowOf, type RowContent } from "./row-content.ts";
import type { AnyTable, RowOf } from "./table.ts";

export interface TableRecord {
  readonly id: string;
  /** The row as JSON, see row-content.ts. */
  readonly content: RowContent;
  readonly contentType: "application/json";
  readonly parents: readonly string[];
  readonly source: {
    readonly kind: "table";
    readonly table: string;
    readonly key: string;
    /** Where the table has a column that counts its changes. */
    readonly version?: number;
  };
}

export interface TableLineage {
  /** Each parent before what follows from it; the record that was asked for is the last. */
  readonly records: readonly TableRecord[];
  /** Parents that are named but not there. */
  readonly missing: readonly string[];
}

export interface ListRecordsOptions {
  /** The id of the last record of the page before. */
  readonly after?: string;
  /** Default 100. */
  readonly limit?: number;
}

export interface TableRecords<Table extends AnyTable> {
  get(id: string): Promise<TableRecord | undefined>;
  has(id: string): Promise<boolean>;
  count(): Promise<number>;
  /** In the order of the keys. */
  list(
    options?: ListRecordsOptions,
  ): Promise<{ readonly items: readonly TableRecord[]; readonly next?: string }>;
  /** Where the table has a `parent`; rows that follow from each other in a circle are found once. */
  lineage(id: string): Promise<TableLineage>;
  /**
   * Makes the row, or puts this one in its place; what is so already is no change. Throws `table.invalid` for a row that
   * the schema refuses or whose key is not the id, and `table.conflict` for another `expectedVersion` (0: no row yet).
   */
  put(
    record: { readonly id: string; readonly content: unknown },
    options?: { readonly expectedVersion?: number },
  ): Promise<TableRecord>;
  delete(id: string): Promise<boolean>;
  /** The row that a record of this table spells. */
  decode(record: { readonly content: unknown }): RowOf<Table>;
}

type Rows = Kysely<Record<string, Record<string, unknown>>>;
type Row = Readonly<Record<string, unknown>>;

/** `inTransaction` does its work in one, or in the one that is open. */
export interface RecordsParts<Table extends AnyTable> {
  readonly table: Table;
  readonly db: Rows;
  readonly inTransaction: <Result>(work: (db: Rows) => Promise<Result>) => Promise<Result>;
  /** Locks the rows that it reads, where the database has such locks. */
  readonly locks: boolean;
}

const largestLimit = 1_000;

export class RowRecords<Table extends AnyTable> implements TableRecords<Table> {
  readonly #parts: RecordsParts<Table>;

  constructor(parts: RecordsParts<Table>) {
    this.#parts = parts;
  }

  async get(id: string): Promise<TableRecord | undefined> {
    const row = await this.#row(this.#parts.db, id);
    return row && this.#record(row);
  }

  async has(id: string): Promise<boolean> {
    return (await this.#row(this.#parts.db, id)) !== undefined;
  }

  async count(): Promise<number> {
    const { db, table } = this.#parts;
    const counted = db.selectFrom(table.name).select(({ fn }) => fn.countAll().as("n"));
    return Number((await counted.executeTakeFirstOrThrow()).n);
  }

  async list({ after, limit = 100 }: ListRecordsOptions = {}): Promise<{
    readonly items: readonly TableRecord[];
    readonly next?: string;
  }> {
    if (!Number.isInteger(limit) || limit < 0 || limit > largestLimit) {
      throw new EscapementError(
        "table.invalid",
        `Cannot list ${quote(limit)} records: ask for 0 to ${largestLimit} and page with "after".`,
      );
    }
    const { db, table } = this.#parts;
    const all = db
      .selectFrom(table.name)
      .selectAll()
      .orderBy(table.key)
      .limit(limit + 1);
    const rows = await (after === undefined ? all : all.where(table.key, ">", after)).execute();
    const items = rows.slice(0, limit).map((row) => this.#record(row));
    const last = items.at(-1);
    return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
  }

  async lineage(id: string): Promise<TableLineage> {
    const { table, db } = this.#parts;
    const found: TableRecord[] = [];
    const missing: string[] = [];
    const seen = new Set<string>();
    let next: string | undefined = id;
    while (next !== undefined && !seen.has(next)) {
      seen.add(next);
      const row = await this.#row(db, next);
      const record = row && this.#record(row);
      if (record === undefined && next !== id) missing.push(next);
      if (record !== undefined) found.push(record);
      next = table.parent === undefined ? undefined : record?.parents[0];
    }
    return { records: found.toReversed(), missing };
  }

  put(
    { id, content }: { readonly id: string; readonly content: unknown },
    { expectedVersion }: { readonly expectedVersion?: number } = {},
  ): Promise<TableRecord> {
    const { table, inTransaction } = this.#parts;
    return inTransaction(async (db) => {
      const row = this.#rowToPut(id, content);
      // Whoever makes the row meanwhile has made it before this one.
      for (;;) {
        const before = await this.#row(db, id, this.#parts.locks);
        this.#checkVersion(before, id, expectedVersion);
        if (before === undefined) {
          const made = await db
            .insertInto(table.name)
            .values({ ...row, ...this.#nextVersion(before) })
            .onConflict((conflict) => conflict.column(table.key).doNothing())
            .executeTakeFirst();
          if (made.numInsertedOrUpdatedRows === 0n) continue;
        } else if (!isSameRow(table, this.#written(before), { ...this.#written(before), ...row })) {
          const change = { ...row, ...this.#nextVersion(before) };
          await db.updateTable(table.name).set(change).where(table.key, "=", before[table.key]).execute();
        }
        const after = await this.#row(db, id);
        if (after === undefined)
          throw new EscapementError("invariant.broken", "A row that was put is not there.");
        return this.#record(after);
      }
    });
  }

  async delete(id: string): Promise<boolean> {
    const { table } = this.#parts;
    return this.#parts.inTransaction(async (db) => {
      const gone = await db.deleteFrom(table.name).where(table.key, "=", id).executeTakeFirst();
      return gone.numDeletedRows > 0n;
    });
  }

  decode({ content }: { readonly content: unknown }): RowOf<Table> {
    return rowOf(this.#parts.table, content);
  }

  #rowToPut(id: string, content: unknown): Row {
    const { table } = this.#parts;
    const spelled = rowOf(table, content);
    const key = spelled[table.key] ?? id;
    if (keyText(key) !== id) {
      throw new EscapementError(
        "table.invalid",
        `Cannot put record ${quote(id)} into table "${table.name}": its content has the key ${quote(key)}. Put it under its own key.`,
      );
    }
    const own = Object.entries({ ...spelled, [table.key]: key });
    return checkRow(table, Object.fromEntries(own.filter(([name]) => !table.generated.includes(name))));
  }

  /** What callers write, so what can be the same. */
  #written(row: Row): Row {
    return Object.fromEntries(
      Object.entries(row).filter(([name]) => !this.#parts.table.generated.includes(name)),
    );
  }

  #nextVersion(before: Row | undefined): Row {
    const { version } = this.#parts.table;
    return version === undefined ? {} : { [version]: Number(before?.[version] ?? 0) + 1 };
  }

  #checkVersion(before: Row | undefined, id: string, expected: number | undefined): void {
    if (expected === undefined) return;
    const { name, version } = this.#parts.table;
    const found = before === undefined ? 0 : Number(version === undefined ? Number.NaN : before[version]);
    if (found === expected) return;
    throw new EscapementError(
      "table.conflict",
      `Cannot put record ${quote(id)} into table "${name}": it has version ${found}, not ${expected}. Read it again and decide anew.`,
      { details: { id, version: found } },
    );
  }

  async #row(db: Rows, id: string, isToChange: boolean = false): Promise<Row | undefined> {
    const { table } = this.#parts;
    const asked = db.selectFrom(table.name).selectAll().where(table.key, "=", id);
    return (isToChange ? asked.forUpdate() : asked).executeTakeFirst();
  }

  #record(row: Row): TableRecord {
    const { name: table, key, parent, version } = this.#parts.table;
    const id = keyText(row[key]);
    const from = parent === undefined ? null : row[parent];
    return {
      id,
      content: contentOf(this.#parts.table, row),
      contentType: "application/json",
      parents: from === null || from === undefined ? [] : [keyText(from)],
      source: {
        kind: "table",
        table,
        key: id,
        ...(version === undefined ? {} : { version: Number(row[version]) }),
      },
    };
  }
}

/** A key is a text or a number; whatever else somebody gives is none. */
function keyText(key: unknown): string {
  return typeof key === "string" ? key : quote(key);
}
