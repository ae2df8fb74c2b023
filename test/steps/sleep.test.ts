// Sleeps: nobody holds a place for them, nothing forgets them, and no handler can spoil them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { isErrorCode } from "../../src/base/errors.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { testClock } from "../../src/testing/test-clock.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { found, isCode, kindsOf, settledRun } from "./runs-of.ts";
import { handleOf } from "./shared-storage.ts";

const day = 86_400_000;

test("[STP-30] a sleep frees the worker and the lanes, counts no attempt, and says until when", async () => {
  await using runtime = await testRuntime({ work: { concurrency: 1 } });
  const order: string[] = [];
  runtime.action("trip:book", {
    concurrency: 1,
    timeout: "1m",
    run: async (input: string, ctx) => {
      order.push(`${input} begins`);
      await ctx.sleep("1d");
      order.push(`${input} ends, attempt ${ctx.attempt}`);
      return input;
    },
  });
  const first = await runtime.runs.enqueue("trip:book", "a");
  const start = runtime.clock.now();
  await runtime.clock.advance(1_000);
  const second = await runtime.runs.enqueue("trip:book", "b");
  await runtime.clock.advance(1_000);
  expect(order).toEqual(["a begins", "b begins"]);
  expect(runtime.activeRuns()).toBe(0);
  expect(await found(runtime, first.id)).toMatchObject({
    state: "waiting",
    attempt: 0,
    dueAt: new Date(start + day),
  });
  const slept = await runtime.journal.read({ after: 0, kind: "run.slept", subject: `run:${first.id}` });
  expect(slept).toMatchObject([{ data: { dueAt: start + day }, actor: "node:test" }]);
  await runtime.clock.advance("1d");
  expect(order.slice(2)).toEqual(["a begins", "a ends, attempt 1", "b begins", "b ends, attempt 1"]);
  expect(await found(runtime, second.id)).toMatchObject({ state: "succeeded", result: "b", attempt: 1 });
});

test("[STP-31] behind a sleep the handler goes on with its steps, and so behind many", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      const times: number[] = [];
      for (let number = 1; number <= 4; number++) {
        times.push(await ctx.step(`step ${number}`, () => (calls.push(`step ${number}`), ctx.now())));
        await ctx.sleep(number % 2 === 0 ? "365d" : "1s");
      }
      return times.map((at) => at - (times[0] ?? 0));
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "800d");
  const year = 365 * day;
  expect(run).toMatchObject({
    state: "succeeded",
    attempt: 1,
    result: [0, 1_000, year + 1_000, year + 2_000],
  });
  expect(calls).toEqual(["step 1", "step 2", "step 3", "step 4"]);
});

test("[STP-31] a sleep is over at the time that it was first asked for, whatever is asked later", async () => {
  await using runtime = await testRuntime();
  const start = runtime.clock.now();
  runtime.action("trip:book", {
    // What is left until nine is another duration whenever it is computed.
    run: async (_input, ctx) => {
      await ctx.sleep(start + 9 * 3_600_000 - ctx.now() + 1);
      return ctx.now() - start;
    },
  });
  expect((await settledRun(runtime, "trip:book", {}, "1d")).result).toBe(9 * 3_600_000 + 1);
});

test("[STP-31] a sleep of no time does not put the run back", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", { run: async (_input, ctx) => (await ctx.sleep(0), "done") });
  const { id } = await settledRun(runtime, "trip:book", {}, "0ms");
  expect(await kindsOf(runtime, id)).not.toContain("run.slept");
});

test.each<readonly [string, string | number]>([
  ["duration.invalid", "soon"],
  ["duration.invalid", -1],
  ["duration.invalid", Number.POSITIVE_INFINITY],
  ["run.invalid", 1e300],
])("[STP-31] a sleep that is none is refused with %s (%s)", async (code, duration) => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", { retry: { attempts: 1 }, run: (_input, ctx) => ctx.sleep(duration) });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "failed", error: { code } });
});

test("[STP-33] a sleep waits for the steps under way, and for what they lead to", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  const later = (name: string, ms: number) => (): Promise<string> =>
    new Promise((resolve) =>
      runtime.clock.timer(runtime.clock.now() + ms, () => {
        calls.push(name);
        resolve(name);
      }),
    );
  runtime.action("trip:book", {
    run: async (_input, ctx) =>
      Promise.all([
        ctx.sleep("1d").then(() => "slept"),
        ctx.step("a", later("a", 1_000)).then(() => ctx.step("b", later("b", 1_000))),
      ]),
  });
  const { id } = await runtime.runs.enqueue("trip:book", {});
  await runtime.clock.advance(1_500);
  expect((await found(runtime, id)).state).toBe("running");
  await runtime.clock.advance(1_000);
  expect((await found(runtime, id)).state).toBe("waiting");
  await runtime.clock.advance("1d");
  expect(await found(runtime, id)).toMatchObject({ state: "succeeded", result: ["slept", "b"] });
  expect(calls).toEqual(["a", "b"]);
});

