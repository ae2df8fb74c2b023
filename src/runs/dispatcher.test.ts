import { expect, test } from "vitest";
import { z } from "zod";
import type { ActionOptions } from "../actions/action.ts";
import type { RunContext } from "../actions/run-context.ts";
import { testRuntime, type TestRuntime, type TestRuntimeOptions } from "../testing/test-runtime.ts";

/** A handler under way, which ends when the test says so. */
interface Held {
  readonly ctx: RunContext;
  readonly input: unknown;
  readonly end: (value?: unknown) => void;
  readonly fail: (error: unknown) => void;
}

interface World extends TestRuntime {
  /** Every call of a handler so far. */
  readonly held: Held[];
  /** Enqueues a run of `work:hold` and lets everything come to rest. */
  readonly run: (input?: unknown, action?: string) => Promise<string>;
  readonly state: (id: string) => Promise<string | undefined>;
}

async function setup(
  options: Partial<ActionOptions<unknown, unknown>> = {},
  runtimeOptions: TestRuntimeOptions = {},
): Promise<World> {
  const runtime = await testRuntime(runtimeOptions);
  const held: Held[] = [];
  runtime.action("work:hold", {
    run: (input, ctx) =>
      new Promise((resolve, reject) => {
        held.push({ ctx, input, end: resolve, fail: reject });
      }),
    ...options,
  });
  return {
    ...runtime,
    held,
    async run(input = {}, action = "work:hold") {
      const { id } = await runtime.runs.enqueue(action, input);
      await runtime.clock.settle();
      return id;
    },
    state: async (id) => (await runtime.runs.get(id))?.state,
  };
}

const once = { retry: { attempts: 1 } } as const;
const noJitter = { attempts: 4, delay: "1s", factor: 3, maxDelay: "5s", jitter: false } as const;

test("[RNS-1] a handler is given its input and is told who it is", async () => {
  await using world = await setup();
  const id = await world.run({ to: ["ann"] });
  const [first] = world.held;
  expect(first?.input).toEqual({ to: ["ann"] });
  expect(first?.ctx).toMatchObject({ runId: id, taskId: undefined, attempt: 1, pass: 1 });
  expect(first?.ctx.scheduledFor).toEqual(new Date(world.clock.now()));
  expect(first?.ctx.now()).toBe(world.clock.now());
  expect(first?.ctx.signal.aborted).toBe(false);
  await world.clock.advance("3s");
  first?.end({ sent: 1 });
  await world.clock.settle();
  const run = await world.runs.get(id);
  expect(run).toMatchObject({ state: "succeeded", result: { sent: 1 }, attempt: 1, node: "test" });
  expect(run?.finishedAt?.getTime()).toBe((run?.startedAt?.getTime() ?? 0) + 3_000);
});

test("[RNS-1] a handler that returns nothing has succeeded with null", async () => {
  await using world = await setup({ run: () => undefined });
  expect(await world.runs.get(await world.run())).toMatchObject({ state: "succeeded", result: null });
});

test("[RNS-2] no more handlers run at the same time than the node has room for, and all of them run", async () => {
  await using world = await setup({}, { work: { concurrency: 3 } });
  const ids = await Promise.all(Array.from({ length: 10 }, () => world.run()));
  expect([world.held.length, world.activeRuns()]).toEqual([3, 3]);
  for (let ended = 0; ended < 10; ended++) {
    world.held[ended]?.end();
    await world.clock.settle();
    expect(world.activeRuns()).toBe(Math.min(3, 9 - ended));
  }
  expect(world.held.map((one) => one.ctx.runId)).toEqual(ids);
});

test("[RNS-2] whoever has the higher priority goes first, then whoever is due earlier", async () => {
  await using world = await setup({}, { work: { concurrency: 1 } });
  await world.run("first");
  const { runs } = world;
  await runs.enqueue("work:hold", "low", { priority: -1 });
  await runs.enqueue("work:hold", "normal");
  await runs.enqueue("work:hold", "high", { priority: 5 });
  for (let ended = 0; ended < 4; ended++) {
    world.held[ended]?.end();
    await world.clock.settle();
  }
  expect(world.held.map((one) => one.input)).toEqual(["first", "high", "normal", "low"]);
});

