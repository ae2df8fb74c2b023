// Tables of the application's own, in the database of the runtime: Kysely on the same connection and transaction.
import { Kysely } from "kysely";
import { storageDialect, type SqlTarget } from "./storage-dialect.ts";
import type { AnyTable, DatabaseOf } from "./table.ts";
import { TablePlugin } from "./table-plugin.ts";
import { RowRecords, type TableRecords } from "./table-records.ts";

/** No table is known until it is named with `of`. */
type NoTables = Readonly<Record<never, never>>;
type AnyRows = Record<string, Record<string, unknown>>;

export class Tables extends Kysely<NoTables> {
  readonly #target: SqlTarget;

  constructor(target: SqlTarget) {
    super({ dialect: storageDialect(target) });
    this.#target = target;
  }

  /** Kysely that knows these tables: its types, and the checks of every row that is written through it. */
  of<const Defined extends readonly AnyTable[]>(...tables: Defined): Kysely<DatabaseOf<Defined>> {
    return this.withPlugin(new TablePlugin(tables)).withTables<DatabaseOf<Defined>>();
  }

  /** The rows of a table as records, and records as its rows; inside a transaction, as that sees them. */
  recordsOf<Table extends AnyTable>(table: Table): TableRecords<Table> {
    const db = this.withPlugin(new TablePlugin([table])).withTables<AnyRows>();
    const isInside = "inside" in this.#target;
    return new RowRecords({
      table,
      db,
      inTransaction: (work) => (isInside ? work(db) : db.transaction().execute(work)),
      locks: this.#target.dialect === "postgres",
    });
  }
}
