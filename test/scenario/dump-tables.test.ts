// What a copy is made of is everything: each table and each column of both engines is in its list, or has its reason.
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { derivedColumns, derivedTables, dumpTables } from "../../src/storage/dump-tables.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { folder } from "./copy-world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

type Columns = Readonly<Record<string, readonly string[]>>;

async function ofSqlite(): Promise<Columns> {
  using place = folder();
  const storage = sqlite(place.file("a.db"));
  await storage.open();
  await storage.close();
  using database = new DatabaseSync(place.file("a.db"));
  const rows = database
    .prepare(
      "SELECT m.name AS t, p.name AS c FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    )
    .all();
  return grouped(rows.map((row) => [String(row["t"]), String(row["c"])]));
}

async function ofPostgres(): Promise<Columns> {
  const storage = postgres(server.url);
  await storage.open();
  await storage.close();
  const rows = await server.execute(
    "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'escapement'",
  );
  return grouped(rows.map((row) => [String(row["t"]), String(row["c"])]));
}

function grouped(pairs: readonly (readonly [string, string])[]): Columns {
  return Object.fromEntries(
    [...Map.groupBy(pairs, ([table]) => table)].map(([table, list]) => [
      table,
      list.map(([, column]) => column),
    ]),
  );
}

/** Tables that keep one thing in a form of their own. */
const otherwise: Readonly<Record<string, readonly string[]>> = {
  journal: ["the rows of a copy are single events, in SQLite sets, in PostgreSQL pages"],
};

/** What PostgreSQL keeps as a part of another table. */
const inOthers: Readonly<Record<string, string>> = {
  journal_end: "journal_head",
  message_key: "message",
  "fold.messages": "message",
};

/** What SQLite keeps in another column, or not at all. */
const made: Readonly<Record<string, string>> = {
  "record.bytes": "body",
  "memory.one": "there is one row",
};

test.each([
  ["SQLite", ofSqlite],
  ["PostgreSQL", ofPostgres],
])(
  "[CPY-8] every table and column of %s is in a copy, or follows from what is",
  async (_engine, columnsOf) => {
    const there = await columnsOf();
    const known = new Map(dumpTables.map((table) => [table.name, table]));
    const forgotten = Object.entries(there).flatMap(([table, columns]) => {
      if (table in derivedTables || table in otherwise) return [];
      const listed = known.get(table)?.columns;
      if (listed === undefined) return [`${table}: add it to dump-tables.ts, or say why it is derived`];
      return columns
        .filter((column) => !(column in listed) && !(`${table}.${column}` in derivedColumns))
        .map((column) => `${table}.${column}: add it to its table in dump-tables.ts`);
    });
    expect(forgotten).toEqual([]);
  },
);

test("[CPY-8] what is listed is there in both engines, and no reason is left over", async () => {
  const [one, other] = [await ofSqlite(), await ofPostgres()];
  for (const { name, columns, key } of dumpTables) {
    for (const column of key) expect(Object.keys(columns)).toContain(column);
    if (name in otherwise) continue;
    const there = Object.keys(columns).filter((column) => !(`${name}.${column}` in made));
    expect(one[name]).toEqual(expect.arrayContaining(there));
    if (name in inOthers) continue;
    const own = Object.keys(columns).filter(
      (column) => !(`${name}.${column}` in inOthers) && column !== "one",
    );
    expect(other[name]).toEqual(expect.arrayContaining(own));
  }
  for (const table of Object.keys(derivedTables)) expect({ ...one, ...other }).toHaveProperty(table);
  for (const path of Object.keys(derivedColumns)) {
    const [table = "", column = ""] = path.split(".");
    expect([...(one[table] ?? []), ...(other[table] ?? [])]).toContain(column);
  }
});