test("[RNS-3] an action with a concurrency of its own has no more handlers than that, per key", async () => {
  const key = (input: unknown): string => String(input).charAt(0);
  await using world = await setup({ concurrency: { limit: 2, key } });
  for (const input of ["a1", "a2", "a3", "b1", "b2", "b3", "a4"]) await world.run(input);
  const running = (): string => world.held.map((one) => one.input).join(" ");
  expect(running()).toBe("a1 a2 b1 b2");
  world.held[0]?.end();
  await world.clock.settle();
  expect(running()).toBe("a1 a2 b1 b2 a3");
  world.held[3]?.end();
  await world.clock.settle();
  expect(running()).toBe("a1 a2 b1 b2 a3 b3");
});

test("[RNS-3] an action with a rate of its own starts no faster, per key, and loses none", async () => {
  const starts: string[] = [];
  const key = (input: unknown): string => String(input);
  await using world = await setup({
    rate: { limit: 2, per: "1s", key },
    run: (input, ctx) => void starts.push(`${String(input)} at ${ctx.now() - begin}`),
  });
  const begin = world.clock.now();
  for (const input of ["a", "a", "a", "b", "a"]) await world.runs.enqueue("work:hold", input);
  await world.clock.advance("5s");
  expect(starts).toEqual(["a at 0", "a at 0", "b at 0", "a at 500", "a at 1000"]);
});

test("[RNS-4] a failed attempt is tried again after waits that grow, until the attempts are used up", async () => {
  await using world = await setup({ retry: noJitter });
  const begin = world.clock.now();
  const id = await world.run();
  const starts: number[] = [];
  for (let attempt = 1; attempt <= 4; attempt++) {
    starts.push(world.clock.now() - begin);
    expect(world.held.at(-1)?.ctx.attempt).toBe(attempt);
    world.held.at(-1)?.fail(new Error(`try ${attempt}`));
    await world.clock.settle();
    if (attempt < 4)
      expect(await world.runs.get(id)).toMatchObject({
        state: "waiting",
        attempt,
        error: { message: `try ${attempt}` },
      });
    for (let ms = 0; ms < 6_000 && world.held.length === attempt; ms += 500) await world.clock.advance(500);
  }
  expect(starts).toEqual([0, 1_000, 4_000, 9_000]);
  expect(await world.runs.get(id)).toMatchObject({
    state: "failed",
    attempt: 4,
    reason: "attempts used up",
    error: { name: "Error", message: "try 4" },
  });
  await world.clock.advance("1d");
  expect(world.held.length).toBe(4);
});

test("[RNS-4] an action without retry is tried once", async () => {
  await using world = await setup(once);
  const id = await world.run();
  world.held[0]?.fail(new Error("no"));
  await world.clock.advance("1d");
  expect([await world.state(id), world.held.length]).toEqual(["failed", 1]);
});

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

test.each<readonly [string, unknown, object]>([
  [
    "an error with a code",
    Object.assign(new TypeError("no file"), { code: "ENOENT" }),
    { name: "TypeError", message: "no file", code: "ENOENT" },
  ],
  ["a text", "out of paper", { name: "Thrown", message: "out of paper" }],
  ["undefined", undefined, { name: "Thrown", message: "undefined" }],
  ["a cycle", cyclic, { name: "Thrown", message: "[object Object]" }],
  [
    "an error that holds a cycle",
    Object.assign(new Error("round"), { cyclic }),
    { name: "Error", message: "round" },
  ],
  [
    "a message without end",
    new Error("x".repeat(3_000_000)),
    { name: "Error", message: expect.stringMatching(/^x{100}/) },
  ],
])("[RNS-5] %s that a handler throws is recorded as what it is", async (_name, thrown, error) => {
  await using world = await setup(once);
  const id = await world.run();
  world.held[0]?.fail(thrown);
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({ state: "failed", error });
});

