// Backfills against what the schedule itself did: order, the future, and one outcome for each nominal time.
import { expect, test } from "vitest";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { testClock } from "../../src/testing/test-clock.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";

const hourly = { id: "report", type: "cron", schedule: "0 * * * *", action: "report:write" } as const;

async function setup(at: string): Promise<{ readonly runtime: TestRuntime; readonly started: string[] }> {
  const runtime = await testRuntime({ clock: testClock(at) });
  const started: string[] = [];
  runtime.action("report:write", {
    run: (_input, ctx) => void started.push(ctx.scheduledFor.toISOString().slice(5, 13)),
  });
  return { runtime, started };
}

async function ledgerOf({ tasks }: Runtime, outcome?: "run" | "skipped"): Promise<string[]> {
  const lines = await Array.fromAsync(tasks.occurrences("report", outcome === undefined ? {} : { outcome }));
  return lines.map(({ at, reason, outcome: what }) => `${at.toISOString().slice(5, 13)} ${reason ?? what}`);
}

test("[TSK-49] a backfill of many times starts them oldest first and lists them in that order", async () => {
  const { runtime, started } = await setup("2026-01-02T12:30:00Z");
  await using _ = runtime;
  await runtime.tasks.register(hourly);
  await runtime.tasks.backfill("report", { from: "2026-01-01T00:00Z", to: "2026-01-02T12:00Z" });
  await runtime.clock.advance("1m");
  expect(started).toHaveLength(37);
  expect(started).toEqual(started.toSorted());
  const { items } = await runtime.runs.list({ taskId: "report", limit: 100 });
  const times = items.map(({ scheduledFor }) => scheduledFor.getTime());
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test("[TSK-49] times caught up together are cancelled oldest first to make room", async () => {
  const { runtime } = await setup("2026-01-01T00:30:00Z");
  await using _ = runtime;
  runtime.action("report:hang", {
    run: (_input, ctx) => new Promise((_done, fail) => ctx.signal.addEventListener("abort", fail)),
  });
  await runtime.tasks.register({
    ...hourly,
    action: "report:hang",
    overlap: "cancel running",
    maxConcurrent: 8,
    missed: "all",
  });
  await runtime.clock.jump("2026-01-01T08:30:00Z");
  await runtime.clock.advance("4h");
  const { items } = await runtime.runs.list({ taskId: "report", state: "cancelled" });
  expect(items.map(({ scheduledFor }) => scheduledFor.getUTCHours()).toSorted((a, b) => a - b)).toEqual([
    1, 2, 3, 4,
  ]);
});

test("[TSK-50] a nominal time that was skipped and then backfilled is a run, and the ledger stays in order", async () => {
  const { runtime } = await setup("2026-01-01T00:30:00Z");
  await using _ = runtime;
  await runtime.tasks.register(hourly);
  await runtime.clock.jump("2026-01-01T05:30:00Z");
  await runtime.tasks.backfill("report", { from: "2026-01-01T02:00Z", to: "2026-01-01T03:00Z" });
  expect(await ledgerOf(runtime)).toEqual([
    "01-01T01 limit",
    "01-01T02 run",
    "01-01T03 run",
    "01-01T04 limit",
    "01-01T05 run",
  ]);
  expect(await ledgerOf(runtime, "skipped")).toEqual(["01-01T01 limit", "01-01T04 limit"]);
  expect(await runtime.tasks.explain("report", "2026-01-01T02:00Z")).toMatchObject({ outcome: "run" });
  expect(await runtime.tasks.explain("report", "2026-01-01T04:00Z")).toMatchObject({ reason: "limit" });
});

test("[TSK-50] a stretch backfilled while the task stands still is runs, before and after its start", async () => {
  const { runtime } = await setup("2026-01-01T00:30:00Z");
  await using _ = runtime;
  await runtime.tasks.register(hourly);
  await runtime.tasks.stop("report");
  await runtime.clock.advance("4h");
  await runtime.tasks.backfill("report", { from: "2026-01-01T02:00Z", to: "2026-01-01T03:00Z" });
  const expected = ["01-01T01 paused", "01-01T02 run", "01-01T03 run", "01-01T04 paused"];
  expect(await ledgerOf(runtime)).toEqual(expected);
  await runtime.tasks.start("report");
  expect(await ledgerOf(runtime)).toEqual(expected);
});

test("[TSK-50] spans that lie over each other are told oldest first", async () => {
  const { runtime } = await setup("2026-01-01T00:30:00Z");
  await using _ = runtime;
  await runtime.tasks.register({
    ...hourly,
    schedule: "0 */6 * * *",
    exclude: ["* 12 * * *"],
    missed: "all",
  });
  await runtime.clock.jump("2026-01-03T01:00:00Z");
  const ledger = await ledgerOf(runtime);
  expect(ledger).toHaveLength(8);
  expect(ledger).toEqual(ledger.toSorted());
  expect(ledger.filter((line) => line.endsWith("excluded"))).toEqual([
    "01-01T12 excluded",
    "01-02T12 excluded",
  ]);
});

test("[TSK-51] a backfill that reaches times still to come is refused and makes no run", async () => {
  const { runtime, started } = await setup("2026-01-01T12:30:00Z");
  await using _ = runtime;
  await runtime.tasks.register(hourly);
  const refused = runtime.tasks.backfill("report", { from: "2026-01-01T11:00Z", to: "2026-01-01T13:00Z" });
  await expect(refused).rejects.toMatchObject({
    code: "task.invalid",
    details: { issues: [{ field: "to" }] },
  });
  await runtime.clock.advance("1m");
  expect(started).toEqual([]);
  // Up to the present moment, and a little beyond it where no time lies, is the past.
  const to = "2026-01-01T12:59:59Z";
  expect(await runtime.tasks.backfill("report", { from: "2026-01-01T11:00Z", to })).toEqual({
    enqueued: 2,
    skipped: 0,
  });
});
