import { expect, test } from "vitest";
import { z } from "zod";
import { sqlite } from "../../src/sqlite/index.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/index.ts";
import type { Document } from "../../src/stores/store.ts";

const sample = z.object({
  field: z.string(),
  id: z.number(),
  score: z.number().default(0),
  seen: z.coerce.date().optional(),
});

async function setup(): Promise<TestRuntime> {
  return testRuntime();
}

test("[STR-10] a schema that does not read what it has written is refused when it writes", async () => {
  await using runtime = await setup();
  const schema = z.object({
    id: z.string(),
    at: z.date().optional(),
    n: z.string().transform(Number).optional(),
  });
  const things = runtime.stores.define("thing", { schema, key: ["id"] });
  for (const item of [
    { id: "a", at: new Date(0) },
    { id: "a", n: "5" },
  ])
    await expect(things.upsert(item)).rejects.toMatchObject({ code: "store.invalid" });
  expect(await things.count()).toBe(0);
});

test("[STR-10] what JSON has no type for is coerced both ways, and handed out as a copy", async () => {
  await using runtime = await setup();
  const samples = runtime.stores.define("sample", { schema: sample, key: ["field", "id"] });
  const first = await samples.upsert({ field: "a", id: 1, seen: new Date(5) });
  expect([first.seen, first.score]).toEqual([new Date(5), 0]);
  first.seen?.setTime(9);
  expect((await samples.get("a", 1))?.seen).toEqual(new Date(5));
});

test("[STR-10] a document that a newer schema refuses says so when it is read, and an upsert mends it", async () => {
  const storage = sqlite(":memory:");
  const runtime = await testRuntime({ storage, start: false });
  const old = z.object({ id: z.string(), name: z.string().optional() });
  await runtime.stores.define("thing", { schema: old, key: ["id"] }).upsert({ id: "a" });
  await using other = await testRuntime({ storage, start: false });
  const things = other.stores.define("thing", { schema: old.required(), key: ["id"] });
  const refused = { code: "store.invalid", details: { key: ["a"] } };
  await expect(things.get("a")).rejects.toMatchObject(refused);
  await expect(things.list()).rejects.toMatchObject(refused);
  await expect(things.update(["a"], (thing) => thing)).rejects.toMatchObject(refused);
  expect(await things.upsert({ id: "a", name: "Ann" })).toMatchObject({ name: "Ann", version: 2 });
  expect(await things.get("a")).toMatchObject({ name: "Ann" });
});

test("[STR-11] every change is told from the moment of the call, until the signal", async () => {
  await using runtime = await setup();
  const samples = runtime.stores.define("sample", { schema: sample, key: ["field", "id"] });
  await samples.upsert({ field: "a", id: 1 });
  const stop = new AbortController();
  const changes = samples.watch({ prefix: ["a"], signal: stop.signal });
  await samples.upsert({ field: "a", id: 2 });
  await samples.upsert({ field: "b", id: 3 });
  await samples.upsert({ field: "a", id: 2 });
  await runtime.transaction(async (tx) => void (await tx.stores.of(samples).adjust(["a", 1], "score", 5)));
  const seen: unknown[] = [];
  for await (const change of changes) {
    seen.push([change.key, change.kind === "stored" ? change.document.score : "gone"]);
    if (seen.length === 2) stop.abort();
  }
  expect(seen).toEqual([
    [["a", 2], 0],
    [["a", 1], 5],
  ]);
});

test("[STR-11] a watch ends with its runtime", async () => {
  const runtime = await setup();
  const samples = runtime.stores.define("sample", { schema: sample, key: ["field", "id"] });
  const changes = samples.watch()[Symbol.asyncIterator]();
  const next = changes.next();
  await runtime.stop();
  expect(await next).toEqual({ done: true, value: undefined });
});

test("[STR-12] an ephemeral store keeps to itself", async () => {
  await using runtime = await setup();
  const options = { schema: sample, key: ["field", "id"], durability: "ephemeral" } as const;
  const samples = runtime.stores.define("sample", options);
  const changes = samples.watch()[Symbol.asyncIterator]();
  await samples.upsert({ field: "a", id: 1 });
  await Promise.all(Array.from({ length: 10 }, () => samples.adjust(["a", 1], "score", 1)));
  await samples.update(["a", 1], (one) => one && { ...one, score: one.score * 2 });
  expect(await samples.get("a", 1)).toMatchObject({ score: 20, version: 12 });
  expect((await samples.list({ prefix: ["a"] })).items).toHaveLength(1);
  expect(await changes.next()).toMatchObject({ value: { kind: "stored", key: ["a", 1] } });
  await samples.setLastRunAt(7);
  expect(await samples.status()).toMatchObject({ count: 1, lastRunAt: new Date(7) });
  expect(await samples.delete("a", 1)).toBe(true);
  expect(await runtime.journal.read({ category: "memory" })).toEqual([]);
  const inside = runtime.transaction((tx) => tx.stores.of(samples).upsert({ field: "a", id: 1 }));
  await expect(inside).rejects.toMatchObject({ code: "store.invalid" });
});

