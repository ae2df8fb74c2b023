// What tasks answer about themselves at the edges of their life: before they were there, when their runs are spent,
// and when they are asked in a way that has no answer.
import { expect, test } from "vitest";
import { testClock } from "../../src/testing/test-clock.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";

const hourly = { id: "report", type: "cron", schedule: "0 * * * *", action: "report:write" } as const;

async function setup(at = "2026-01-01T00:30:00Z"): Promise<TestRuntime> {
  const runtime = await testRuntime({ clock: testClock(at) });
  runtime.action("report:write", { run: () => "written" });
  return runtime;
}

test("[TSK-52] a preview shows no more times than maxRuns has left", async () => {
  await using runtime = await setup();
  const task = { ...hourly, maxRuns: 3 };
  expect(await runtime.tasks.preview(task)).toHaveLength(3);
  await runtime.tasks.register(task);
  await runtime.clock.advance("1h");
  expect(await runtime.tasks.preview("report")).toHaveLength(2);
  expect(await runtime.tasks.preview(task)).toHaveLength(2);
  await runtime.clock.advance("5h");
  expect(await runtime.tasks.preview("report")).toEqual([]);
});

test("[TSK-52] once maxRuns is spent a time is skipped as limit when it has passed, and none is pending", async () => {
  await using runtime = await setup();
  await runtime.tasks.register({ ...hourly, maxRuns: 1 });
  await runtime.clock.advance("3h");
  expect(await runtime.tasks.explain("report", "2026-01-01T01:00Z")).toMatchObject({ outcome: "run" });
  expect(await runtime.tasks.explain("report", "2026-01-01T02:00Z")).toMatchObject({
    outcome: "skipped",
    reason: "limit",
  });
  const future = await runtime.tasks.explain("report", "2026-01-01T09:00Z");
  expect(future.outcome).toBe("not scheduled");
  expect(future.reason).toContain("maxRuns");
  const ledger = await Array.fromAsync(runtime.tasks.occurrences("report"));
  const lines = ledger.map(({ reason, outcome }) => reason ?? outcome);
  expect(lines).toEqual(["run", "limit", "limit"]);
  // Raising maxRuns writes down what was said before.
  await runtime.tasks.register({ ...hourly, maxRuns: 2 });
  expect(await Array.fromAsync(runtime.tasks.occurrences("report"))).toEqual(ledger);
});

test("[TSK-53] before the task was registered nothing is scheduled, an excluded time neither", async () => {
  await using runtime = await setup("2026-01-01T12:30:00Z");
  await runtime.tasks.register({ ...hourly, exclude: ["* 3 * * *"] });
  for (const at of ["2026-01-01T03:00Z", "2026-01-01T04:00Z"]) {
    expect(await runtime.tasks.explain("report", at)).toMatchObject({ outcome: "not scheduled" });
  }
  expect(await runtime.tasks.explain("report", "2026-01-02T03:00Z")).toMatchObject({ reason: "excluded" });
});

test("[TSK-54] a preview needs neither an id nor an action, and says that it is a preview when it refuses", async () => {
  await using runtime = await setup();
  const [next] = await runtime.tasks.preview({
    type: "cron",
    schedule: "0 9 * * 1-5",
    timezone: "Europe/Paris",
  });
  expect(next?.at).toEqual(new Date("2026-01-01T08:00:00Z"));
  await expect(runtime.tasks.preview({ type: "cron", schedule: "61 * * * *" })).rejects.toThrow(
    /^Cannot preview/,
  );
  const unknown = runtime.tasks.preview({ ...hourly, action: "report:wirte" });
  await expect(unknown).rejects.toMatchObject({ details: { issues: [{ field: "action" }] } });
});

test("[TSK-54] a preview of a changed interval keeps the grid that registering it would keep", async () => {
  await using runtime = await setup("2026-01-01T10:07:00Z");
  const task = { id: "poll", type: "interval", schedule: "15m", action: "report:write" } as const;
  await runtime.tasks.register(task);
  await runtime.clock.advance("5m");
  const [next] = await runtime.tasks.preview({ ...task, priority: 3 });
  expect(next?.at).toEqual(new Date("2026-01-01T10:22:00Z"));
});

test.for([
  [
    "overlap",
    // @ts-expect-error a caller in JavaScript passes what it likes
    (tasks: TestRuntime["tasks"]) => tasks.backfill("report", { from: 0, to: 1, overlap: 7 }),
  ],
  [
    "note",
    // @ts-expect-error a caller in JavaScript passes what it likes
    (tasks: TestRuntime["tasks"]) => tasks.stop("report", { note: 7 }),
  ],
  [
    "outcome",
    // @ts-expect-error a caller in JavaScript passes what it likes
    (tasks: TestRuntime["tasks"]) => Array.fromAsync(tasks.occurrences("report", { outcome: 7 })),
  ],
] as const)("[TSK-55] an option that cannot be read is refused by its name: %s", async ([field, ask]) => {
  await using runtime = await setup();
  await runtime.tasks.register(hourly);
  await expect(ask(runtime.tasks)).rejects.toMatchObject({
    code: "task.invalid",
    details: { issues: [{ field, message: expect.stringContaining("7") }] },
  });
  expect((await runtime.tasks.get("report"))?.enabled).toBe(true);
});

test("[TSK-1] each field of params has one issue, and params that are no JSON are one issue as a whole", async () => {
  await using runtime = await setup();
  const short = { message: "is too short", path: ["to"] };
  const wrong = { message: "is no address", path: ["to"] };
  runtime.action("mail:send", {
    input: {
      "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [short, wrong] }) },
    },
    run: () => "sent",
  });
  const mail = { ...hourly, action: "mail:send" } as const;
  const refusedFor = (field: string) => ({ details: { issues: [{ field }] } });
  const text = runtime.tasks.register({ ...mail, params: { to: "x" } });
  await expect(text).rejects.toMatchObject(refusedFor("params.to"));
  // @ts-expect-error a caller in JavaScript passes what it likes
  const bigint = runtime.tasks.register({ ...mail, params: { to: 1n } });
  await expect(bigint).rejects.toMatchObject(refusedFor("params"));
});

test("[TSK-64] a time that no clock showed and one that exists may stand at one instant: the ledger tells both", async () => {
  await using runtime = await setup("2026-03-29T00:55:00Z");
  await runtime.tasks.register({ ...hourly, schedule: "*/30 * * * *", timezone: "Europe/Paris" });
  await runtime.control.kill({ reason: "drill" });
  await runtime.clock.advance("20m");
  const told = await Array.fromAsync(
    runtime.tasks.occurrences("report"),
    ({ at, reason }) => `${at.toISOString().slice(11, 16)} ${reason}`,
  );
  // 02:00 does not exist; by the old offset it would be 01:00 UTC, which is 03:00.
  expect(told).toEqual(["01:00 switch", "01:00 dst-gap"]);
  expect(await runtime.tasks.explain("report", "2026-03-29T01:00:00Z")).toMatchObject({
    outcome: "skipped",
    reason: "switch",
  });
});
