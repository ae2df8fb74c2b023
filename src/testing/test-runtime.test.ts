import { expect, test } from "vitest";
import { testClock } from "./test-clock.ts";
import { testRuntime } from "./test-runtime.ts";

test("[TST-20] a test runtime works in memory, starts by itself and moves with its clock alone", async () => {
  await using runtime = await testRuntime();
  const ran: number[] = [];
  runtime.action("mail:send", { run: (_input, ctx) => void ran.push(ctx.now()) });
  const start = runtime.clock.now();
  await runtime.tasks.register({ id: "hourly", type: "interval", schedule: "1h", action: "mail:send" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(ran).toEqual([]);
  await runtime.clock.advance("3h");
  expect(ran).toEqual([start + 3_600_000, start + 7_200_000, start + 10_800_000]);
  expect(runtime.storage).toBe("sqlite::memory:");
});

test("[TST-20] two test runtimes know nothing of each other", async () => {
  await using one = await testRuntime();
  await using other = await testRuntime();
  await one.control.kill();
  expect((await other.control.status()).killed).toEqual([]);
});

test("[TST-21] a test runtime that is not to start waits for its start", async () => {
  const clock = testClock();
  await using runtime = await testRuntime({ start: false, clock });
  const ran: string[] = [];
  runtime.action("mail:send", { run: (_input, ctx) => void ran.push(ctx.runId) });
  const run = await runtime.runs.enqueue("mail:send", {});
  await clock.advance("1h");
  expect(ran).toEqual([]);
  await runtime.start();
  await clock.settle();
  expect(ran).toEqual([run.id]);
});

test("[TST-22] the same steps in another test runtime give the same journal, ids included", async () => {
  const journal = async (): Promise<unknown> => {
    await using runtime = await testRuntime();
    runtime.action("mail:send", {
      retry: { attempts: 5 },
      run(_input, ctx) {
        if (ctx.attempt < 3) throw new Error("busy");
      },
    });
    for (let count = 0; count < 10; count++) await runtime.runs.enqueue("mail:send", { count });
    await runtime.clock.advance("1m");
    return (await runtime.journal.read({ after: 0, limit: 1_000 })).map(({ data: _data, ...event }) => event);
  };
  expect(await journal()).toEqual(await journal());
});
