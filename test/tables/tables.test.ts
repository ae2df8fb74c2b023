// Tables on both engines: what is written is checked, what comes back is what went in, and it commits with everything else.
import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { defineTable } from "../../src/tables/table.ts";
import { engines } from "./engines.ts";

const notes = defineTable("note", {
  schema: z.object({
    id: z.string(),
    title: z.string().max(20),
    at: z.date(),
    done: z.boolean().default(false),
    big: z.bigint().nullable().default(null),
    bytes: z.instanceof(Uint8Array).optional(),
    tags: z.json().default([]),
    n: z.number().optional(),
    version: z.number(),
  }),
  key: "id",
  generated: ["version"],
  columns: { at: "date", done: "boolean", big: "bigint", bytes: "bytes", tags: "json" },
});

const given = { id: "a", title: "first", at: new Date(1_700_000_000_123) };

describe.each(engines)("tables on $name", ({ open }) => {
  const opened = open();
  afterAll(async () => (await opened)[Symbol.asyncDispose]());

  async function setup(): Promise<Runtime> {
    const engine = await opened;
    const runtime = await createRuntime({ storage: await engine.storage(), work: false });
    const { types } = engine;
    await runtime.tables.schema
      .createTable("note")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("at", types.date, (column) => column.notNull())
      .addColumn("done", types.boolean)
      .addColumn("big", "bigint")
      .addColumn("bytes", types.bytes)
      .addColumn("tags", "text")
      .addColumn("n", types.real)
      .addColumn("version", "integer", (column) => column.defaultTo(1))
      .execute();
    return runtime;
  }

  test("[TBL-1] what goes in comes out: dates, bigints, bytes, truths, JSON and null", async () => {
    await using runtime = await setup();
    const db = runtime.tables.of(notes);
    const bytes = new Uint8Array([0, 255, 10]);
    const all = { ...given, done: true, big: 9_007_199_254_740_993n, bytes, tags: "text", n: 0.1 + 0.2 };
    await db
      .insertInto("note")
      .values([all, { ...given, id: "b", tags: { a: [null, "\0"] } }])
      .execute();
    const rows = await db.selectFrom("note").selectAll().orderBy("id").execute();
    expect(rows).toEqual([
      { ...all, version: 1 },
      {
        ...given,
        id: "b",
        done: false,
        big: null,
        bytes: null,
        tags: { a: [null, "\0"] },
        n: null,
        version: 1,
      },
    ]);
    const found = await db
      .selectFrom("note")
      .select(["id", "at"])
      .where("at", "=", given.at)
      .where("done", "=", true)
      .execute();
    expect(found).toEqual([{ id: "a", at: given.at }]);
    const { n } = await db
      .selectFrom("note")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(n).toBe(2);
  });

  test("[TBL-2] a row that the schema refuses is not written, whichever way", async () => {
    await using runtime = await setup();
    const db = runtime.tables.of(notes);
    await db.insertInto("note").values(given).execute();
    const title = "x".repeat(21);
    const refused = {
      code: "table.invalid",
      details: { issues: [expect.objectContaining({ field: "title" })] },
    };
    const bad = [
      () =>
        db
          .insertInto("note")
          .values({ ...given, id: "b", title })
          .execute(),
      () =>
        db
          .insertInto("note")
          .values([
            { ...given, id: "b" },
            { ...given, id: "c", title },
          ])
          .execute(),
      () => db.updateTable("note").set({ title }).execute(),
      () => db.updateTable("note").set("title", title).where("id", "=", "a").execute(),
      () =>
        db
          .insertInto("note")
          .values(given)
          .onConflict((conflict) => conflict.column("id").doUpdateSet({ title }))
          .execute(),
    ];
    for (const write of bad) await expect((async () => write())()).rejects.toMatchObject(refused);
    await expect(db.insertInto("note").values(given).execute()).rejects.toMatchObject({
      code: "table.refused",
    });
    expect(await db.selectFrom("note").select("title").execute()).toEqual([{ title: "first" }]);
  });

  test("[TBL-3] a write says how many rows it changed, and returns what it is asked for", async () => {
    await using runtime = await setup();
    const db = runtime.tables.of(notes);
    await db
      .insertInto("note")
      .values(["a", "b", "c"].map((id) => ({ ...given, id })))
      .execute();
    const updated = await db
      .updateTable("note")
      .set({ done: true, tags: [1] })
      .where("id", ">", "a")
      .executeTakeFirstOrThrow();
    expect(updated.numUpdatedRows).toBe(2n);
    const row = await db
      .updateTable("note")
      .set(({ eb }) => ({ n: eb("version", "+", 41) }))
      .where("id", "=", "b")
      .returning(["n", "tags", "done", "at"])
      .executeTakeFirst();
    expect(row).toEqual({ n: 42, tags: [1], done: true, at: given.at });
    const deleted = await db.deleteFrom("note").where("done", "=", true).executeTakeFirstOrThrow();
    expect(deleted.numDeletedRows).toBe(2n);
    const upserted = await db
      .insertInto("note")
      .values({ ...given, title: "again" })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ title: "second", tags: ["x"] }))
      .returningAll()
      .executeTakeFirstOrThrow();
    expect([upserted.title, upserted.tags]).toEqual(["second", ["x"]]);
  });

  test("[TBL-4] rows are part of the runtime's transaction: with documents and records, all of it or nothing", async () => {
    await using runtime = await setup();
    const things = runtime.stores.define("thing", { schema: z.object({ id: z.string() }), key: ["id"] });
    const fault = new Error("fault");
    for (let good = 0; good <= 4; good++) {
      const work = runtime.transaction(async (tx) => {
        const db = tx.tables.of(notes);
        if (good > 0) await db.insertInto("note").values(given).execute();
        if (good > 1) await tx.stores.of(things).upsert({ id: "a" });
        if (good > 2) await tx.memory.append({ content: "a record" });
        if (good > 3) expect(await db.selectFrom("note").selectAll().execute()).toHaveLength(1);
        throw fault;
      });
      await expect(work).rejects.toBe(fault);
      expect([
        await runtime.tables.of(notes).selectFrom("note").selectAll().execute(),
        await things.count(),
        (await runtime.memory.list()).items,
      ]).toEqual([[], 0, []]);
    }
    await runtime.transaction(async (tx) => {
      await tx.tables.of(notes).insertInto("note").values(given).execute();
      await tx.stores.of(things).upsert({ id: "a" });
    });
    expect(await runtime.tables.of(notes).selectFrom("note").select("id").execute()).toEqual([{ id: "a" }]);
  });

  test("[TBL-5] Kysely's own transactions commit and roll back", async () => {
    await using runtime = await setup();
    const db = runtime.tables.of(notes);
    const fault = new Error("fault");
    const work = db.transaction().execute(async (tx) => {
      await tx.insertInto("note").values(given).execute();
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await db.selectFrom("note").selectAll().execute()).toEqual([]);
    await db.transaction().execute(async (tx) => {
      await tx.insertInto("note").values(given).execute();
      expect(await tx.selectFrom("note").selectAll().execute()).toHaveLength(1);
    });
    expect((await sql<{ n: number }>`select count(*) as n from note`.execute(db)).rows).toEqual([{ n: 1 }]);
    const nested = runtime.transaction((tx) => tx.tables.transaction().execute(() => Promise.resolve(1)));
    await expect(nested).rejects.toMatchObject({ code: "table.invalid" });
  });

  test("[TBL-6] the types follow from the schema", async () => {
    await using runtime = await setup();
    const db = runtime.tables.of(notes);
    await db
      .insertInto("note")
      // @ts-expect-error -- a column that the database fills is not written
      .values({ ...given, id: "v", version: 5 })
      .execute();
    // @ts-expect-error -- a column is missing
    await expect((async () => db.insertInto("note").values({ id: "x" }).execute())()).rejects.toMatchObject({
      code: "table.invalid",
    });
    // @ts-expect-error -- no such table
    await expect(db.selectFrom("nope").selectAll().execute()).rejects.toMatchObject({
      code: "storage.broken",
    });
    const row = await db.selectFrom("note").selectAll().executeTakeFirstOrThrow();
    const at: Date = row.at;
    expect(at).toEqual(given.at);
  });
});

test("[TBL-6] a column that SQL has no one type for must say how it is kept", () => {
  const schema = z.object({ id: z.string(), at: z.date() });
  // @ts-expect-error -- at is a date
  defineTable("x", { schema, key: "id" });
  // @ts-expect-error -- at is no JSON
  defineTable("x", { schema, key: "id", columns: { at: "json" } });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const wrong = { schema: {}, key: "", columns: { at: "clock" } } as never;
  expect(() => defineTable("no name", wrong)).toThrow(
    expect.objectContaining({
      code: "table.invalid",
      details: {
        issues: ["name", "schema", "key", "columns.at"].map((field) => expect.objectContaining({ field })),
      },
    }),
  );
});
