// Migrations of tables on both engines: every missing one once, nothing half done, and what was applied is held on to.
import { sql, type Kysely } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { migrate, type MigrationReport } from "../../src/tables/migrate.ts";
import type { TableMigration } from "../../src/tables/migration.ts";
import { engines } from "./engines.ts";

const one: TableMigration = {
  id: "001",
  phase: "expand",
  up: (db) =>
    db.schema
      .createTable("note")
      .addColumn("id", "text", (column) => column.primaryKey())
      .execute(),
};
const two: TableMigration = {
  id: "002",
  phase: "expand",
  up: (db) => db.schema.alterTable("note").addColumn("title", "text").execute(),
};
const three: TableMigration = {
  id: "003",
  async up(db) {
    await db.insertInto("note").values({ id: "a", title: "first" }).execute();
    const rows: { id: string }[] = await db.selectFrom("note").select("id").execute();
    for (const { id } of rows)
      await db.updateTable("note").set({ title: "seen" }).where("id", "=", id).execute();
  },
};
const four: TableMigration = {
  id: "004",
  phase: "contract",
  up: (db) => db.schema.alterTable("note").dropColumn("title").execute(),
};
const all = [one, two, three, four];

async function tables(db: Kysely<object>): Promise<string[]> {
  const found = await db.introspection.getTables();
  return found
    .filter(({ name }) => name === "note" || name === "other" || name === "table_migration")
    .map(({ name, columns }) => `${name}(${columns.map((column) => column.name).join()})`)
    .toSorted();
}

