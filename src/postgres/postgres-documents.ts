// Documents in PostgreSQL. The rows of a request are locked, all decided on, and written as sets; a document that
// somebody else makes meanwhile cannot be locked before, so whoever comes second decides again.
import {
  decideChange,
  type ChangeOutcome,
  type DocumentChange,
  type DocumentRow,
} from "../document/change.ts";
import type { DocumentStorage, WriteRequest } from "../storage/documents.ts";
import { decodeDocument, eventOfChange } from "../storage/document-row.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";
import { texts, whole, wholeNumbers } from "./columns.ts";
import type { Session } from "./session.ts";
import type { WriteContext } from "./write-context.ts";

const columns = "key, body, version, created_at, updated_at";
const some = `SELECT ${columns} FROM escapement.document WHERE store = $1 AND key = ANY ($2::text[])`;
const lock = `${some} ORDER BY key FOR UPDATE`;
const page = `SELECT ${columns} FROM escapement.document WHERE store = $1 AND key >= $2 AND key > $3 AND key < $4 ORDER BY key LIMIT $5`;
const state = `SELECT (SELECT count(*) FROM escapement.document WHERE store = $1 AND key >= $2 AND key < $3) AS n,
  (SELECT last_run_at FROM escapement.store WHERE name = $1) AS last_run_at`;
const readFloor = "SELECT floor FROM escapement.store WHERE name = $1";
const rows = `INSERT INTO escapement.document (store, key, body, version, created_at, updated_at)
  SELECT $1, key, body, version, created_at, updated_at
  FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) AS given (${columns})`;
/** Begins above the floor, or not at all. */
const make = `${rows} WHERE coalesce((SELECT floor FROM escapement.store WHERE name = $1), 0) = $7 ORDER BY key
  ON CONFLICT (store, key) DO NOTHING RETURNING key`;
const change = `${rows} ON CONFLICT (store, key) DO UPDATE
  SET body = excluded.body, version = excluded.version, updated_at = excluded.updated_at`;
const remove = "DELETE FROM escapement.document WHERE store = $1 AND key = ANY ($2::text[])";
const raiseFloor = `INSERT INTO escapement.store AS store (name, floor) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET floor = greatest(store.floor, excluded.floor)`;
const markRun = `INSERT INTO escapement.store (name, last_run_at) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET last_run_at = excluded.last_run_at`;

export function documentsIn(session: Session): DocumentStorage {
  return {
    write: (request) => session.transact((context) => write(context, request)),
    mark: ({ store, lastRunAt }) =>
      session.direct(async (connection) => void (await connection.run(markRun, store, whole(lastRunAt)))),
    get: ({ store, keys }) =>
      session.read(async (connection) => decoded(await connection.all(some, store, texts(keys)))),
    list: ({ store, from, to, after = "", limit }) =>
      session.read(async (connection) => decoded(await connection.all(page, store, from, after, to, limit))),
    state: ({ store, from, to }) =>
      session.read(async (connection) => {
        const row = await connection.get(state, store, from, to);
        return {
          count: integer(row?.["n"]),
          ...optional("lastRunAt", row?.["last_run_at"], integer),
        };
      }),
  };
}

function decoded(found: readonly Row[]): DocumentRow[] {
  return found.map(decodeDocument);
}

async function write(context: WriteContext, { changes, ...by }: WriteRequest): Promise<ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = [];
  const numbered = changes.map((one, number) => ({ one, number }));
  const groups = [...Map.groupBy(numbered, ({ one }) => one.store)];
  // In one order everywhere, so that nobody waits for somebody who waits.
  for (const [store, group] of groups.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const made = await writeStore(
      context,
      store,
      group.map(({ one }) => one),
      by,
    );
    group.forEach(({ number }, index) => (outcomes[number] = made[index] ?? { changed: false }));
  }
  changes.forEach((one, number) => {
    const outcome = outcomes[number];
    if (outcome?.changed !== true) return;
    context.journal.add(eventOfChange(one, outcome, by));
    context.tell({ stores: [one.store] });
  });
  return outcomes;
}

type By = Omit<WriteRequest, "changes">;

async function writeStore(
  context: WriteContext,
  store: string,
  changes: readonly DocumentChange[],
  by: By,
): Promise<ChangeOutcome[]> {
  const keys = [...new Set(changes.map(({ key }) => key))];
  for (;;) {
    const found = decoded(await context.connection.all(lock, store, texts(keys)));
    // Asked behind the locks, so that it has heard of every deletion that they waited for.
    const row = await context.connection.get(readFloor, store);
    const plan = new Plan(found, row === undefined ? 0 : integer(row["floor"]));
    const outcomes = changes.map((one) => plan.decide(one, by));
    if (await keep(context, store, plan)) return outcomes;
  }
}

/** What a list of changes makes of the documents that were there. */
class Plan {
  readonly before: ReadonlyMap<string, DocumentRow>;
  readonly after: Map<string, DocumentRow>;
  readonly floorBefore: number;
  floor: number;

  constructor(found: readonly DocumentRow[], floor: number) {
    this.before = new Map(found.map((row) => [row.key, row]));
    this.after = new Map(this.before);
    this.floorBefore = this.floor = floor;
  }

  decide(one: DocumentChange, { now }: By): ChangeOutcome {
    const current = this.after.get(one.key);
    const outcome = decideChange(current, one, { now, floor: this.floor });
    if (!outcome.changed) return outcome;
    if (outcome.document === undefined) {
      this.after.delete(one.key);
      this.floor = Math.max(this.floor, current?.version ?? 0);
    } else {
      this.after.set(one.key, outcome.document);
    }
    return outcome;
  }
}

/** False when somebody else has made one of the new documents first; nothing is kept then. */
async function keep({ connection }: WriteContext, store: string, plan: Plan): Promise<boolean> {
  const changed = [...plan.after.values()].filter((row) => row !== plan.before.get(row.key));
  const made = changed.filter((row) => !plan.before.has(row.key));
  if (made.length > 0) {
    const kept = await connection.all(make, store, ...columnsOf(made), plan.floorBefore);
    if (kept.length < made.length) {
      const keys = kept.map((row) => text(row["key"]));
      if (keys.length > 0) await connection.run(remove, store, texts(keys));
      return false;
    }
  }
  const others = changed.filter((row) => plan.before.has(row.key));
  if (others.length > 0) await connection.run(change, store, ...columnsOf(others));
  const gone = [...plan.before.keys()].filter((key) => !plan.after.has(key));
  if (gone.length > 0) await connection.run(remove, store, texts(gone));
  if (plan.floor > plan.floorBefore) await connection.run(raiseFloor, store, plan.floor);
  return true;
}

function columnsOf(list: readonly DocumentRow[]): string[] {
  return [
    texts(list.map((row) => row.key)),
    texts(list.map((row) => row.body)),
    wholeNumbers(list.map((row) => row.version)),
    wholeNumbers(list.map((row) => row.createdAt)),
    wholeNumbers(list.map((row) => row.updatedAt)),
  ];
}
