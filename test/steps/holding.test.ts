// Whether a run is still held: heartbeats, signals, and the children and steps of those who do not hold it any more.
import { expect, test } from "vitest";
import type { RunContext } from "../../src/actions/run-context.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { testClock, type TestClock } from "../../src/testing/test-clock.ts";
import { testRuntime } from "../../src/testing/test-runtime.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { found, isCode, kindsOf, settledRun } from "./runs-of.ts";
import { handleOf } from "./shared-storage.ts";

/** Two nodes on one database; a run of `trip:book` is under way on the first. */
async function twoNodes(handler: (ctx: RunContext) => unknown): Promise<{
  readonly clock: TestClock;
  readonly near: Runtime;
  readonly far: Runtime;
  readonly runId: string;
  /** The first node stops renewing its lease, but its handlers go on. */
  freeze(): void;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const clock = testClock();
  const database = sqlite(":memory:");
  const node = new MortalClock(clock);
  const options = { random: seededRandom("nodes") };
  const near = await createRuntime({
    ...options,
    storage: handleOf(database).storage,
    clock: node,
    node: "near",
    work: { concurrency: 1 },
  });
  const far = await createRuntime({ ...options, storage: handleOf(database).storage, clock, node: "far" });
  clock.attach(() => database.settled());
  near.action("trip:book", { retry: { delay: 0 }, run: (_input, ctx) => handler(ctx) });
  near.action("mail:send", { run: () => null });
  await near.start();
  const { id: runId } = await near.runs.enqueue("trip:book", {});
  await clock.advance(1);
  await far.start();
  return {
    clock,
    near,
    far,
    runId,
    freeze: () => node.kill(),
    async [Symbol.asyncDispose]() {
      await near.stop({ drain: 0 });
      await far.stop({ drain: 0 });
      await database.close();
    },
  };
}

test("[STP-45] a heartbeat passes as long as the attempt holds its run", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      await Promise.all([ctx.heartbeat(), ctx.heartbeat()]);
      await ctx.heartbeat();
      return "alive";
    },
  });
  expect((await settledRun(runtime, "trip:book", {}, "1s")).result).toBe("alive");
});

const asks: Readonly<Record<string, (ctx: RunContext) => Promise<unknown>>> = {
  heartbeat: (ctx) => ctx.heartbeat(),
  progress: (ctx) => ctx.progress(0.5),
  step: (ctx) => ctx.step("late", () => 1),
  sleep: (ctx) => ctx.sleep("1s"),
  enqueue: (ctx) => ctx.enqueue("mail:send", {}),
};

test.each(Object.keys(asks))(
  "[STP-45] a run that another node cancels is noticed by %s, which aborts the signal",
  async (ask) => {
    const gate = Promise.withResolvers<void>();
    const told: unknown[] = [];
    await using nodes = await twoNodes(async (ctx) => {
      const { signal } = ctx;
      await gate.promise;
      await asks[ask]?.(ctx).catch((error: unknown) => told.push(isCode(error), String(error)));
      told.push(signal.aborted, isCode(signal.reason));
    });
    await nodes.far.runs.cancel(nodes.runId, { reason: "changed plans" });
    gate.resolve();
    await nodes.clock.advance(1);
    expect(told).toEqual([
      "run.cancelled",
      "EscapementError: The run was cancelled: changed plans.",
      true,
      "run.cancelled",
    ]);
    expect(nodes.near.activeRuns()).toBe(0);
    expect((await nodes.near.runs.list({ action: "mail:send" })).items).toEqual([]);
  },
);

test.each(Object.keys(asks))(
  "[STP-6] an attempt whose run was taken over is refused by %s, and changes nothing",
  async (ask) => {
    const gate = Promise.withResolvers<void>();
    const told: unknown[] = [];
    await using nodes = await twoNodes(async (ctx) => {
      if (ctx.attempt > 1) return "by another";
      await gate.promise;
      await asks[ask]?.(ctx).catch((error: unknown) => told.push(isCode(error)));
      return "too late";
    });
    nodes.freeze();
    nodes.far.action("trip:book", { run: () => "by another" });
    await nodes.clock.advance("1m");
    gate.resolve();
    await nodes.clock.advance(1);
    expect(told).toEqual(["run.stale"]);
    expect(await found(nodes.far, nodes.runId)).toMatchObject({ result: "by another", attempt: 2 });
    expect((await nodes.far.runs.list({ action: "mail:send" })).items).toEqual([]);
    expect(await kindsOf(nodes.far, nodes.runId)).not.toContain("run.stepped");
    if (ask === "step" || ask === "progress")
      expect(await kindsOf(nodes.far, nodes.runId)).toContain("run.stale");
  },
);

