// One connection to one SQLite file: pragmas, prepared statements kept for reuse, and rows read value by value.
// Runs wherever it is made: in the writer thread, in the reader thread, or inline for ":memory:".
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Row } from "../storage/row.ts";

export interface ConnectionOptions {
  readonly readOnly: boolean;
  /** `full` waits for the disk at every commit; `relaxed` may lose the last moments at a power cut, never consistency. */
  readonly durability: "full" | "relaxed";
}

/** The operating system caches the file as well; these hold what is touched again and again. */
const writerCacheKib = 32_768;
const readerCacheKib = 16_384;
/** How long a statement waits for another process's lock, in ms. */
const busyTimeoutMs = 5_000;
/** Pages written to the log before it is folded back into the file: 16 MiB, so that a burst is not interrupted. */
const checkpointPages = 4_000;

/** Callers may write any number of statements; so many are kept prepared. */
const mostOfCallers = 500;

export class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #callers = new Map<string, StatementSync>();
  readonly #listing = new Map<string, StatementSync>();

  constructor(path: string, options: ConnectionOptions) {
    this.#db = new DatabaseSync(path, { readOnly: options.readOnly, timeout: busyTimeoutMs });
    this.#db.exec(
      `PRAGMA cache_size = -${options.readOnly ? readerCacheKib : writerCacheKib}; PRAGMA temp_store = MEMORY`,
    );
    if (options.readOnly) return;
    this.#db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"};
       PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA foreign_keys = ON`,
    );
  }

  /** A statement prepared once per connection. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.prepare(sql).all(...values);
  }

  /** Rows as lists of columns: cheaper to make and to send on. */
  lists(sql: string, ...values: SQLInputValue[]): readonly (readonly unknown[])[] {
    let statement = this.#listing.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      this.#listing.set(sql, statement);
    }
    const rows: unknown = statement.all(...values);
    return Array.isArray(rows) ? rows : [];
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.prepare(sql).get(...values);
  }

  /** A statement of the caller's own. Whole numbers that JavaScript does not count exactly come as bigints. */
  query(sql: string, ...values: SQLInputValue[]): Row[] {
    let statement = this.#callers.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      if (this.#callers.size >= mostOfCallers) this.#callers.clear();
      this.#callers.set(sql, statement);
    }
    return statement.all(...values).map(withNumbers);
  }

  /** The number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.prepare(sql).run(...values).changes);
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  get isInTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** SQLite has rolled back by itself already after some errors, as when the disk is full. */
  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
  }

  /** Folds the log back into the file, so that the disk gets back what the log takes; false when it could not. */
  foldLog(): boolean {
    try {
      const [result] = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
      return result?.["busy"] === 0 && Number(result["log"]) === 0;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#callers.clear();
    this.#listing.clear();
    this.#db.close();
  }
}

function withNumbers(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, exactNumber(value)]));
}

function exactNumber(value: unknown): unknown {
  return typeof value === "bigint" && BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value;
}
