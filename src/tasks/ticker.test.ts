import { expect, test } from "vitest";
import { testClock } from "../testing/test-clock.ts";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";
import type { TestClock } from "../testing/test-clock.ts";

const start = Date.UTC(2026, 0, 1);

/** Counts the timers that are set. */
function countingClock(): TestClock & { readonly set: number[] } {
  const clock = testClock(start);
  const set: number[] = [];
  const timer = clock.timer.bind(clock);
  clock.timer = (at, fire) => {
    set.push(at);
    return timer(at, fire);
  };
  return Object.assign(clock, { set });
}

async function setup(clock?: TestClock): Promise<TestRuntime & { readonly ran: number[] }> {
  const runtime = await testRuntime(clock === undefined ? {} : { clock });
  const ran: number[] = [];
  runtime.action("mail:send", { run: (_input, ctx) => void ran.push(ctx.now() - start) });
  return { ...runtime, ran };
}

test("[TKS-20] one timer waits for the nearest due time, however many tasks there are", async () => {
  const clock = countingClock();
  await using runtime = await setup(clock);
  for (let index = 0; index < 200; index++)
    await runtime.tasks.register({
      id: `t${index}`,
      type: "once",
      schedule: start + 3_600_000 * (index + 1),
      action: "mail:send",
    });
  await clock.advance(0);
  clock.set.length = 0;
  await clock.advance("30m");
  expect(clock.set).toEqual([]);
  await clock.advance("10h");
  expect(runtime.ran).toEqual(Array.from({ length: 10 }, (_, index) => 3_600_000 * (index + 1)));
  // A timer for the next tick, and whatever the run of each needs.
  expect(clock.set.length).toBeLessThanOrEqual(40);
});

test("[TKS-20] an earlier time that is registered meanwhile is not missed", async () => {
  await using runtime = await setup();
  await runtime.tasks.register({ id: "late", type: "once", schedule: start + 60_000, action: "mail:send" });
  await runtime.clock.advance("10s");
  await runtime.tasks.register({ id: "soon", type: "once", schedule: start + 20_000, action: "mail:send" });
  await runtime.clock.advance("1m");
  expect(runtime.ran).toEqual([20_000, 60_000]);
});

test("[TKS-20] a task that is due in years fires to the millisecond", async () => {
  await using runtime = await setup();
  const at = start + 1_000 * 86_400_000 + 7;
  await runtime.tasks.register({ id: "far", type: "once", schedule: at, action: "mail:send" });
  await runtime.clock.advance("1200d");
  expect(runtime.ran).toEqual([at - start]);
});

test("[TKS-21] everything that is due at once fires at once, however much that is", async () => {
  await using runtime = await setup();
  const reports: number[] = [];
  runtime.observe({ onFire: (report) => reports.push(report.latenessMs.length) });
  await Promise.all(
    Array.from({ length: 1_700 }, (_, index) =>
      runtime.tasks.register({ id: `t${index}`, type: "cron", schedule: "0 * * * *", action: "mail:send" }),
    ),
  );
  await runtime.clock.advance("1h");
  expect(runtime.ran.length).toBe(1_700);
  expect(new Set(runtime.ran)).toEqual(new Set([3_600_000]));
  expect(reports.reduce((sum, count) => sum + count, 0)).toBe(1_700);
});

test("[TKS-22] who observes is told how late each run was and what was skipped", async () => {
  await using runtime = await setup();
  const late: number[] = [];
  const skipped: Record<string, number> = {};
  const stop = runtime.observe({
    onFire(report) {
      late.push(...report.latenessMs);
      for (const [reason, count] of Object.entries(report.skipped))
        skipped[reason] = (skipped[reason] ?? 0) + count;
    },
  });
  await runtime.tasks.register({ id: "t1", type: "interval", schedule: "10m", action: "mail:send" });
  await runtime.clock.advance("10m");
  await runtime.clock.jump(start + 45 * 60_000);
  expect([late, skipped]).toEqual([[0, 5 * 60_000], { limit: 2 }]);
  stop();
  await runtime.clock.advance("10m");
  expect(late.length).toBe(2);
});

test("[TKS-22] an observer that throws keeps nothing from firing and nobody else from being told", async () => {
  const errors: unknown[] = [];
  const runtime = await testRuntime({ logger: { error: (details) => errors.push(details) } });
  let told = 0;
  runtime.observe({
    onFire() {
      throw new Error("broken gauge");
    },
  });
  runtime.observe({ onFire: (report) => (told += report.tasks) });
  const ran: number[] = [];
  runtime.action("mail:send", { run: (_input, ctx) => void ran.push(ctx.now() - start) });
  await Promise.all(
    Array.from({ length: 1_200 }, (_, index) =>
      runtime.tasks.register({ id: `t${index}`, type: "cron", schedule: "0 * * * *", action: "mail:send" }),
    ),
  );
  await runtime.clock.advance("1h");
  expect(ran.length).toBe(1_200);
  expect(new Set(ran)).toEqual(new Set([3_600_000]));
  expect([told, errors.length > 0]).toEqual([1_200, true]);
  await runtime.stop();
});
