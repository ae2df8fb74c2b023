// Runs that a run enqueues: once each, however often its handler comes by.
import { expect, test } from "vitest";
import type { RunContext } from "../../src/actions/run-context.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";
import { settledRun } from "./runs-of.ts";
import { handleOf } from "./shared-storage.ts";

async function childrenOf(runtime: TestRuntime): Promise<unknown[]> {
  const { items } = await runtime.runs.list({ action: "mail:send", limit: 1_000 });
  return items.map((run) => run.params).toReversed();
}

function bookWith(runtime: TestRuntime, handler: (ctx: RunContext) => unknown): void {
  runtime.action("mail:send", { run: () => null });
  runtime.action("trip:book", { retry: { attempts: 5, delay: 0 }, run: (_input, ctx) => handler(ctx) });
}

test("[STP-40] a child is enqueued once, as a child of its run, whatever happens to the attempts", async () => {
  await using runtime = await testRuntime();
  const ids = new Set<string>();
  bookWith(runtime, async (ctx) => {
    ids.add((await ctx.enqueue("mail:send", { to: "ann" }, { tags: ["hello"], delay: "1s" })).id);
    if (ctx.attempt < 3) throw new Error("again");
    await ctx.sleep("1h");
  });
  const run = await settledRun(runtime, "trip:book", {}, "2h");
  expect(run.state).toBe("succeeded");
  expect(ids.size).toBe(1);
  const child = await runtime.runs.get([...ids][0] ?? "");
  expect(child).toMatchObject({
    action: "mail:send",
    params: { to: "ann" },
    parentId: run.id,
    tags: ["hello"],
  });
  expect(await childrenOf(runtime)).toEqual([{ to: "ann" }]);
});

test("[STP-40] nor is it enqueued again when the node died between the child and the note of it", async () => {
  const database = sqlite(":memory:");
  let dies = true;
  const { storage } = handleOf(database, {
    before: (noun, verb) => {
      if (!dies || noun !== "steps" || verb !== "save") return;
      dies = false;
      throw new Error("the disk is gone");
    },
  });
  await using runtime = await testRuntime({ storage });
  bookWith(runtime, (ctx) => ctx.enqueue("mail:send", { to: "ann" }));
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "succeeded", attempt: 2 });
  expect(await childrenOf(runtime)).toEqual([{ to: "ann" }]);
});

test("[STP-40] nor when the child has long been deleted by retention", async () => {
  await using runtime = await testRuntime({ retention: { runs: "1d" } });
  bookWith(runtime, async (ctx) => {
    await ctx.enqueue("mail:send", { to: "ann" });
    await ctx.sleep("30d");
    await ctx.sleep("30d");
  });
  const { id } = await runtime.runs.enqueue("trip:book", {});
  await runtime.clock.advance("10d");
  await runtime.retention.apply();
  expect(await childrenOf(runtime)).toEqual([]);
  await runtime.clock.advance("60d");
  expect((await runtime.runs.get(id))?.state).toBe("succeeded");
  expect(await childrenOf(runtime)).toEqual([]);
});

test("[STP-41] different children may be enqueued in any order, equal ones count", async () => {
  await using runtime = await testRuntime();
  const orders = [
    ["ann", "bob", "bob"],
    ["bob", "cleo", "ann", "bob"],
  ];
  bookWith(runtime, async (ctx) => {
    const ids: string[] = [];
    for (const to of orders[ctx.attempt - 1] ?? []) ids.push((await ctx.enqueue("mail:send", { to })).id);
    if (ctx.attempt === 1) throw new Error("again");
    return new Set(ids).size;
  });
  expect((await settledRun(runtime, "trip:book", {}, "1m")).result).toBe(4);
  expect(await childrenOf(runtime)).toEqual([{ to: "ann" }, { to: "bob" }, { to: "bob" }, { to: "cleo" }]);
});

test("[STP-41] the spelling of the input does not matter, its content does", async () => {
  await using runtime = await testRuntime();
  bookWith(runtime, async (ctx) => {
    await ctx.enqueue("mail:send", ctx.attempt === 1 ? { a: 1, b: 2 } : { b: 2, a: 1 });
    if (ctx.attempt === 1) throw new Error("again");
  });
  expect((await settledRun(runtime, "trip:book", {}, "1m")).state).toBe("succeeded");
  expect(await childrenOf(runtime)).toEqual([{ a: 1, b: 2 }]);
});

test("[STP-41] a key of one's own makes the child the only one with it, whatever its input", async () => {
  await using runtime = await testRuntime();
  bookWith(runtime, async (ctx) => {
    const one = await ctx.enqueue("mail:send", { at: ctx.now(), n: ctx.attempt }, { key: "welcome ann" });
    const two = await ctx.enqueue("mail:send", { n: 0 }, { key: "welcome ann" });
    if (ctx.attempt === 1) throw new Error("again");
    return one.id === two.id;
  });
  expect((await settledRun(runtime, "trip:book", {}, "1m")).result).toBe(true);
  expect(await childrenOf(runtime)).toHaveLength(1);
});

test("[STP-41] the same child in another pass, or of another run, is another", async () => {
  await using runtime = await testRuntime();
  bookWith(runtime, async (ctx) => {
    await ctx.enqueue("mail:send", { to: "ann" });
    return ctx.pass < 2 ? ctx.again({}) : null;
  });
  await settledRun(runtime, "trip:book", {}, "1m");
  await settledRun(runtime, "trip:book", {}, "1m");
  expect(await childrenOf(runtime)).toHaveLength(4);
});

test("[STP-41] inside a step a child belongs to it", async () => {
  await using runtime = await testRuntime();
  bookWith(runtime, async (ctx) => {
    await Promise.all(
      ["a", "b"].map((name) =>
        ctx.step(name, async () => (await ctx.enqueue("mail:send", { to: "ann" })).id),
      ),
    );
    if (ctx.attempt === 1) throw new Error("again");
  });
  expect((await settledRun(runtime, "trip:book", {}, "1m")).state).toBe("succeeded");
  expect(await childrenOf(runtime)).toHaveLength(2);
});

test("[STP-40] what cannot be enqueued is told to the handler", async () => {
  await using runtime = await testRuntime();
  bookWith(runtime, async (ctx) => {
    const codes: unknown[] = [];
    for (const [action, input] of [
      ["mail:lost", {}],
      ["mail:send", { no: 5n }],
    ] as const)
      await ctx.enqueue(action, input).catch((error: { code: string }) => codes.push(error.code));
    await ctx
      .enqueue("mail:send", {}, { delay: -1 })
      .catch((error: { code: string }) => codes.push(error.code));
    return codes;
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run.result).toEqual(["action.not-found", "json.invalid", "run.invalid"]);
});