test("[STR-13] what a handler changes names its run", async () => {
  await using runtime = await setup();
  const samples = runtime.stores.define("sample", { schema: sample, key: ["field", "id"] });
  runtime.action("sample:take", {
    run: async (_input, ctx) => void (await ctx.stores.of(samples).upsert({ field: "a", id: 1 })),
  });
  const { id } = await runtime.runs.enqueue("sample:take", {});
  expect((await runtime.runs.wait(id)).state).toBe("succeeded");
  const [event] = await runtime.journal.read({ category: "memory" });
  expect(event).toMatchObject({ kind: "document.stored", subject: "store:sample", parent: `run:${id}` });
  expect(event?.data).toEqual({ key: ["a", 1], version: 1 });
});

test("[STR-14] what is remembered is read without asking the database", async () => {
  const storage = sqlite(":memory:");
  await using runtime = await testRuntime({ storage });
  const samples = runtime.stores.define("sample", {
    schema: sample.omit({ seen: true }),
    key: ["field", "id"],
  });
  const stored = await samples.upsert({ field: "a", id: 1 });
  expect(await samples.get("a", 1)).toBe(stored);
  await runtime.transaction(async (tx) => void (await tx.stores.of(samples).adjust(["a", 1], "score", 1)));
  expect((await samples.get("a", 1))?.score).toBe(1);
  expect(await samples.get("a", 1)).toBe(await samples.get("a", 1));
});

test("[STR-15] a description that makes no sense is refused with every fault, and a taken name as well", async () => {
  await using runtime = await setup();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const wrong = { schema: {}, key: ["version", ""], durability: "some" } as never;
  expect(() => runtime.stores.define("no name", wrong)).toThrow(
    expect.objectContaining({
      code: "store.invalid",
      details: {
        issues: ["name", "schema", "key", "durability"].map((field) => expect.objectContaining({ field })),
      },
    }),
  );
  const samples = runtime.stores.define("sample", { schema: sample, key: ["id"] });
  expect(() => runtime.stores.define("sample", { schema: sample, key: ["id"] })).toThrow(
    expect.objectContaining({ code: "store.conflict" }),
  );
  await using other = await setup();
  await expect(other.transaction((tx) => tx.stores.of(samples).count())).rejects.toMatchObject({
    code: "store.invalid",
  });
});

test("[STR-15] the types follow from the schema", async () => {
  await using runtime = await setup();
  // @ts-expect-error -- a date is no part of a key
  runtime.stores.define("x", { schema: sample, key: ["seen"] });
  // @ts-expect-error -- not a field
  runtime.stores.define("y", { schema: sample, key: ["nope"] });
  const samples = runtime.stores.define("sample", { schema: sample, key: ["field", "id"] });
  const one: Document<z.output<typeof sample>> = await samples.upsert({ field: "a", id: 1 });
  expect([one.score, one.version]).toEqual([0, 1]);
  // @ts-expect-error -- the key is a text and a number
  await samples.get("a", "1");
  // @ts-expect-error -- both parts of the key are needed
  await expect(samples.upsert({ field: "a" })).rejects.toMatchObject({ code: "store.invalid" });
  // @ts-expect-error -- a score is a number
  await expect(samples.upsert({ field: "a", id: 1, score: "high" })).rejects.toMatchObject({
    code: "store.invalid",
  });
  // @ts-expect-error -- frozen
  expect(() => (one.score = 5)).toThrow(TypeError);
});

test("[STR-8] a transaction does not wait for those who wait for it", async () => {
  await using runtime = await setup();
  const samples = runtime.stores.define("sample", { schema: sample, key: ["field", "id"] });
  await samples.upsert({ field: "a", id: 1 });
  let outside: Promise<unknown> | undefined;
  await runtime.transaction(async (tx) => {
    outside = samples.adjust(["a", 1], "score", 1);
    await tx.stores.of(samples).update(["a", 1], (one) => one && { ...one, score: 10 });
  });
  await outside;
  expect((await samples.get("a", 1))?.score).toBe(11);
});