test("[RNS-5] a handler that throws before it returns a promise has failed just so", async () => {
  await using world = await setup({
    ...once,
    run() {
      throw new Error("at once");
    },
  });
  expect(await world.runs.get(await world.run())).toMatchObject({
    state: "failed",
    error: { message: "at once" },
  });
});

test("[RNS-6] an attempt that takes too long ends as timed out, is told so, and makes room", async () => {
  await using world = await setup({ ...once, timeout: "5s" }, { work: { concurrency: 1 } });
  const id = await world.run("slow");
  const next = await world.run("next");
  await world.clock.advance(4_999);
  expect([await world.state(id), world.held.length]).toEqual(["running", 1]);
  await world.clock.advance(1);
  expect(await world.runs.get(id)).toMatchObject({ state: "failed", error: { code: "run.timeout" } });
  expect(world.held[0]?.ctx.signal.reason).toMatchObject({ code: "run.timeout" });
  expect(world.held[1]?.input).toBe("next");
  // The handler goes on all the same; nobody listens any more.
  world.held[0]?.end("late");
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({ state: "failed", error: { code: "run.timeout" } });
  expect(await world.state(next)).toBe("running");
});

test("[RNS-6] a timeout is an ordinary failure: the next attempt follows, with a time limit of its own", async () => {
  await using world = await setup({ retry: noJitter, timeout: "5s" });
  const id = await world.run();
  await world.clock.advance("6s");
  expect([world.held.length, world.held[1]?.ctx.attempt]).toEqual([2, 2]);
  await world.clock.advance("4s");
  world.held[1]?.end("in time");
  await world.clock.advance("1h");
  expect(await world.runs.get(id)).toMatchObject({ state: "succeeded", result: "in time", attempt: 2 });
});

test("[RNS-7] cancelling tells the handler, ends the run at once, and takes no result any more", async () => {
  await using world = await setup({}, { work: { concurrency: 1 } });
  const id = await world.run();
  const cancelled = await world.runs.cancel(id, { reason: "wrong list", actor: "user:ann" });
  expect(cancelled).toMatchObject({ state: "cancelled", reason: "wrong list" });
  expect(world.held[0]?.ctx.signal.reason).toMatchObject({ code: "run.cancelled" });
  world.held[0]?.end("late");
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({ state: "cancelled", reason: "wrong list" });
  expect((await world.runs.get(id))?.result).toBeUndefined();
  await world.run("next");
  expect(world.held.at(-1)?.input).toBe("next");
});

test("[RNS-7] a run that waits is cancelled without ever starting, and one that is over stays as it is", async () => {
  await using world = await setup();
  const later = await world.runs.enqueue("work:hold", {}, { delay: "1h" });
  await world.runs.cancel(later.id);
  await world.clock.advance("2h");
  expect(world.held).toEqual([]);
  const done = await world.run();
  world.held[0]?.end(1);
  await world.clock.settle();
  expect(await world.runs.cancel(done)).toMatchObject({ state: "succeeded", result: 1 });
  const unknown = expect.objectContaining({ code: "run.not-found" });
  await expect(world.runs.cancel("nobody")).rejects.toEqual(unknown);
});

test("[RNS-8] a snoozed run comes back after its time, and the attempt does not count", async () => {
  await using world = await setup(once);
  const id = await world.run();
  for (let nap = 0; nap < 3; nap++) {
    const held = world.held.at(-1);
    held?.end(held.ctx.snooze("5m"));
    await world.clock.advance(299_999);
    expect([world.held.length, await world.state(id)]).toEqual([nap + 1, "waiting"]);
    await world.clock.advance(1);
    expect(world.held.at(-1)?.ctx.attempt).toBe(1);
  }
  world.held.at(-1)?.end("done");
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({ state: "succeeded", attempt: 1 });
});

test("[RNS-9] a run that asks for another pass is given its new input, with all its attempts", async () => {
  await using world = await setup({ retry: { ...noJitter, attempts: 2 } });
  const id = await world.run({ page: 1 });
  world.held[0]?.fail(new Error("busy"));
  await world.clock.advance("1s");
  const second = world.held[1];
  second?.end(second.ctx.again({ page: 2 }));
  await world.clock.settle();
  expect(world.held[2]?.input).toEqual({ page: 2 });
  expect(world.held[2]?.ctx).toMatchObject({ runId: id, attempt: 1, pass: 2 });
  world.held[2]?.fail(new Error("busy"));
  await world.clock.advance("1s");
  world.held[3]?.end("done");
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({
    state: "succeeded",
    pass: 2,
    result: "done",
    params: { page: 2 },
  });
});

