// Kysely over a storage: the same connection, the same transactions, both engines. Selects go where reads go; whatever
// else stands alone is a transaction of its own. Drivers are dumb: what fails is told as the storage tells it.
import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from "kysely";
import { EscapementError } from "../base/errors.ts";
import type { SqlResult, SqlRow, Storage, Transaction } from "../storage/storage.ts";
import { toSql } from "./column-codec.ts";

/** What Kysely works on: the whole storage, or a transaction that is open already. */
export type SqlTarget = Pick<Storage, "dialect" | "query" | "transaction"> | SqlInside;

export interface SqlInside {
  readonly dialect: Storage["dialect"];
  readonly inside: Pick<Transaction, "execute">;
}

/** A migration may take its time; others wait for it. */
const timeoutMs = 60_000;

export function storageDialect(target: SqlTarget): Dialect {
  const createDriver = (): Driver => new StorageDriver(target);
  return target.dialect === "sqlite"
    ? {
        createDriver,
        createAdapter: () => new SqliteAdapter(),
        createQueryCompiler: () => new SqliteQueryCompiler(),
        createIntrospector: (db) => new SqliteIntrospector(db),
      }
    : {
        createDriver,
        createAdapter: () => new PostgresAdapter(),
        createQueryCompiler: () => new PostgresQueryCompiler(),
        createIntrospector: (db) => new PostgresIntrospector(db),
      };
}

class StorageDriver implements Driver {
  readonly #target: SqlTarget;
  readonly #open = new WeakMap<DatabaseConnection, OpenTransaction>();

  constructor(target: SqlTarget) {
    this.#target = target;
  }

  async init(): Promise<void> {
    // The storage is open already.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const connection: DatabaseConnection = {
      executeQuery: <Row>(query: CompiledQuery) => this.#execute<Row>(connection, query),
      streamQuery() {
        throw new EscapementError(
          "table.invalid",
          "Rows cannot be streamed: page with limit and a where on the key.",
        );
      },
    };
    return Promise.resolve(connection);
  }

  async #execute<Row>(connection: DatabaseConnection, compiled: CompiledQuery): Promise<QueryResult<Row>> {
    const { sql: text, query } = compiled;
    const values = compiled.parameters.map(toSql);
    const inside = "inside" in this.#target ? this.#target.inside : this.#open.get(connection)?.inside;
    if (inside !== undefined) return resultOf(await inside.execute(text, values));
    if (!("query" in this.#target)) throw new EscapementError("invariant.broken", "There is nothing to ask.");
    if (query.kind === "SelectQueryNode") return { rows: rowsOf(await this.#target.query(text, values)) };
    return resultOf(await this.#target.transaction((own) => own.execute(text, values), { timeoutMs }));
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    if ("inside" in this.#target) {
      throw new EscapementError(
        "table.invalid",
        "Cannot begin a transaction inside another: what is done through this one is committed with it.",
      );
    }
    this.#open.set(connection, await OpenTransaction.begin(this.#target));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#end(connection, true);
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#end(connection, false);
  }

  async #end(connection: DatabaseConnection, isGood: boolean): Promise<void> {
    const open = this.#open.get(connection);
    this.#open.delete(connection);
    await open?.end(isGood);
  }

  async releaseConnection(): Promise<void> {
    // It was never more than a name.
  }

  async destroy(): Promise<void> {
    // The storage is somebody else's.
  }
}

/** A transaction of the storage whose end is told from outside, as Kysely wants it. */
class OpenTransaction {
  readonly inside: Pick<Transaction, "execute">;
  readonly #finish: (isGood: boolean) => void;
  readonly #over: Promise<unknown>;

  private constructor(
    inside: Pick<Transaction, "execute">,
    finish: (isGood: boolean) => void,
    over: Promise<unknown>,
  ) {
    this.inside = inside;
    this.#finish = finish;
    this.#over = over;
  }

  static begin(storage: Pick<Storage, "transaction">): Promise<OpenTransaction> {
    return new Promise((resolve, reject) => {
      const over = storage.transaction(
        (inside) =>
          new Promise<void>((commit, rollBack) => {
            const finish = (isGood: boolean): void => (isGood ? commit() : rollBack(rolledBack));
            // It is known only once `over` is, which is as soon as this function has returned.
            queueMicrotask(() => resolve(new OpenTransaction(inside, finish, over)));
          }),
        { timeoutMs },
      );
      over.catch(reject);
    });
  }

  async end(isGood: boolean): Promise<void> {
    this.#finish(isGood);
    try {
      await this.#over;
    } catch (error) {
      if (error !== rolledBack) throw error;
    }
  }
}

const rolledBack: Error = new Error("rolled back");

function resultOf<Row>({ rows, changed }: SqlResult): QueryResult<Row> {
  return { rows: rowsOf(rows), numAffectedRows: BigInt(changed) };
}

/** Kysely promises the types of rows by the query; a driver can only hand on what came. */
function rowsOf<Row>(rows: readonly SqlRow[]): Row[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return rows as unknown as Row[];
}
