import * as fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { EscapementError } from "../../src/base/errors.ts";
import { formatPath, parsePath } from "../../src/paths/path.ts";
import { createPaths } from "../../src/paths/paths.ts";
import { defineTable } from "../../src/tables/table.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/index.ts";

const crystal = defineTable("brain_crystal", {
  schema: z.object({
    id: z.string(),
    summary: z.string(),
    at: z.date().nullable().default(null),
    from: z.string().nullable().default(null),
  }),
  key: "id",
  parent: "from",
  columns: { at: "date" },
});

async function setup(): Promise<TestRuntime> {
  const runtime = await testRuntime();
  await runtime.tables.schema
    .createTable("brain_crystal")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("summary", "text")
    .addColumn("at", "text")
    .addColumn("from", "text")
    .execute();
  return runtime;
}

test("[PTH-1] a path is written as it was read, and any other text is refused with a position", () => {
  const segment = fc.stringMatching(/^[A-Za-z_][\w-]{0,8}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 3, maxLength: 6 }), (segments) => {
      const text = segments.join(".");
      expect(formatPath(parsePath(text))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", ".", "self.data", "self..get", "self.data.get[1]", "self.1.get"),
      ),
      (text) => {
        try {
          expect(formatPath(parsePath(text))).toBe(text);
        } catch (error) {
          if (!EscapementError.is(error)) throw error;
          expect(error.code).toBe("path.invalid");
          expect(error.details["position"]).toSatisfy((at: number) => at >= 0 && at <= text.length);
        }
      },
    ),
  );
});

test("[PTH-2] a record and a row of one name are found by their own paths", async () => {
  await using runtime = await setup();
  const paths = createPaths({ memory: runtime.memory, tables: runtime.tables, models: { crystal } });
  await paths.invoke("self.data.append", { id: "123", content: "a record" });
  expect(await paths.invoke("self.data.table.crystal.get", { id: "123" })).toBeUndefined();
  const put = await paths.invoke("self.data.table.crystal.put", {
    row: { id: "123", summary: "a row", at: new Date(5) },
  });
  const summary: string = put.summary;
  expect([summary, put.at]).toEqual(["a row", new Date(5)]);
  expect((await paths.invoke("self.data.get", { id: "123" }))?.content).toBe("a record");
  expect((await paths.invoke("self.data.table.crystal.get", { id: "123" }))?.summary).toBe("a row");
  expect(await paths.invoke("self.data.table.crystal.delete", { id: "123" })).toBe(true);
  expect(await paths.invoke("self.data.has", { id: "123" })).toBe(true);
});

test("[PTH-3] what is unknown is nothing, with what is near", async () => {
  await using runtime = await setup();
  const paths = createPaths({ memory: runtime.memory, tables: runtime.tables, models: { crystal } });
  await runtime.memory.append({ id: "crystl", content: "x" });
  // @ts-expect-error -- no such model
  await expect(paths.invoke("self.data.table.crystl.get", { id: "x" })).rejects.toMatchObject({
    code: "path.not-found",
    details: { near: expect.arrayContaining(["self.data.table.crystal.get"]) },
  });
  // @ts-expect-error -- no such verb
  await expect(paths.invoke("self.data.table.crystal.query")).rejects.toMatchObject({
    code: "path.not-found",
  });
  // @ts-expect-error -- a table is no record
  await expect(paths.invoke("self.data.table.get", { id: "crystl" })).rejects.toMatchObject({
    code: "path.not-found",
  });
  // @ts-expect-error -- nor is what every object has
  await expect(paths.invoke("self.data.toString")).rejects.toMatchObject({ code: "path.not-found" });
  // @ts-expect-error -- no path at all
  await expect(paths.invoke("self.data")).rejects.toMatchObject({ code: "path.invalid" });
});

test("[PTH-4] every path that is told is answered", async () => {
  await using runtime = await setup();
  const paths = createPaths({ memory: runtime.memory, tables: runtime.tables, models: { crystal } });
  await paths.invoke("self.data.append", { id: "a", content: "found" });
  await paths.invoke("self.data.table.crystal.put", { row: { id: "a", summary: "first" } });
  await paths.invoke("self.data.table.crystal.put", { row: { id: "b", summary: "second", from: "a" } });
  expect(paths.paths()).toHaveLength(13);
  expect((await paths.invoke("self.data.list")).items).toHaveLength(1);
  expect((await paths.invoke("self.data.search", { text: "found" })).hits).toHaveLength(1);
  expect((await paths.invoke("self.data.lineage", { id: "a" })).records).toHaveLength(1);
  expect(await paths.invoke("self.data.table.models")).toEqual(["crystal"]);
  expect(await paths.invoke("self.data.table.crystal.count")).toBe(2);
  const lineage = await paths.invoke("self.data.table.crystal.lineage", { id: "b" });
  expect(lineage.rows.map(({ id }) => id)).toEqual(["a", "b"]);
});

test("[PTH-5] a list gives what was asked for and where to go on", async () => {
  await using runtime = await setup();
  const paths = createPaths({ memory: runtime.memory, tables: runtime.tables, models: { crystal } });
  for (let n = 10; n < 35; n++)
    await paths.invoke("self.data.table.crystal.put", { row: { id: `c${n}`, summary: "x" } });
  const first = await paths.invoke("self.data.table.crystal.list", { limit: 20 });
  const rest = await paths.invoke("self.data.table.crystal.list", { limit: 20, after: first.next ?? "" });
  expect([first.rows.length, rest.rows.length, rest.next]).toEqual([20, 5, undefined]);
});