test("[RNS-9] a handler can end its run as cancelled", async () => {
  await using world = await setup();
  const id = await world.run();
  const [held] = world.held;
  held?.end(held.ctx.cancel("nothing to do"));
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({ state: "cancelled", reason: "nothing to do" });
});

test("[RNS-9] snooze, again and cancel work for an action whose output has a schema", async () => {
  const seen: string[] = [];
  await using world = await setup({
    output: z.object({ total: z.number() }),
    run(_input, ctx) {
      seen.push(`pass ${ctx.pass}`);
      if (seen.length === 1) return ctx.snooze("1m");
      return ctx.pass === 1 ? ctx.again({}) : { total: 5 };
    },
  });
  const id = await world.run();
  await world.clock.advance("1m");
  expect(seen).toEqual(["pass 1", "pass 1", "pass 2"]);
  expect(await world.runs.get(id)).toMatchObject({ state: "succeeded", result: { total: 5 } });
});

test("[RNS-10] input that the schema refuses when the run starts is not tried again", async () => {
  let strict = false;
  const input = z.number().refine(() => !strict, "no longer");
  await using world = await setup({ input, run: () => expect.fail("never called") });
  const { id } = await world.runs.enqueue("work:hold", 5, { delay: "1s" });
  strict = true;
  await world.clock.advance("1h");
  expect(await world.runs.get(id)).toMatchObject({
    state: "failed",
    attempt: 1,
    error: { code: "run.invalid" },
  });
  expect((await world.runs.get(id))?.error?.message).toContain("no longer");
});

test("[RNS-10] a schema gives the handler its reading of the input, and the run keeps what was given", async () => {
  const input = z.object({ n: z.coerce.number(), size: z.number().default(10) });
  await using world = await setup({ input });
  const id = await world.run({ n: "5" });
  expect(world.held[0]?.input).toEqual({ n: 5, size: 10 });
  expect((await world.runs.get(id))?.params).toEqual({ n: "5" });
});

test("[RNS-11] an output that its schema refuses fails the run, and one that it changes is kept as changed", async () => {
  await using world = await setup({ ...once, output: z.object({ n: z.coerce.number() }) });
  const bad = await world.run();
  world.held[0]?.end({ n: "many" });
  const good = await world.run();
  world.held[1]?.end({ n: "5", more: 1 });
  await world.clock.settle();
  expect(await world.runs.get(bad)).toMatchObject({ state: "failed", error: { code: "run.invalid" } });
  expect((await world.runs.get(good))?.result).toEqual({ n: 5 });
});

test.each<readonly [string, unknown, string]>([
  ["a function", { f: () => 1 }, "json.invalid"],
  ["a bigint", 5n, "json.invalid"],
  ["a cycle", cyclic, "json.invalid"],
  ["too much", "x".repeat(2_000_000), "json.too-large"],
])("[RNS-11] an output that is %s fails the attempt like any other fault", async (_name, output, code) => {
  await using world = await setup({ retry: { ...noJitter, attempts: 2 } });
  const id = await world.run();
  world.held[0]?.end(output);
  await world.clock.advance("1s");
  world.held[1]?.end(output);
  await world.clock.settle();
  expect(await world.runs.get(id)).toMatchObject({ state: "failed", attempt: 2, error: { code } });
});

test("[RNS-12] progress and log lines are kept under the run", async () => {
  await using world = await setup();
  const id = await world.run();
  const ctx = world.held[0]?.ctx;
  await ctx?.progress(0.25, "a quarter");
  ctx?.log("half way there", { done: 2 });
  await world.clock.settle();
  expect((await world.runs.get(id))?.progress).toBe(0.25);
  const [line] = await world.journal.read({ kind: "run.logged" });
  expect(line).toMatchObject({
    subject: `run:${id}`,
    label: "half way there",
    data: { done: 2 },
    actor: "node:test",
  });
  const invalid = expect.objectContaining({ code: "run.invalid" });
  for (const fraction of [-0.1, 1.1, Number.NaN])
    await expect(ctx?.progress(fraction)).rejects.toEqual(invalid);
});

