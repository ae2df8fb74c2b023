// Durable steps as handlers see them: what is remembered, what is done again, and what is told to whom.
import { expect, test } from "vitest";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { testRuntime } from "../../src/testing/test-runtime.ts";
import { countCalls } from "./counted-storage.ts";
import { isCode, kindsOf, settledRun } from "./runs-of.ts";

test("[STP-1] a step runs once per run, and later attempts get its result", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  runtime.action("trip:book", {
    retry: { attempts: 3, delay: "1s", jitter: false },
    async run(_input, ctx) {
      const hotel = await ctx.step("hotel", () => {
        calls.push("hotel");
        return { id: 7, dates: ["2026-01-02"] };
      });
      const flight = await ctx.step("flight", async () => {
        calls.push("flight");
        if (ctx.attempt < 3) throw new Error("sold out");
        return "LH1";
      });
      return { hotel, flight };
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "succeeded", attempt: 3 });
  expect(run.result).toEqual({ hotel: { id: 7, dates: ["2026-01-02"] }, flight: "LH1" });
  expect(calls).toEqual(["hotel", "flight", "flight", "flight"]);
});

test("[STP-2] a function that throws leaves nothing behind, nor does a result that cannot be kept", async () => {
  await using runtime = await testRuntime();
  const results: readonly (() => unknown)[] = [
    () => {
      throw new Error("no");
    },
    () => 5n,
    () => new Map(),
    () => Number.NaN,
    () => "x".repeat(1_100_000),
    () => "kept",
  ];
  const caught: string[] = [];
  runtime.action("trip:book", {
    retry: { attempts: 10, delay: 0 },
    run: async (_input, ctx) => {
      try {
        return await ctx.step("any", results[ctx.attempt - 1] ?? (() => "once more"));
      } catch (error) {
        caught.push(isCode(error));
        throw error;
      }
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run.result).toBe("kept");
  expect(caught).toEqual(["Error", "json.invalid", "json.invalid", "json.invalid", "json.too-large"]);
});

test("[STP-3] a result is what JSON makes of it, the first time as well", async () => {
  await using runtime = await testRuntime();
  const seen: unknown[] = [];
  runtime.action("trip:book", {
    retry: { delay: 0 },
    run: async (_input, ctx) => {
      const kept = await ctx.step("when", () => ({ at: new Date(0), nothing: undefined, deep: [1, null] }));
      seen.push([kept, await ctx.step("void", () => undefined)]);
      if (ctx.attempt === 1) throw new Error("again");
    },
  });
  await settledRun(runtime, "trip:book", {}, "1m");
  expect(seen).toHaveLength(2);
  expect(seen[0]).toEqual([{ at: "1970-01-01T00:00:00.000Z", deep: [1, null] }, null]);
  expect(seen[1]).toEqual(seen[0]);
});

test("[STP-4] steps may run in parallel and inside each other", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  const call = (name: string): string => {
    calls.push(name);
    return name;
  };
  runtime.action("trip:book", {
    retry: { delay: 0 },
    run: async (_input, ctx) => {
      const both = await Promise.all([
        ctx.step("a", async () => {
          const inner = await Promise.all([
            ctx.step("a1", () => call("a1")),
            ctx.step("a2", () => call("a2")),
          ]);
          return [call("a"), ...inner];
        }),
        ctx.step("b", async () => {
          await ctx.step("b1", () => call("b1"));
          if (ctx.attempt === 1) throw new Error("b breaks behind b1");
          return call("b");
        }),
      ]);
      return both;
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run.result).toEqual([["a", "a1", "a2"], "b"]);
  expect(calls.toSorted()).toEqual(["a", "a1", "a2", "b", "b1"]);
});

test("[STP-5] steps are read once per attempt, and a run without steps asks for none", async () => {
  const counted = countCalls(sqlite(":memory:"));
  await using runtime = await testRuntime({ storage: counted.storage });
  runtime.action("page:fetch", { run: (_input, ctx) => ctx.runId });
  runtime.action("trip:book", {
    retry: { delay: 0 },
    run: async (_input, ctx) => {
      await Promise.all([1, 2, 3].map((number) => ctx.step(`s${number}`, () => number)));
      if (ctx.attempt === 1) throw new Error("again");
    },
  });
  await settledRun(runtime, "page:fetch", {}, "1m");
  expect(counted.calls("steps")).toEqual([]);
  await settledRun(runtime, "trip:book", {}, "1m");
  expect(counted.calls("steps")).toEqual(["load", "save", "load"]);
});

test("[STP-7] each step that is kept is an event with its name and how long it took", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      await ctx.step("hotel", () => runtime.clock.advance(250));
      await ctx.step("flight", () => "LH1");
    },
  });
  const { id } = await runtime.runs.enqueue("trip:book", {});
  // The handler itself moves the clock.
  await runtime.runs.wait(id);
  const events = await runtime.journal.read({ after: 0, subject: `run:${id}`, kind: "run.stepped" });
  expect(
    events.map(({ label, durationMs, actor, category }) => [label, durationMs, actor, category]),
  ).toEqual([
    ["hotel", 250, "node:test", "run"],
    ["flight", 0, "node:test", "run"],
  ]);
});

