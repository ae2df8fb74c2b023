import { expect, test } from "vitest";
import { testRuntime } from "../testing/test-runtime.ts";

test("[RNS-30] what is older than its limit goes, in steps, until nothing of it is left", async () => {
  await using runtime = await testRuntime({ retention: { runs: "2d", journal: "3d" } });
  runtime.action("page:fetch", { run: () => null });
  await runtime.tasks.register({ id: "t1", type: "interval", schedule: "12h", action: "page:fetch" });
  await runtime.runs.enqueueMany(Array.from({ length: 2_500 }, () => ({ action: "page:fetch", input: {} })));
  await runtime.clock.advance("1d");
  const young = await runtime.runs.enqueue("page:fetch", {});
  await runtime.clock.advance("37h");
  const totals = await runtime.retention.apply();
  // The 2,500 and the first run of the task ended more than two days ago.
  expect(totals).toMatchObject({ runs: 2_501, occurrences: 1, events: 0 });
  expect((await runtime.runs.counts()).succeeded).toBe(5);
  expect(await runtime.runs.get(young.id)).toBeDefined();
  expect(await runtime.retention.apply()).toEqual({ runs: 0, occurrences: 0, events: 0, archives: 0 });
  const [applied] = await runtime.journal.read({ kind: "retention.applied" });
  expect(applied?.data).toEqual(totals);
  await runtime.clock.advance("36h");
  const later = await runtime.retention.apply();
  expect(later.events).toBeGreaterThan(5_000);
  const left = await runtime.journal.read({ after: 0, limit: 1_000 });
  const oldest = left[0]?.seq ?? 0;
  expect(left.map((event) => event.seq)).toEqual(left.map((_, index) => oldest + index));
});

test("[RNS-31] retention stops between two steps when it is told to", async () => {
  await using runtime = await testRuntime({ retention: { runs: 1 } });
  runtime.action("page:fetch", { run: () => null });
  await runtime.runs.enqueueMany(Array.from({ length: 1_500 }, () => ({ action: "page:fetch", input: {} })));
  await runtime.clock.advance("1h");
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  await expect(runtime.retention.apply({ signal: controller.signal })).rejects.toThrow("enough");
  expect((await runtime.runs.counts()).succeeded).toBe(1_500);
});

test("[RNS-31] retention runs as an action, by night", async () => {
  await using runtime = await testRuntime({ retention: { runs: "1h" } });
  runtime.action("page:fetch", { run: () => null });
  await runtime.tasks.register({
    id: "nightly",
    type: "cron",
    schedule: "0 3 * * *",
    action: "retention:apply",
  });
  const old = await runtime.runs.enqueue("page:fetch", {});
  await runtime.clock.advanceTo("2026-01-01T02:59:00Z");
  expect(await runtime.runs.get(old.id)).toBeDefined();
  await runtime.clock.advanceTo("2026-01-01T03:00:00Z");
  expect(await runtime.runs.get(old.id)).toBeUndefined();
});