test("[STP-33] a sleep that ends while a step is under way ends right there", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    run: (_input, ctx) =>
      Promise.race([
        ctx.sleep("10s").then(() => "too slow"),
        ctx.step(
          "a",
          () =>
            new Promise((resolve) => runtime.clock.timer(runtime.clock.now() + 60_000, () => resolve("a"))),
        ),
      ]),
  });
  const run = await settledRun(runtime, "trip:book", {}, "10s");
  expect(run).toMatchObject({ state: "succeeded", result: "too slow" });
});

test("[STP-33] of several sleeps the shortest wakes the run, and the others sleep on", async () => {
  await using runtime = await testRuntime();
  const woken: number[] = [];
  const start = runtime.clock.now();
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      woken.push((ctx.now() - start) / 1_000);
      return Promise.all(
        [3, 1, 2].map(async (seconds) => {
          await ctx.sleep(seconds * 1_000, { name: `${seconds}` });
          return ctx.step(`after ${seconds}`, () => (ctx.now() - start) / 1_000);
        }),
      );
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run.result).toEqual([3, 1, 2]);
  expect(woken).toEqual([0, 1, 2, 3]);
});

test("[STP-33] a sleep inside a step makes the step begin anew behind it", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  runtime.action("trip:book", {
    run: (_input, ctx) =>
      ctx.step("outer", async () => {
        calls.push("outer");
        await ctx.step("inner", () => calls.push("inner"));
        await ctx.sleep("1d");
        await ctx.sleep("1d");
        return "outer done";
      }),
  });
  const run = await settledRun(runtime, "trip:book", {}, "2d");
  expect(run).toMatchObject({ state: "succeeded", result: "outer done" });
  expect(calls).toEqual(["outer", "inner", "outer", "outer"]);
});

test("[STP-33] the sleeps inside a remembered step are not those behind it", async () => {
  await using runtime = await testRuntime();
  const start = runtime.clock.now();
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      await ctx.step("outer", async () => (await ctx.sleep("1h"), null));
      await ctx.sleep("1d");
      return ctx.now() - start;
    },
  });
  expect((await settledRun(runtime, "trip:book", {}, "3d")).result).toBe(day + 3_600_000);
});

test("[STP-34] a handler that swallows run.asleep sleeps all the same, whatever it returns", async () => {
  await using runtime = await testRuntime();
  const caught: string[] = [];
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      await ctx.step("a", () => 1);
      try {
        await ctx.sleep("1d");
      } catch (error) {
        caught.push(isCode(error));
        return "swallowed";
      }
      return "slept";
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "1m");
  expect(caught).toEqual(["run.asleep"]);
  expect(isErrorCode(caught[0])).toBe(true);
  expect((await found(runtime, id)).state).toBe("waiting");
  await runtime.clock.advance("1d");
  expect(await found(runtime, id)).toMatchObject({ state: "succeeded", result: "slept" });
});

test("[STP-34] a handler that swallows it and asks for more steps is over then and there", async () => {
  await using runtime = await testRuntime();
  const calls: string[] = [];
  let turns = 0;
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      for (;;) {
        turns += 1;
        try {
          await ctx.step(`poll ${turns}`, () => calls.push(`poll ${turns}`));
          if (turns % 2 === 0) return "done";
          await ctx.sleep("1d");
        } catch {
          // The classic mistake: whatever happened, try again.
        }
      }
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "1m");
  expect(turns).toBeLessThan(20);
  expect(runtime.activeRuns()).toBe(0);
  expect((await found(runtime, id)).state).toBe("waiting");
  expect(calls).toEqual(["poll 1"]);
});

test("[STP-34] a handler that swallows it and never ends sleeps when its time is up", async () => {
  await using runtime = await testRuntime();
  let hangs = true;
  runtime.action("trip:book", {
    timeout: "1m",
    run: async (_input, ctx) => {
      await ctx.sleep("1h").catch(() => (hangs ? new Promise(() => undefined) : undefined));
      return ctx.attempt;
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "2m");
  expect(await found(runtime, id)).toMatchObject({ state: "waiting", attempt: 0 });
  hangs = false;
  await runtime.clock.advance("1h");
  expect(await found(runtime, id)).toMatchObject({ state: "succeeded", result: 1 });
});

test("[STP-35] going to sleep unwinds the handler, and its attempt is over when that is done", async () => {
  await using runtime = await testRuntime();
  const order: string[] = [];
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      order.push("open");
      try {
        await ctx.sleep("1s");
        return "done";
      } finally {
        await new Promise<void>((resolve) => runtime.clock.timer(ctx.now() + 5_000, resolve));
        await ctx.progress(0.5, "closing");
        order.push("close");
      }
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1m");
  expect(run).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(order).toEqual(["open", "close", "open", "close"]);
});

test("[STP-35] what is thrown while a run goes to sleep does not keep it awake, but is on record", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      try {
        await ctx.sleep("1d");
        return "done";
      } catch {
        throw new Error("could not close the file");
      }
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "1m");
  const [line] = await runtime.journal.read({ after: 0, subject: `run:${id}`, kind: "run.logged" });
  expect(line?.data).toEqual({ name: "Error", message: "could not close the file" });
  await runtime.clock.advance("1d");
  expect(await found(runtime, id)).toMatchObject({ state: "succeeded", result: "done" });
});

