// The bridge on both engines: rows read as records, records put as rows.
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
    at: z.date().nullable().default(null),
    big: z.bigint().nullable().default(null),
    bytes: z.instanceof(Uint8Array).nullable().default(null),
    tags: z.json().default([]),
    before: z.string().nullable().default(null),
    version: z.number(),
  }),
  key: "id",
  generated: ["version"],
  columns: { at: "date", big: "bigint", bytes: "bytes", tags: "json" },
  parent: "before",
  version: "version",
});

const full = {
  id: "a",
  title: "all",
  at: "2026-03-01T00:00:00.123Z",
  big: "-9007199254740993",
  bytes: "AP8K",
  tags: { a: [null, "\0", "text"] },
  before: null,
};

describe.each(engines)("records of a table on $name", ({ open }) => {
  const opened = open();
  afterAll(async () => (await opened)[Symbol.asyncDispose]());

  async function setup(): Promise<Runtime> {
    const engine = await opened;
    const { types } = engine;
    const runtime = await createRuntime({ storage: await engine.storage(), work: false });
    await runtime.tables.schema
      .createTable("note")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("at", types.date)
      .addColumn("big", "bigint")
      .addColumn("bytes", types.bytes)
      .addColumn("tags", "text")
      .addColumn("before", "text")
      .addColumn("version", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
    return runtime;
  }

  test("[TBL-20] what is put is read back exactly, and putting back what was read changes nothing", async () => {
    await using runtime = await setup();
    const records = runtime.tables.recordsOf(notes);
    const put = await records.put({ id: "a", content: full });
    expect(put).toEqual({
      id: "a",
      content: { ...full, version: 1 },
      contentType: "application/json",
      parents: [],
      source: { kind: "table", table: "note", key: "a", version: 1 },
    });
    expect(await records.get("a")).toEqual(put);
    expect(await records.put(put)).toEqual(put);
    const row = await runtime.tables.of(notes).selectFrom("note").selectAll().executeTakeFirstOrThrow();
    expect(row).toEqual(records.decode(put));
    expect([row.at, row.big, row.bytes]).toEqual([
      new Date(full.at),
      -9_007_199_254_740_993n,
      new Uint8Array([0, 255, 10]),
    ]);
    expect((await records.put({ id: "a", content: { title: "less" } })).source.version).toBe(2);
    expect([await records.has("a"), await records.has("b"), await records.count()]).toEqual([true, false, 1]);
    expect([await records.delete("a"), await records.delete("a"), await records.get("a")]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  test("[TBL-21] where a record comes from is set here, whatever a caller says", async () => {
    await using runtime = await setup();
    const records = runtime.tables.recordsOf(notes);
    const forged = { id: "a", content: { ...full, version: 99 }, source: { kind: "memory" } };
    expect((await records.put(forged)).source).toEqual({
      kind: "table",
      table: "note",
      key: "a",
      version: 1,
    });
  });

  test("[TBL-22] a key that differs, content that is no row, and an old version are refused, and nothing is written", async () => {
    await using runtime = await setup();
    const records = runtime.tables.recordsOf(notes);
    const before = await records.put({ id: "a", content: full });
    for (const content of [
      { ...full, id: "b" },
      { ...full, title: 5 },
      { ...full, at: "soon" },
      { ...full, bytes: "?" },
      { ...full, big: "1.5" },
      "text",
      null,
      [],
    ])
      await expect((async () => records.put({ id: "a", content }))()).rejects.toMatchObject({
        code: "table.invalid",
      });
    for (const expectedVersion of [0, 2])
      await expect(
        records.put({ id: "a", content: { ...full, title: "x" } }, { expectedVersion }),
      ).rejects.toMatchObject({ code: "table.conflict" });
    await expect(
      records.put({ id: "b", content: { title: "x" } }, { expectedVersion: 1 }),
    ).rejects.toMatchObject({ code: "table.conflict" });
    expect([await records.get("a"), await records.count()]).toEqual([before, 1]);
    expect(
      (await records.put({ id: "a", content: { title: "x" } }, { expectedVersion: 1 })).source.version,
    ).toBe(2);
  });

  test("[TBL-23] of many who put one new key at the same time all are done, and there is one row", async () => {
    await using runtime = await setup();
    const records = runtime.tables.recordsOf(notes);
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => records.put({ id: "a", content: { title: `t${n}` } })),
    );
    const [record] = (await records.list()).items;
    expect([await records.count(), record?.source.version]).toEqual([1, 8]);
  });

  test("[TBL-24] inside a transaction it sees the transaction, and is rolled back with it", async () => {
    await using runtime = await setup();
    const fault = new Error("fault");
    const work = runtime.transaction(async (tx) => {
      const inside = tx.tables.recordsOf(notes);
      await inside.put({ id: "a", content: { title: "inside" } });
      expect((await inside.get("a"))?.content["title"]).toBe("inside");
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await runtime.tables.recordsOf(notes).count()).toBe(0);
  });

  test("[TBL-25] lists are in pages, and lineage ends whatever follows from what", async () => {
    await using runtime = await setup();
    const records = runtime.tables.recordsOf(notes);
    const parents = { a: null, b: "a", c: "b", d: "gone", e: "f", f: "e" };
    for (const [id, before] of Object.entries(parents))
      await records.put({ id, content: { title: id, before } });
    const ids = async (id: string): Promise<unknown> => {
      const { records: found, missing } = await records.lineage(id);
      return [found.map((record) => record.id), missing];
    };
    expect(await Promise.all(["c", "d", "e", "nobody"].map(ids))).toEqual([
      [["a", "b", "c"], []],
      [["d"], ["gone"]],
      [["f", "e"], []],
      [[], []],
    ]);
    const first = await records.list({ limit: 4 });
    const second = await records.list({ limit: 4, after: first.next ?? "" });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(Object.keys(parents));
    expect([second.next, (await records.list({ limit: 0 })).items]).toEqual([undefined, []]);
    for (const limit of [-1, 0.5, Number.NaN])
      await expect(records.list({ limit })).rejects.toMatchObject({ code: "table.invalid" });
  });
});
