// Handlers that do not ask for the same steps as before: what is a fault, and what only looks like one.
import { expect, test } from "vitest";
import type { RunContext } from "../../src/actions/run-context.ts";
import type { Run } from "../../src/run/run.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";
import { settledRun } from "./runs-of.ts";

type Handler = (ctx: RunContext) => unknown;

/** One attempt after the other, each with a handler of its own; the last is repeated. */
async function attemptsOf(runtime: TestRuntime, handlers: readonly Handler[]): Promise<Run> {
  runtime.action("trip:book", {
    retry: { attempts: 5, delay: 0 },
    run: (_input, ctx) => (handlers[ctx.attempt - 1] ?? handlers.at(-1))?.(ctx),
  });
  return settledRun(runtime, "trip:book", {}, "1h");
}

const crash = (): never => {
  throw new Error("crash");
};

test("[STP-20] two steps with one name in one attempt are a fault that is not tried again", async () => {
  await using runtime = await testRuntime();
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      await ctx.step("mail", () => 1);
      await ctx.step("mail", () => 2);
    },
  ]);
  expect(run).toMatchObject({
    state: "failed",
    attempt: 1,
    reason: "not worth another attempt",
    error: { code: "run.nondeterministic" },
  });
  expect(run.error?.message).toMatch(/Two steps of attempt 1 have the name "mail"\. Expected: .* Found: /);
});

test("[STP-20] so are two steps under way at once, and two sleeps with one name", async () => {
  for (const ask of [
    (ctx: RunContext) => Promise.all([ctx.step("mail", () => 1), ctx.step("mail", () => 2)]),
    (ctx: RunContext) => Promise.all([ctx.sleep("1s", { name: "nap" }), ctx.sleep("1s", { name: "nap" })]),
  ]) {
    await using runtime = await testRuntime();
    const run = await attemptsOf(runtime, [ask]);
    expect(run.error?.code).toBe("run.nondeterministic");
  }
});

test("[STP-20] a handler that swallows the fault fails by it all the same", async () => {
  await using runtime = await testRuntime();
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      await ctx.step("mail", () => 1);
      await ctx.step("mail", () => 2).catch(() => undefined);
      return "fine";
    },
  ]);
  expect(run).toMatchObject({ state: "failed", error: { code: "run.nondeterministic" } });
});

test("[STP-20] a handler that swallows the fault in a loop does not hold up the node", async () => {
  await using runtime = await testRuntime();
  let turns = 0;
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      for (;;) {
        turns += 1;
        await ctx.step("mail", () => 1).catch(() => undefined);
      }
    },
  ]);
  expect(run).toMatchObject({ state: "failed", error: { code: "run.nondeterministic" } });
  expect(turns).toBeLessThan(20);
  expect(runtime.activeRuns()).toBe(0);
});

test("[STP-20] a step that failed may be asked for again in the same attempt", async () => {
  await using runtime = await testRuntime();
  let tries = 0;
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      const send = (): Promise<string> =>
        ctx.step("mail", () => {
          tries += 1;
          return tries < 3 ? crash() : "sent";
        });
      return send().catch(send).catch(send);
    },
  ]);
  expect(run).toMatchObject({ state: "succeeded", result: "sent", attempt: 1 });
});

test("[STP-21] a handler that finishes without a step it once completed has changed", async () => {
  await using runtime = await testRuntime();
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      await ctx.step("reserve", () => 1);
      await ctx.step("charge", () => 2);
      crash();
    },
    async (ctx) => {
      await ctx.step("reserve", () => 1);
      await ctx.step("charge card", () => 2);
      return "done";
    },
  ]);
  expect(run).toMatchObject({ state: "failed", attempt: 2, error: { code: "run.nondeterministic" } });
  expect(run.error?.message).toContain(
    'finished attempt 2 without the step "charge", which attempt 1 had completed. In its place stands "charge card", which is new.',
  );
  expect(run.error?.message).toContain('Expected: "reserve", "charge". Found: "reserve", "charge card".');
});

