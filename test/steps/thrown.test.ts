// Whatever handlers throw, and whatever they do not do: runs tell the truth about it.
import { expect, test } from "vitest";
import { testRuntime } from "../../src/testing/test-runtime.ts";
import { found, settledRun } from "./runs-of.ts";

const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;
const trap = Object.defineProperty(new Error("trap"), "message", {
  get: () => {
    throw new Error("do not look");
  },
});
const round = new Error("round");
Object.assign(round, { cause: round });

test.each<readonly [string, unknown, unknown]>([
  ["a text", "out of paper", { name: "Thrown", message: "out of paper" }],
  ["nothing", undefined, { name: "Thrown", message: "undefined" }],
  ["null", null, { name: "Thrown", message: "null" }],
  ["an object with a cycle", cycle, { name: "Thrown", message: "[object Object]" }],
  ["an error that causes itself", round, { name: "Error", message: "round" }],
  ["a trap", trap, { name: "Error", message: expect.stringContaining("do not look") }],
  [
    "two megabytes",
    new RangeError("x".repeat(2_000_000)),
    { name: "RangeError", message: expect.stringMatching(/^x{10000}… \(2000000 characters in all\)$/) },
  ],
])("[STP-70] %s that a handler throws is recorded as what it is", async (_what, thrown, error) => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    retry: { attempts: 2, delay: 0 },
    run: () => {
      throw thrown;
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "failed", attempt: 2, reason: "attempts used up", error });
  const { name, message } = run.error ?? {};
  for (const kind of ["run.retried", "run.failed"]) {
    const [event] = await runtime.journal.read({ after: 0, subject: `run:${run.id}`, kind });
    expect(event?.data).toMatchObject({ error: { name, message } });
  }
});

test("[STP-70] an output that is no JSON is a failure of the handler", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", { retry: { attempts: 2, delay: 0 }, run: () => ({ deep: [5n] }) });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "failed", attempt: 2, error: { code: "json.invalid" } });
  expect(run.error?.message).toContain("$.deep[0]");
});

test("[STP-71] a handler that ignores its signal is timed out, and its late result is not heard", async () => {
  await using runtime = await testRuntime();
  const gate = Promise.withResolvers<string>();
  runtime.action("trip:book", {
    timeout: "1s",
    concurrency: 1,
    retry: { attempts: 1 },
    run: (input: string) => (input === "late" ? gate.promise : input),
  });
  const late = await runtime.runs.enqueue("trip:book", "late");
  const next = await runtime.runs.enqueue("trip:book", "next");
  await runtime.clock.advance("1s");
  expect(await found(runtime, late.id)).toMatchObject({ state: "failed", error: { code: "run.timeout" } });
  expect(await found(runtime, next.id)).toMatchObject({ state: "succeeded" });
  gate.resolve("too late");
  await runtime.clock.advance("1s");
  expect(await found(runtime, late.id)).not.toHaveProperty("result");
});

test("[STP-61] what a handler asks for instead of an output is not held against the schema of outputs", async () => {
  const { z } = await import("zod");
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    output: z.object({ done: z.literal(true) }),
    run: (_input, ctx) => (ctx.pass === 1 ? ctx.again({}) : { done: true as const }),
  });
  expect(await settledRun(runtime, "trip:book", {}, "1m")).toMatchObject({ state: "succeeded", pass: 2 });
});

test("[STP-61] a reason and a snooze are bounded as well", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    retry: { attempts: 1 },
    run: (input: string, ctx) => (input === "cancel" ? ctx.cancel("x".repeat(2_000_000)) : ctx.snooze(1e300)),
  });
  const cancelled = await settledRun(runtime, "trip:book", "cancel", "1m");
  expect(cancelled.state).toBe("cancelled");
  expect(cancelled.reason?.length).toBeLessThan(11_000);
  expect(await settledRun(runtime, "trip:book", "snooze", "1m")).toMatchObject({
    state: "failed",
    error: { code: "run.invalid" },
  });
});

test("[STP-48] what an attempt logs after its end is found with its run", async () => {
  await using runtime = await testRuntime();
  const gate = Promise.withResolvers<void>();
  runtime.action("trip:book", {
    run: (_input, ctx) => {
      void gate.promise.then(() => ctx.log("still here"));
      return null;
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "1m");
  gate.resolve();
  await runtime.clock.advance(1);
  const lines = await runtime.journal.read({ after: 0, subject: `run:${id}`, kind: "run.logged" });
  expect(lines.map((line) => line.label)).toEqual(["still here"]);
});