describe.each(engines)("migrations on $name", ({ open }) => {
  const opened = open();
  afterAll(async () => (await opened)[Symbol.asyncDispose]());

  async function setup(): Promise<Runtime> {
    return createRuntime({ storage: await (await opened).storage(), work: false });
  }

  test("[TBL-10] what is missing is applied once, in the order of the ids, whatever the order of the list", async () => {
    await using runtime = await setup();
    const db = runtime.tables;
    const first = await migrate(db, [three, one, two]);
    expect([first.applied, first.pending]).toEqual([["001", "002", "003"], []]);
    expect(first.statements).toHaveLength(5);
    const before = await tables(db);
    expect(await migrate(db, [two, three, one])).toEqual({ applied: [], pending: [], statements: [] });
    expect(await tables(db)).toEqual(before);
    expect((await sql`select * from note`.execute(db)).rows).toEqual([{ id: "a", title: "seen" }]);
  });

  test("[TBL-10] a migration that was merged late is applied, and `after` goes before the order of ids", async () => {
    await using runtime = await setup();
    const other: TableMigration = {
      id: "0000",
      after: ["001"],
      up: (db) =>
        db.schema
          .createTable("other")
          .addColumn("id", "text", (column) => column.references("note.id"))
          .execute(),
    };
    expect((await migrate(runtime.tables, [one, two])).applied).toEqual(["001", "002"]);
    expect((await migrate(runtime.tables, [other, one, two])).applied).toEqual(["0000"]);
    await using fresh = await setup();
    expect((await migrate(fresh.tables, [two, other, one])).applied).toEqual(["001", "0000", "002"]);
    const loop = [
      { ...one, after: ["002"] },
      { ...two, after: ["001"] },
    ];
    for (const wrong of [loop, [one, one], [{ ...one, after: ["nope"] }]])
      await expect(migrate(fresh.tables, wrong)).rejects.toMatchObject({ code: "table.invalid" });
  });

  test("[TBL-11] a migration that fails leaves nothing, and those before it stay", async () => {
    await using runtime = await setup();
    const fault = new Error("fault");
    const broken: TableMigration = {
      id: "0015",
      async up(db) {
        await db.schema.createTable("other").addColumn("id", "text").execute();
        throw fault;
      },
    };
    await expect(migrate(runtime.tables, [one, broken, two])).rejects.toBe(fault);
    expect(await tables(runtime.tables)).toEqual(["note(id)", "table_migration(id,checksum,phase,tables)"]);
    expect((await migrate(runtime.tables, [one, two])).applied).toEqual(["002"]);
  });

  test("[TBL-12] what was applied and is changed, renamed or missing is refused before any statement", async () => {
    await using runtime = await setup();
    await migrate(runtime.tables, [one]);
    const changed: TableMigration = {
      ...one,
      up: (db) => db.schema.createTable("other").addColumn("id", "text").execute(),
    };
    for (const wrong of [[changed, two], [{ ...one, id: "0001" }, two], [two]])
      for (const mode of ["apply", "plan", "verify"] as const)
        await expect(migrate(runtime.tables, wrong, { mode })).rejects.toMatchObject({
          code: "table.changed-migration",
          details: { id: "001" },
        });
    expect(await tables(runtime.tables)).toEqual(["note(id)", "table_migration(id,checksum,phase,tables)"]);
  });

  test("[TBL-13] a plan shows the statements that apply will make, and leaves everything as it was", async () => {
    await using runtime = await setup();
    const planned = await migrate(runtime.tables, [one, two, three], { mode: "plan" });
    expect(await tables(runtime.tables)).toEqual([]);
    const applied = await migrate(runtime.tables, [one, two, three]);
    expect(planned).toEqual(applied);
    expect(planned.statements[3]).toContain("select");
    expect(planned.statements[4]).toContain("seen");
  });

  test("[TBL-14] two that migrate at the same time apply each migration once, and both finish", async () => {
    await using runtime = await setup();
    const reports: MigrationReport[] = await Promise.all([
      migrate(runtime.tables, [one, two, three]),
      migrate(runtime.tables, [one, two, three]),
      migrate(runtime.tables, [one, two, three]),
    ]);
    expect(reports.flatMap(({ applied }) => applied).toSorted()).toEqual(["001", "002", "003"]);
  });

  test("[TBL-15] what takes away waits until it is asked for, and never goes with what adds", async () => {
    await using runtime = await setup();
    const together = migrate(runtime.tables, all, { contract: true });
    await expect(together).rejects.toMatchObject({ code: "table.conflict" });
    expect(await migrate(runtime.tables, all)).toMatchObject({
      applied: ["001", "002", "003"],
      pending: ["004"],
    });
    expect(await migrate(runtime.tables, all, { contract: true })).toMatchObject({
      applied: ["004"],
      pending: [],
    });
    expect(await tables(runtime.tables)).toContain("note(id)");
  });

  test("[TBL-16] an expansion that does not only add is refused", async () => {
    await using runtime = await setup();
    const ups: readonly TableMigration["up"][] = [
      (db) => db.schema.dropTable("note").execute(),
      (db) => db.schema.alterTable("note").dropColumn("title").execute(),
      (db) => db.schema.alterTable("note").renameColumn("title", "name").execute(),
      (db) =>
        db.schema
          .alterTable("note")
          .addColumn("n", "integer", (column) => column.notNull())
          .execute(),
      (db) => db.schema.createIndex("i").on("note").column("title").unique().execute(),
      async (db) => void (await db.deleteFrom("note").execute()),
      async (db) => void (await sql`ALTER TABLE note DROP COLUMN title`.execute(db)),
    ];
    for (const up of ups) {
      const wrong = { id: "009", phase: "expand", up } as const;
      await expect(migrate(runtime.tables, [one, two, wrong])).rejects.toMatchObject({
        code: "table.invalid",
        details: { id: "009" },
      });
    }
    const fine: TableMigration = {
      id: "009",
      phase: "expand",
      up: (db) =>
        db.schema
          .alterTable("note")
          .addColumn("n", "integer", (column) => column.notNull().defaultTo(0))
          .execute(),
    };
    await migrate(runtime.tables, [one, two, fine]);
    await sql`insert into note (id) values ('old code')`.execute(runtime.tables);
  });

  test("[TBL-17] verify names what was changed by hand", async () => {
    await using runtime = await setup();
    await migrate(runtime.tables, [one, two]);
    expect(await migrate(runtime.tables, [one, two, three], { mode: "verify" })).toEqual({
      applied: [],
      pending: ["003"],
      statements: [],
    });
    await runtime.tables.schema.alterTable("note").addColumn("extra", "integer").execute();
    const drifted = migrate(runtime.tables, [one, two], { mode: "verify" });
    await expect(drifted).rejects.toMatchObject({
      code: "table.conflict",
      message: expect.stringContaining("extra"),
    });
  });
});