test.each<readonly [string, unknown, unknown]>([
  ["nothing", "", () => 1],
  ["a number", 5, () => 1],
  ["a long text", "x".repeat(201), () => 1],
  ["a character 0", "a\0b", () => 1],
  ["half a character", "\ud83d", () => 1],
  ["the name of a sleep", "sleep:1", () => 1],
  ["the name of a child", "enqueue:mail:send", () => 1],
  ["no function", "fine", "not a function"],
])("[STP-8] a step is refused with %s", async (_what, name, fn) => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
    run: (_input, ctx) => ctx.step(name as string, fn as () => number),
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "failed", attempt: 1, error: { code: "run.invalid" } });
});

test("[STP-9] every pass has steps of its own, and a snooze keeps them", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  let snoozed = false;
  runtime.action("trip:book", {
    run: async (input: { pass: number }, ctx) => {
      await ctx.step("hotel", () => calls.push(`hotel ${ctx.pass}`));
      if (!snoozed) {
        snoozed = true;
        return ctx.snooze("1m");
      }
      return ctx.pass < 3 ? ctx.again({ pass: input.pass + 1 }) : input;
    },
  });
  const run = await settledRun(runtime, "trip:book", { pass: 1 }, "5m");
  expect(run).toMatchObject({ state: "succeeded", pass: 3, attempt: 1, result: { pass: 3 } });
  expect(calls).toEqual(["hotel 1", "hotel 2", "hotel 3"]);
});

test("[STP-9] a dead letter that is redriven goes on with the steps it has", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  let mended = false;
  runtime.action("trip:book", {
    retry: { attempts: 1 },
    run: async (_input, ctx) => {
      await ctx.step("hotel", () => calls.push("hotel"));
      if (!mended) throw new Error("broken");
      return "done";
    },
  });
  const failed = await settledRun(runtime, "trip:book", {}, "1m");
  expect(failed.state).toBe("failed");
  mended = true;
  await runtime.runs.retry(failed.id);
  await runtime.clock.advance("1m");
  expect(await runtime.runs.get(failed.id)).toMatchObject({ state: "succeeded", result: "done" });
  expect(calls).toEqual(["hotel"]);
});

test("[STP-10] the steps of a run are deleted with it", async () => {
  const storage = sqlite(":memory:");
  await using runtime = await testRuntime({ storage, retention: { runs: "1d" } });
  runtime.action("trip:book", { run: (_input, ctx) => ctx.step("hotel", () => 7) });
  const { id } = await settledRun(runtime, "trip:book", {}, "23h");
  const { id: other } = await settledRun(runtime, "trip:book", {}, "1m");
  expect(await storage.steps.load({ runId: id, pass: 1 })).toHaveLength(1);
  await runtime.clock.advance("2h");
  await runtime.retention.apply();
  expect(await runtime.runs.get(id)).toBeUndefined();
  expect(await storage.steps.load({ runId: id, pass: 1 })).toEqual([]);
  expect(await storage.steps.load({ runId: other, pass: 1 })).toHaveLength(1);
});

test("[STP-9] the journal of a run with steps reads as a story", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    retry: { delay: 0 },
    run: async (_input, ctx) => {
      await ctx.step("hotel", () => 7);
      if (ctx.attempt === 1) throw new Error("again");
      await ctx.sleep("1h");
      await ctx.step("flight", () => 8);
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "2h");
  expect(await kindsOf(runtime, id)).toEqual([
    "run.enqueued",
    "run.started",
    "run.stepped",
    "run.retried",
    "run.started",
    "run.stepped",
    "run.slept",
    "run.started",
    "run.stepped",
    "run.succeeded",
  ]);
});

test("[STP-4] a run that is started inside a step of another is not inside it", async () => {
  const storage = sqlite(":memory:");
  await using runtime = await testRuntime({ storage });
  runtime.action("hotel:book", {
    run: async (_input, ctx) => {
      await ctx.step("room", () => 12);
      return (await ctx.enqueue("mail:send", {})).id;
    },
  });
  runtime.action("mail:send", { run: () => null });
  let inner = "";
  runtime.action("trip:book", {
    run: (_input, ctx) =>
      ctx.step("hotel", async () => {
        inner = (await runtime.runs.enqueue("hotel:book", {})).id;
        return (await runtime.runs.wait(inner)).result;
      }),
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run.state).toBe("succeeded");
  const steps = await storage.steps.load({ runId: inner, pass: 1 });
  expect(steps).toHaveLength(2);
  expect(steps.filter((step) => step.parent !== undefined)).toEqual([]);
});