test("[STP-36] a sleep that is given up by its signal keeps nobody", async () => {
  await using runtime = await testRuntime();
  runtime.action("trip:book", {
    run: async (_input, ctx) => {
      const enough = new AbortController();
      const late = ctx.sleep("1h", { signal: enough.signal }).then(
        () => "slept",
        (reason: unknown) => String(reason),
      );
      await ctx.step("a", () => 1);
      enough.abort("answered");
      return [await late, await ctx.sleep("1h", { signal: AbortSignal.abort("at once") }).catch(String)];
    },
  });
  const run = await settledRun(runtime, "trip:book", {}, "1s");
  expect(run).toMatchObject({ state: "succeeded", result: ["answered", "at once"] });
});

test("[STP-37] who sleeps keeps its line: the runs behind it wait", async () => {
  await using runtime = await testRuntime();
  const order: string[] = [];
  runtime.action("trip:book", {
    run: async (input: string, ctx) => {
      if (input === "first") await ctx.sleep("1d");
      order.push(input);
    },
  });
  await runtime.runs.enqueue("trip:book", "first", { fifo: "ann" });
  await runtime.runs.enqueue("trip:book", "second", { fifo: "ann" });
  await runtime.runs.enqueue("trip:book", "elsewhere", { fifo: "bob" });
  await runtime.clock.advance("2d");
  expect(order).toEqual(["elsewhere", "first", "second"]);
});

test("[STP-30] a sleeping run can be cancelled, and is not woken then", async () => {
  await using runtime = await testRuntime();
  let begun = 0;
  runtime.action("trip:book", {
    run: (_input, ctx) => {
      begun += 1;
      return ctx.sleep("1h");
    },
  });
  const { id } = await settledRun(runtime, "trip:book", {}, "1m");
  await runtime.runs.cancel(id, { reason: "changed plans" });
  await runtime.clock.advance("2h");
  expect(await found(runtime, id)).toMatchObject({ state: "cancelled", reason: "changed plans" });
  expect(begun).toBe(1);
});

test("[STP-32] a sleep survives the end of the process", async () => {
  const directory = mkdtempSync(join(tmpdir(), "escapement-sleep-"));
  const clock = testClock();
  const process = async (work: (runtime: TestRuntime) => Promise<void>): Promise<void> => {
    await using runtime = await testRuntime({ clock, storage: sqlite(join(directory, "sleep.db")) });
    runtime.action("trip:book", {
      run: async (_input, ctx) => {
        const began = await ctx.step("began", () => ctx.now());
        await ctx.sleep("10d");
        return (ctx.now() - began) / day;
      },
    });
    await work(runtime);
  };
  let id = "";
  await process(async (runtime) => {
    id = (await settledRun(runtime, "trip:book", {}, "1d")).id;
  });
  await clock.advance("3d");
  await process(async (runtime) => {
    await runtime.clock.advance("5d");
    expect((await found(runtime, id)).state).toBe("waiting");
  });
  await clock.advance("3d");
  await process(async (runtime) => {
    await runtime.clock.advance("1s");
    expect(await found(runtime, id)).toMatchObject({ state: "succeeded", result: 12, attempt: 1 });
  });
  rmSync(directory, { recursive: true });
});

test("[STP-32] a process that dies between the note of a sleep and the end of its attempt loses no time", async () => {
  const clock = testClock();
  const database = sqlite(":memory:");
  clock.attach(() => database.settled());
  let crash = true;
  const life = new MortalClock(clock);
  const handle = handleOf(database, {
    before: (noun, verb) => {
      if (!crash || noun !== "runs" || verb !== "settle") return;
      crash = false;
      life.kill();
      handle.kill();
    },
  });
  const start = async (name: string, storage: Storage, time: Clock): Promise<Runtime> => {
    const runtime = await createRuntime({ storage, clock: time, random: seededRandom(name), node: name });
    runtime.action("trip:book", { run: async (_input, ctx) => (await ctx.sleep("1h"), ctx.attempt) });
    await runtime.start();
    return runtime;
  };
  const begun = clock.now();
  const first = await start("first", handle.storage, life);
  const { id } = await first.runs.enqueue("trip:book", {});
  await clock.advance("1m");
  await using second = await start("second", handleOf(database).storage, clock);
  await clock.advance("10m");
  expect(await found(second, id)).toMatchObject({ state: "waiting", dueAt: new Date(begun + 3_600_000) });
  await clock.advance("1h");
  const run = await found(second, id);
  // The attempt that died has counted; the one that slept has not.
  expect(run).toMatchObject({ state: "succeeded", result: 2, finishedAt: new Date(begun + 3_600_000) });
});
