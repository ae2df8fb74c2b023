// Steps on several nodes of one PostgreSQL: a run goes on wherever there is room, and nothing is done twice.
import { afterAll, expect, test } from "vitest";
import { postgres } from "../../src/postgres/index.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { postgresServer } from "../support/postgres-server.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

const runs = 30;

test("[STP-1] runs that sleep between their steps wander between nodes and do each step once", async () => {
  const calls = new Map<string, number>();
  const nodesOf = new Map<string, Set<string>>();
  const node = async (name: string): Promise<Runtime> => {
    const runtime = await createRuntime({
      storage: postgres(server.url),
      node: name,
      work: { concurrency: 4 },
    });
    runtime.action("mail:send", { run: () => null });
    runtime.action("trip:book", {
      retry: { attempts: 5, delay: 10 },
      run: async (input: number, ctx) => {
        nodesOf.set(ctx.runId, (nodesOf.get(ctx.runId) ?? new Set()).add(name));
        let sum = 0;
        for (let number = 1; number <= 4; number++) {
          sum += await ctx.step(`step ${number}`, () => {
            const what = `${ctx.runId} ${number}`;
            calls.set(what, (calls.get(what) ?? 0) + 1);
            return number * input;
          });
          if (number === 2) await ctx.enqueue("mail:send", { input });
          if (number === 3 && ctx.attempt === 1) throw new Error("again");
          await ctx.sleep(20);
        }
        return sum;
      },
    });
    return runtime;
  };
  const nodes = await Promise.all(["a", "b", "c"].map(node));
  const [first] = nodes;
  if (first === undefined) throw new Error("no node");
  try {
    const inputs = Array.from({ length: runs }, (_, number) => number);
    const ids = (await first.runs.enqueueMany(inputs.map((input) => ({ action: "trip:book", input })))).map(
      (run) => run.id,
    );
    await Promise.all(nodes.map((one) => one.start()));
    const ended = await Promise.all(ids.map((id) => first.runs.wait(id, { timeout: "20s" })));
    expect(ended.map((run) => run.result)).toEqual(inputs.map((input) => input * 10));
    expect(calls.size).toBe(runs * 4);
    expect([...calls.values()].every((times) => times === 1)).toBe(true);
    expect(Math.max(...Array.from(nodesOf.values(), (names) => names.size))).toBeGreaterThan(1);
    expect((await first.runs.list({ action: "mail:send", limit: 100 })).items).toHaveLength(runs);
  } finally {
    await Promise.all(nodes.map((one) => one.stop({ drain: "5s" })));
  }
});

test("[STP-47] a run that another node cancels is told so at once, and keeps no step", async () => {
  const told: string[] = [];
  const started = Promise.withResolvers<void>();
  const [near, far] = await Promise.all(
    ["near", "far"].map((name) => createRuntime({ storage: postgres(server.url), node: name })),
  );
  if (near === undefined || far === undefined) throw new Error("no node");
  near.action("trip:wait", {
    run: async (_input, ctx) => {
      started.resolve();
      await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
      await ctx.step("late", () => 1).catch((error: { code: string }) => told.push(error.code));
    },
  });
  try {
    await near.start();
    const { id } = await near.runs.enqueue("trip:wait", {});
    await started.promise;
    await far.runs.cancel(id, { reason: "changed plans" });
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["run.cancelled"]);
    expect(near.activeRuns()).toBe(0);
  } finally {
    await near.stop();
    await far.stop();
  }
});