test("[RNS-12] an attempt that is over reports no progress, not even when the run is at the same attempt again", async () => {
  await using world = await setup({ ...once, timeout: "5s" });
  const id = await world.run();
  await world.clock.advance("5s");
  const stale = expect.objectContaining({ code: "run.stale" });
  await expect(world.held[0]?.ctx.progress(0.5)).rejects.toEqual(stale);
  await world.runs.retry(id);
  await world.clock.settle();
  expect(world.held[1]?.ctx.attempt).toBe(1);
  await expect(world.held[0]?.ctx.progress(0.5)).rejects.toEqual(stale);
  expect((await world.runs.get(id))?.progress).toBeUndefined();
  await world.held[1]?.ctx.progress(0.75);
  expect((await world.runs.get(id))?.progress).toBe(0.75);
});

test("[RNS-13] a node runs only the actions that it is told to", async () => {
  await using world = await setup({}, { work: { actions: ["work:other"] } });
  const id = await world.run();
  world.action("work:other", { run: () => "other" });
  const other = await world.run({}, "work:other");
  await world.clock.advance("1h");
  expect([await world.state(id), await world.state(other), world.held.length]).toEqual([
    "waiting",
    "succeeded",
    0,
  ]);
});

test("[RNS-13] a node that is not to work runs nothing", async () => {
  await using world = await setup({}, { work: false });
  const id = await world.run();
  await world.clock.advance("1h");
  expect([await world.state(id), world.held.length, world.activeRuns()]).toEqual(["waiting", 0, 0]);
});

test("[RNS-14] an idle node sets no timer, whatever waits for somebody else", async () => {
  let timers = 0;
  await using world = await setup({}, { work: { actions: [] } });
  const timer = world.clock.timer.bind(world.clock);
  world.clock.timer = (at, fire) => {
    timers += 1;
    return timer(at, fire);
  };
  await world.run();
  await world.clock.advance("1d");
  // The ticker looks every half minute whether the clock was set.
  expect(timers).toBeLessThan(3_000);
});

test("[RNS-15] a run starts when it is due, and not before", async () => {
  await using world = await setup();
  const begin = world.clock.now();
  await world.runs.enqueue("work:hold", "delay", { delay: "30s" });
  await world.runs.enqueue("work:hold", "at", { at: new Date(begin + 20_000) });
  await world.runs.enqueue("work:hold", "past", { at: begin - 20_000 });
  const starts: string[] = [];
  for (let second = 0; second <= 30; second++) {
    await world.clock.settle();
    for (const { input } of world.held.splice(0)) starts.push(`${String(input)} ${second}`);
    await world.clock.advance("1s");
  }
  expect(starts).toEqual(["past 0", "at 20", "delay 30"]);
});

test("[RNS-16] stopping waits for handlers under way, and takes nothing new", async () => {
  const world = await setup({}, { work: { concurrency: 1 } });
  await world.run("first");
  await world.run("second");
  const stopped = world.stop({ drain: "1m" });
  await world.clock.advance("30s");
  let over = false;
  void stopped.then(() => (over = true));
  await world.clock.settle();
  expect(over).toBe(false);
  expect(world.held[0]?.ctx.signal.aborted).toBe(false);
  world.held[0]?.end("in time");
  await stopped;
  expect(world.held.length).toBe(1);
});

test("[RNS-16] after the time to drain, the handlers left are told to stop", async () => {
  const world = await setup();
  await world.run();
  const stopped = world.stop({ drain: "1m" });
  await world.clock.advance("59s");
  expect(world.held[0]?.ctx.signal.aborted).toBe(false);
  await world.clock.advance("1s");
  expect(world.held[0]?.ctx.signal.reason).toMatchObject({ code: "runtime.stopped" });
  await stopped;
});
