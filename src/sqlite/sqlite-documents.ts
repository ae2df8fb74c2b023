// Documents in SQLite. There is one writer, so what was read in its transaction is so until the change is written.
import { decideChange, type ChangeOutcome, type DocumentChange } from "../document/change.ts";
import type { DocumentRow } from "../document/change.ts";
import type { DocumentStorage, StoreState } from "../storage/documents.ts";
import { decodeDocument, eventOfChange } from "../storage/document-row.ts";
import { integer, optional } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import type { WriteContext } from "./write-context.ts";

const columns = "key, body, version, created_at, updated_at";
const one = `SELECT ${columns} FROM document WHERE store = ? AND key = ?`;
const some = `SELECT ${columns} FROM document WHERE store = ? AND key IN (SELECT value FROM json_each(?))`;
const page = `SELECT ${columns} FROM document WHERE store = ? AND key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ?`;
const count = "SELECT count(*) AS n FROM document WHERE store = ? AND key >= ? AND key < ?";
const about = "SELECT floor, last_run_at FROM store WHERE name = ?";
const put = `INSERT INTO document (store, key, body, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (store, key) DO UPDATE SET body = excluded.body, version = excluded.version, updated_at = excluded.updated_at`;
const remove = "DELETE FROM document WHERE store = ? AND key = ?";
const raiseFloor = `INSERT INTO store (name, floor) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET floor = max(floor, excluded.floor)`;
const markRun = `INSERT INTO store (name, last_run_at) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET last_run_at = excluded.last_run_at`;

type Input<Verb extends keyof DocumentStorage> = Parameters<DocumentStorage[Verb]>[0];

export interface DocumentReads {
  get(request: Input<"get">): readonly DocumentRow[];
  list(filter: Input<"list">): readonly DocumentRow[];
  state(range: Input<"state">): StoreState;
}

export function documentReads(connection: Connection): DocumentReads {
  return {
    get: ({ store, keys }) => connection.all(some, store, JSON.stringify(keys)).map(decodeDocument),
    list: ({ store, from, to, after = "", limit }) =>
      connection.all(page, store, from, after, to, limit).map(decodeDocument),
    state: ({ store, from, to }) => ({
      count: integer(connection.get(count, store, from, to)?.["n"]),
      ...optional("lastRunAt", connection.get(about, store)?.["last_run_at"], integer),
    }),
  };
}

export class SqliteDocuments {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  write({ changes, ...by }: Input<"write">): ChangeOutcome[] {
    const { connection, journal } = this.#context;
    return changes.map((change) => {
      const row = connection.get(one, change.store, change.key);
      const before = row === undefined ? undefined : decodeDocument(row);
      const outcome = decideChange(before, change, {
        now: by.now,
        floor: before === undefined ? this.#floor(change.store) : 0,
      });
      if (!outcome.changed) return outcome;
      this.#keep(change, before, outcome.document);
      journal.add(eventOfChange(change, outcome, by));
      this.#context.storeChanged(change.store);
      return outcome;
    });
  }

  #floor(store: string): number {
    const row = this.#context.connection.get(about, store);
    return row === undefined ? 0 : integer(row["floor"]);
  }

  #keep(
    { store, key }: DocumentChange,
    before: DocumentRow | undefined,
    after: DocumentRow | undefined,
  ): void {
    const { connection } = this.#context;
    if (after !== undefined) {
      const { body, version, createdAt, updatedAt } = after;
      connection.run(put, store, key, body, version, createdAt, updatedAt);
      return;
    }
    connection.run(remove, store, key);
    connection.run(raiseFloor, store, before?.version ?? 0);
  }

  mark({ store, lastRunAt }: Input<"mark">): void {
    this.#context.connection.run(markRun, store, lastRunAt);
  }
}
