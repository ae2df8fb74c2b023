import { expect, test } from "vitest";
import type { Migration } from "../storage/migration.ts";
import { Connection } from "./connection.ts";
import { migrate, migrations } from "./migrate.ts";

function setup(): Connection & Disposable {
  const connection = new Connection(":memory:", { readOnly: false, durability: "full" });
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() });
}

const tables = (connection: Connection): unknown[] =>
  connection
    .all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .map((row) => row["name"]);

const one: Migration = { id: 1, name: "one", sql: "CREATE TABLE a (x); CREATE TABLE b (x);" };
const two: Migration = { id: 2, name: "two", sql: "CREATE TABLE c (x);" };

test("[SQL-10] what is missing is applied in order, and nothing twice", () => {
  using connection = setup();
  expect(migrate(connection, [one])).toEqual(["one"]);
  expect(migrate(connection, [one, two])).toEqual(["two"]);
  expect(migrate(connection, [one, two])).toEqual([]);
  expect(tables(connection)).toEqual(["a", "b", "c", "migration"]);
});

test("[SQL-11] a migration that fails half way leaves nothing of itself, nor of those before it", () => {
  using connection = setup();
  const broken = { id: 3, name: "three", sql: "CREATE TABLE d (x); CREATE TABLE a (x);" };
  expect(() => migrate(connection, [one, two, broken])).toThrow(/already exists/);
  expect(tables(connection)).toEqual([]);
  expect(migrate(connection, [one, two])).toEqual(["one", "two"]);
});

test("[SQL-12] another text of an applied migration is refused, other comments and spaces are not", () => {
  using connection = setup();
  migrate(connection, [one]);
  const rewritten = { ...one, sql: "CREATE TABLE a (x); -- the first\n\n  CREATE TABLE b (x);" };
  expect(migrate(connection, [rewritten])).toEqual([]);
  const changed = { ...one, sql: "CREATE TABLE a (x); CREATE TABLE b (y);" };
  expect(() => migrate(connection, [changed])).toThrow(
    expect.objectContaining({ code: "storage.changed-migration" }),
  );
});

test("[SQL-12] a schema that is newer is refused", () => {
  using connection = setup();
  migrate(connection, [one, two]);
  expect(() => migrate(connection, [one])).toThrow(expect.objectContaining({ code: "storage.newer-schema" }));
});

test("[SQL-10] the numbers of the migrations ascend, none twice", () => {
  const ids = migrations.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other));
});
