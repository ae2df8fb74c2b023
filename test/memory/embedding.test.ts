// Embedding as it happens in a runtime: by itself after appends, across a restart in the middle, and in a handler's memory.
import { expect, test } from "vitest";
import type { Embedder } from "../../src/memory/embedder.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/index.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

/** The number of vowels and of all letters: enough to tell texts apart. */
class Vowels implements Embedder {
  readonly model = "vowels";
  readonly batch = 2;
  readonly asked: string[] = [];
  /** Holds an answer back until it is let go. */
  gate: Promise<void> | undefined;
  fails = 0;

  async embed(texts: readonly string[]): Promise<readonly (readonly number[])[]> {
    await this.gate;
    this.asked.push(...texts);
    if (this.fails-- > 0) throw new Error("the model is away");
    return texts.map((text) => [text.replaceAll(/[^aeiou]/g, "").length + 0.1, text.length]);
  }
}

async function settle(runtime: TestRuntime): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await runtime.clock.advance("5s");
}

test("[MEM-104] records that come get their vectors by themselves, by one run for all that come together", async () => {
  const embedder = new Vowels();
  await using runtime = await testRuntime({ embedder });
  await runtime.memory.appendMany(["aaaa", "bbbb", "aabb"].map((content) => ({ content })));
  await runtime.memory.append({ content: "late" });
  expect((await runtime.memory.search({ text: "aaaa" })).unindexed).toBe(4);
  await settle(runtime);
  const { hits, unindexed, used } = await runtime.memory.search({ text: "aaaa" });
  expect([unindexed, used, hits[0]?.ranks]).toEqual([0, ["lexical", "vector"], { lexical: 1, vector: 1 }]);
  const runs = await runtime.runs.list({ action: "memory:embed" });
  expect(runs.items.filter(({ result }) => JSON.stringify(result) === '{"embedded":4}')).toHaveLength(1);
  expect(runs.items.length).toBeLessThanOrEqual(2);
});

test("[MEM-104] an embedder that is away is asked again by the same run", async () => {
  const embedder = new Vowels();
  await using runtime = await testRuntime({ embedder });
  embedder.fails = 2;
  await runtime.memory.append({ content: "aaaa" });
  await runtime.clock.advance("10m");
  expect((await runtime.memory.search({ text: "aaaa" })).unindexed).toBe(0);
});

test("[MEM-105] a restart in the middle of embedding loses nothing and repeats no batch that was kept", async () => {
  const file = sqliteFile();
  const texts = Array.from({ length: 9 }, (_, index) => `text ${index}`);
  const first = new Vowels();
  const before = await testRuntime({ storage: file.storage, embedder: first });
  await before.memory.appendMany(texts.map((content) => ({ content })));
  const held = Promise.withResolvers<void>();
  await before.clock.advance("500ms");
  // Two batches go through, then the answer stays away and the node goes down.
  first.gate = undefined;
  const original = first.embed.bind(first);
  first.embed = async (given) => {
    if (first.asked.length >= 4) await held.promise;
    return original(given);
  };
  const advancing = before.clock.advance("2s");
  while (first.asked.length < 4) await new Promise((resolve) => setImmediate(resolve));
  await before.stop({ drain: 0 });
  held.resolve();
  await advancing.catch(() => undefined);

  const second = new Vowels();
  const storage = file.reopen?.() ?? sqlite(":memory:");
  const after = await testRuntime({ storage, embedder: second, clock: before.clock });
  await settle(after);
  expect((await after.memory.search({ text: "text" })).unindexed).toBe(0);
  const again = new Set(second.asked);
  expect(texts.slice(4).every((text) => again.has(text))).toBe(true);
  expect(texts.slice(0, 4).some((text) => again.has(text))).toBe(false);
  await after.stop();
  await file.dispose?.();
});

test("[MEM-106] what a handler keeps names its run, and the search of its memory is that of the runtime", async () => {
  const embedder = new Vowels();
  await using runtime = await testRuntime({ embedder });
  runtime.action("note:take", {
    async run(_input, { memory }) {
      const { record } = await memory.append({ content: "aaaa" });
      return { id: record.id, used: (await memory.search({ text: "aaaa" })).used };
    },
  });
  const run = await runtime.runs.enqueue("note:take", {});
  await settle(runtime);
  const done = await runtime.runs.get(run.id);
  expect(done).toMatchObject({ state: "succeeded", result: { used: ["lexical", "vector"] } });
  const [event] = await runtime.journal.read({ kind: "record.appended" });
  expect(event).toMatchObject({ actor: "node:test", parent: `run:${run.id}` });
});

test("[MEM-107] memory in a transaction of the runtime is committed with its runs, or not at all", async () => {
  await using runtime = await testRuntime();
  runtime.action("note:read", { run: () => null });
  const work = runtime.transaction(async (tx) => {
    await tx.memory.append({ id: "a", content: "x" }, { advance: { ref: "head", expected: null } });
    await tx.runs.enqueue("note:read", {});
    throw new Error("no");
  });
  await expect(work).rejects.toThrow("no");
  expect(await runtime.memory.has("a")).toBe(false);
  expect(await runtime.memory.refs.get("head")).toBe(null);
  await runtime.transaction(async (tx) => {
    await tx.memory.append({ id: "a", content: "x" });
    await tx.runs.enqueue("note:read", {});
  });
  expect(await runtime.memory.has("a")).toBe(true);
  const events = await runtime.journal.read({ limit: 10 });
  const commits = events.filter(({ kind }) => kind === "record.appended" || kind === "run.enqueued");
  expect(new Set(commits.map(({ commit }) => commit)).size).toBe(1);
});

test("[MEM-108] the memory of a handler in a thread of its own works as any other", async () => {
  await using runtime = await createRuntime({ storage: sqlite(":memory:"), node: "test" });
  runtime.action("thread:remember", {
    isolate: "thread",
    retry: { attempts: 1 },
    module: new URL("./handlers/remember.ts", import.meta.url),
  });
  await runtime.start();
  const { id } = await runtime.runs.enqueue("thread:remember", {});
  const run = await runtime.runs.wait(id, { timeout: "20s" });
  expect(run.error).toBeUndefined();
  const [kept] = (await runtime.memory.list({ where: { n: 1 } })).items;
  expect(run.result).toEqual({
    id: kept?.id,
    found: [kept?.id],
    used: ["lexical"],
    refused: expect.stringContaining("records never change"),
    seen: ["appended", "appended", "forgotten"],
    head: kept?.id,
    listed: 1,
    lineage: 2,
  });
  const [event] = await runtime.journal.read({ kind: "record.forgotten" });
  expect(event).toMatchObject({ parent: `run:${id}` });
});

test("[MEM-109] a task applies a rule of retention by night", async () => {
  await using runtime = await testRuntime();
  const { memory } = runtime;
  for (let turn = 1; turn <= 4; turn++)
    await memory.append({ id: `t${turn}`, namespace: "chat", content: "x" });
  await memory.refs.set("pinned", "t1", null);
  const params = { namespace: "chat", maxAge: "30d", maxCount: 1, dryRun: false };
  await runtime.tasks.register({
    id: "tidy",
    type: "interval",
    schedule: "1d",
    action: "memory:retain",
    params,
  });
  await runtime.clock.advance("1d");
  expect((await memory.list({ order: "oldest" })).items.map(({ id }) => id)).toEqual(["t1", "t4"]);
  const [run] = (await runtime.runs.list({ action: "memory:retain" })).items;
  expect(run?.result).toMatchObject({ purged: 2, referenced: 1, dryRun: false });
});
