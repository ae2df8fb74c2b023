// Tables of the application's own, in the database of the runtime: Kysely on the same connection and transaction.
import { Kysely } from "kysely";
import { storageDialect, type SqlTarget } from "./storage-dialect.ts";
import type { AnyTable, DatabaseOf } from "./table.ts";
import { TablePlugin } from "./table-plugin.ts";

/** No table is known until it is named with `of`. */
type NoTables = Readonly<Record<never, never>>;

export class Tables extends Kysely<NoTables> {
  constructor(target: SqlTarget) {
    super({ dialect: storageDialect(target) });
  }

  /** Kysely that knows these tables: its types, and the checks of every row that is written through it. */
  of<const Defined extends readonly AnyTable[]>(...tables: Defined): Kysely<DatabaseOf<Defined>> {
    return this.withPlugin(new TablePlugin(tables)).withTables<DatabaseOf<Defined>>();
  }
}