test("[STP-47] a cancel on another node is noticed within seconds by a handler that asks for nothing", async () => {
  const told: unknown[] = [];
  await using nodes = await twoNodes(
    ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(told.push(isCode(signal.reason)))),
      ),
  );
  await nodes.far.runs.cancel(nodes.runId);
  await nodes.clock.advance("6s");
  expect(told).toEqual(["run.cancelled"]);
  expect(nodes.near.activeRuns()).toBe(0);
});

test("[STP-47] the signal aborts on a timeout, on a cancel, and when the node stops", async () => {
  const reasons: string[] = [];
  const start = async (
    timeout: string,
  ): Promise<{ runtime: Awaited<ReturnType<typeof testRuntime>>; id: string }> => {
    const runtime = await testRuntime();
    runtime.action("trip:book", {
      timeout,
      retry: { attempts: 1 },
      run: (_input, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => reasons.push(isCode(signal.reason)))),
    });
    const { id } = await settledRun(runtime, "trip:book", {}, "1s");
    return { runtime, id };
  };
  const one = await start("5s");
  await one.runtime.clock.advance("5s");
  expect(await found(one.runtime, one.id)).toMatchObject({ state: "failed", error: { code: "run.timeout" } });
  await one.runtime.stop();
  const two = await start("1h");
  await two.runtime.runs.cancel(two.id);
  await two.runtime.stop();
  const three = await start("1h");
  await three.runtime.stop();
  expect(reasons).toEqual(["run.timeout", "run.cancelled", "runtime.stopped"]);
});

test("[STP-48] an attempt that is over is refused everything, and one that spins is left waiting", async () => {
  await using runtime = await testRuntime();
  const told: string[] = [];
  let turns = 0;
  runtime.action("trip:book", {
    timeout: "1m",
    retry: { attempts: 1 },
    run: async (_input, ctx) => {
      await new Promise<void>((resolve) => runtime.clock.timer(ctx.now() + 90_000, resolve));
      for (const ask of Object.values(asks))
        await ask(ctx).catch((error: unknown) => told.push(isCode(error)));
      for (;;) {
        turns += 1;
        await ctx.step("once more", () => 1).catch(() => undefined);
      }
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "2m");
  expect(run).toMatchObject({ state: "failed", error: { code: "run.timeout" } });
  expect(told).toEqual(Object.keys(asks).map(() => "run.stale"));
  expect(turns).toBeLessThan(20);
});

test("[STP-48] a step that ends after its attempt is not kept, and the journal has it", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  runtime.action("trip:book", {
    timeout: "1m",
    retry: { attempts: 2, delay: "1m", jitter: false },
    run: (_input, ctx) =>
      ctx.step("slow", async () => {
        calls.push(`attempt ${ctx.attempt}`);
        if (ctx.attempt === 1)
          await new Promise<void>((resolve) => runtime.clock.timer(ctx.now() + 90_000, resolve));
        return ctx.attempt;
      }),
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "5m");
  expect(await found(runtime, id)).toMatchObject({ state: "succeeded", result: 2 });
  expect(calls).toEqual(["attempt 1", "attempt 2"]);
  const stale = await runtime.journal.read({ after: 0, subject: `run:${id}`, kind: "run.stale" });
  expect(stale).toMatchObject([{ label: "slow", data: { attempt: 1, step: "slow" } }]);
});

test("[STP-48] what a handler leaves behind does no harm to its node", async () => {
  await using runtime = await testRuntime();
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", hear);
  const gate = Promise.withResolvers<void>();
  runtime.action("trip:book", {
    run: (_input, ctx) => {
      void ctx.sleep("1h");
      void gate.promise.then(() => {
        for (const ask of Object.values(asks)) void ask(ctx);
      });
      return "gone";
    },
  });
  expect((await settledRun(runtime, "trip:book", {}, "1s")).result).toBe("gone");
  gate.resolve();
  await runtime.clock.advance("2h");
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", hear);
  expect(unhandled).toEqual([]);
});