test("[STP-21] the next pass is an end, too; being cancelled or snoozed is none", async () => {
  const first: Handler = async (ctx) => {
    await ctx.step("reserve", () => 1);
    crash();
  };
  const second = async (end: (ctx: RunContext) => unknown): Promise<Run> => {
    await using runtime = await testRuntime();
    return await attemptsOf(runtime, [first, async (ctx) => (await ctx.step("other", () => 1), end(ctx))]);
  };
  expect(await second((ctx) => ctx.again({}))).toMatchObject({ error: { code: "run.nondeterministic" } });
  expect(await second((ctx) => ctx.cancel("enough"))).toMatchObject({ state: "cancelled", reason: "enough" });
  expect(await second((ctx) => ctx.snooze("2h"))).toMatchObject({ state: "waiting" });
});

test("[STP-21] a child that is no longer enqueued is a fault as well", async () => {
  await using runtime = await testRuntime();
  runtime.action("mail:send", { run: () => null });
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      await ctx.enqueue("mail:send", { to: "ann" });
      crash();
    },
    async (ctx) => {
      await ctx.enqueue("mail:send", { to: "bob" });
    },
  ]);
  expect(run.error?.code).toBe("run.nondeterministic");
  expect(run.error?.message).toMatch(/without the step "enqueue:mail:send#/);
});

test("[STP-22] new steps before, between and behind the remembered ones are no fault", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  const steps = async (ctx: RunContext, names: string): Promise<void> => {
    for (const name of names) await ctx.step(name, () => calls.push(name));
  };
  const run = await attemptsOf(runtime, [
    async (ctx) => (await steps(ctx, "bd"), crash()),
    async (ctx) => steps(ctx, "abcde"),
  ]);
  expect(run.state).toBe("succeeded");
  expect(calls).toEqual(["b", "d", "a", "c", "e"]);
});

test("[STP-22] parallel steps may come in any order", async () => {
  await using runtime = await testRuntime();
  const steps = (ctx: RunContext, names: string): Promise<unknown> =>
    Promise.all(Array.from(names, (name) => ctx.step(name, () => name)));
  const run = await attemptsOf(runtime, [
    async (ctx) => (await steps(ctx, "abc"), crash()),
    async (ctx) => (await steps(ctx, "cxba"), "done"),
  ]);
  expect(run).toMatchObject({ state: "succeeded", result: "done" });
});

test("[STP-22] what stands inside a remembered step, or one that fails now, need not be asked for", async () => {
  await using runtime = await testRuntime();
  const run = await attemptsOf(runtime, [
    async (ctx) => {
      await ctx.step("outer", async () => ctx.step("inner", async () => ctx.step("innermost", () => 1)));
      await ctx.step("half", async () => (await ctx.step("done", () => 1), crash()));
    },
    async (ctx) => {
      await ctx.step("outer", crash);
      await ctx.step("half", crash).catch(() => undefined);
      return "done";
    },
  ]);
  expect(run).toMatchObject({ state: "succeeded", result: "done" });
});

test("[STP-21] what stood inside a step that is done anew has to be asked for", async () => {
  await using runtime = await testRuntime();
  const run = await attemptsOf(runtime, [
    (ctx) => ctx.step("half", async () => (await ctx.step("inner", () => 1), crash())),
    (ctx) => ctx.step("half", () => "whole"),
  ]);
  expect(run.error?.message).toContain('without the step "inner"');
});

test("[STP-22] a sleep that is over may be left out", async () => {
  await using runtime = await testRuntime();
  const run = await attemptsOf(runtime, [
    async (ctx) => (await ctx.sleep("1s"), crash()),
    async (ctx) => (await ctx.step("a", () => 1), "done"),
  ]);
  expect(run).toMatchObject({ state: "succeeded", result: "done" });
});

test("[STP-23] a run that failed by a fault keeps its steps, and goes on when its handler asks for them all", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  let names = ["reserve", "charge"];
  runtime.action("trip:book", {
    retry: { attempts: 2, delay: 0 },
    run: async (_input, ctx) => {
      for (const name of names) await ctx.step(name, () => calls.push(name));
      if (ctx.attempt === 1 && names.length === 2) {
        names = ["reserve"];
        crash();
      }
      return "booked";
    },
  });
  const failed = await settledRun(runtime, "trip:book", {}, "1m");
  expect(failed.error?.code).toBe("run.nondeterministic");
  names = ["reserve", "charge", "mail"];
  await runtime.runs.retry(failed.id);
  await runtime.clock.advance("1m");
  expect(await runtime.runs.get(failed.id)).toMatchObject({ state: "succeeded", result: "booked" });
  expect(calls).toEqual(["reserve", "charge", "mail"]);
});
