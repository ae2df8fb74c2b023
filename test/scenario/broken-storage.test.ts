// A node whose storage fails it now and then: nothing is lost by that, and nothing is done twice.
import { expect, test } from "vitest";
import { EscapementError } from "../../src/base/errors.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { testRuntime } from "../../src/testing/index.ts";
import { storageOver } from "../support/storage-over.ts";

const busy = (): Promise<never> => Promise.reject(new EscapementError("storage.busy", "The disk is full."));

test("[RNS-40] an outcome that the storage could not take is told again until it can", async () => {
  const memory = sqlite(":memory:");
  let refusals = 3;
  const settle: Storage["runs"]["settle"] = (request) =>
    refusals-- > 0 ? busy() : memory.runs.settle(request);
  const errors: unknown[] = [];
  await using runtime = await testRuntime({
    storage: storageOver(memory, { runs: { ...memory.runs, settle } }),
    logger: { error: (details) => errors.push(details) },
  });
  let calls = 0;
  runtime.action("mail:send", { run: () => ++calls });
  const one = await runtime.runs.enqueue("mail:send", {});
  const two = await runtime.runs.enqueue("mail:send", {});
  await runtime.clock.advance("1m");
  expect(await runtime.runs.get(one.id)).toMatchObject({ state: "succeeded", result: 1 });
  expect(await runtime.runs.get(two.id)).toMatchObject({ state: "succeeded", result: 2 });
  expect([calls, errors.length]).toEqual([2, 3]);
});

test("[RNS-40] one outcome that can never be taken does not keep the others from being told", async () => {
  const memory = sqlite(":memory:");
  const poison = new Set<string>();
  const settle: Storage["runs"]["settle"] = (request) =>
    request.outcomes.some((outcome) => poison.has(outcome.id)) ? busy() : memory.runs.settle(request);
  await using runtime = await testRuntime({
    storage: storageOver(memory, { runs: { ...memory.runs, settle } }),
  });
  runtime.action("mail:send", { run: () => null });
  const runs = await runtime.runs.enqueueMany(
    Array.from({ length: 5 }, (_, input) => ({ action: "mail:send", input, delay: "1s" })),
  );
  poison.add(runs[2]?.id ?? "");
  await runtime.clock.advance("1m");
  const states = await Promise.all(runs.map(async (run) => (await runtime.runs.get(run.id))?.state));
  expect(states).toEqual(["succeeded", "succeeded", "running", "succeeded", "succeeded"]);
  poison.clear();
  await runtime.clock.advance("1m");
  expect((await runtime.runs.get(runs[2]?.id ?? ""))?.state).toBe("succeeded");
});

test.each(["again", "snooze"] as const)(
  "[RNS-40] an outcome that was taken, but whose answer was lost, is not taken twice: %s",
  async (kind) => {
    const memory = sqlite(":memory:");
    let lost = 1;
    const settle: Storage["runs"]["settle"] = async (request) => {
      const stale = await memory.runs.settle(request);
      return lost-- > 0 ? busy() : stale;
    };
    const storage = storageOver(memory, { runs: { ...memory.runs, settle } });
    await using runtime = await testRuntime({ storage });
    const seen: string[] = [];
    const gate = Promise.withResolvers<string>();
    runtime.action("mail:send", {
      run(_input, ctx) {
        seen.push(`pass ${ctx.pass} attempt ${ctx.attempt}`);
        if (seen.length > 1) return gate.promise;
        return kind === "again" ? ctx.again({}) : ctx.snooze(1);
      },
    });
    const { id } = await runtime.runs.enqueue("mail:send", {});
    // The next attempt has the same number, on the same node, and is under way when the first outcome is told again.
    await runtime.clock.advance("1m");
    const second = kind === "again" ? "pass 2 attempt 1" : "pass 1 attempt 1";
    expect(seen).toEqual(["pass 1 attempt 1", second]);
    gate.resolve("done");
    await runtime.clock.advance("1m");
    expect(await runtime.runs.get(id)).toMatchObject({ state: "succeeded", result: "done" });
    expect(seen.length).toBe(2);
  },
);

test("[RNS-41] a claim that fails is made again, and nothing is started twice by it", async () => {
  const memory = sqlite(":memory:");
  let refusals = 2;
  const claim: Storage["runs"]["claim"] = (request) => (refusals-- > 0 ? busy() : memory.runs.claim(request));
  await using runtime = await testRuntime({
    storage: storageOver(memory, { runs: { ...memory.runs, claim } }),
  });
  let calls = 0;
  runtime.action("mail:send", { run: () => ++calls });
  const { id } = await runtime.runs.enqueue("mail:send", {});
  await runtime.clock.advance("1m");
  expect([calls, (await runtime.runs.get(id))?.state]).toEqual([1, "succeeded"]);
});

test("[RNS-41] a tick that fails is made again, and every due time has its outcome", async () => {
  const memory = sqlite(":memory:");
  let refusals = 5;
  const fire: Storage["tasks"]["fire"] = (request) => (refusals-- > 0 ? busy() : memory.tasks.fire(request));
  await using runtime = await testRuntime({
    storage: storageOver(memory, { tasks: { ...memory.tasks, fire } }),
  });
  runtime.action("mail:send", { run: () => null });
  await runtime.tasks.register({
    id: "t1",
    type: "interval",
    schedule: "10s",
    action: "mail:send",
    missed: "all",
  });
  await runtime.clock.advance("1m");
  const outcomes: string[] = [];
  for await (const { outcome } of runtime.tasks.occurrences("t1")) outcomes.push(outcome);
  expect(outcomes).toEqual(Array.from({ length: 6 }, () => "run"));
});

/** The same storage, which a runtime that stops does not close. */
function immortal(storage: Storage): Storage {
  return storageOver(storage, { close: () => Promise.resolve() });
}

test("[RNS-42] a claim that comes back after a stop starts nothing, and what it took is handed back", async () => {
  const memory = sqlite(":memory:");
  const gate = Promise.withResolvers<void>();
  const slow: Storage["runs"]["claim"] = async (request) => {
    const result = await memory.runs.claim(request);
    if (result.runs.length > 0) await gate.promise;
    return result;
  };
  const first = await testRuntime({
    storage: immortal(storageOver(memory, { runs: { ...memory.runs, claim: slow } })),
  });
  let calls = 0;
  const handler = { run: () => ++calls };
  first.action("mail:send", handler);
  await first.clock.settle();
  const { id } = await first.runs.enqueue("mail:send", {});
  await first.clock.settle();
  expect((await memory.runs.get({ id }))?.state).toBe("running");
  const stopped = first.stop();
  gate.resolve();
  await stopped;
  await first.clock.settle();
  expect([calls, (await memory.runs.get({ id }))?.state]).toEqual([0, "waiting"]);
  expect((await memory.runs.get({ id }))?.attempt).toBe(0);
  await using second = await testRuntime({ storage: memory, clock: first.clock });
  second.action("mail:send", handler);
  await second.clock.settle();
  expect([calls, (await second.runs.get(id))?.state]).toEqual([1, "succeeded"]);
});

test("[RNS-16] what a node hands back when it stops goes on elsewhere, and the attempt does not count", async () => {
  const memory = sqlite(":memory:");
  const first = await testRuntime({ storage: immortal(memory), node: "first" });
  const attempts: number[] = [];
  const handler = {
    run: (_input: unknown, ctx: { readonly attempt: number }) => {
      attempts.push(ctx.attempt);
      return attempts.length === 1 ? new Promise<null>(() => undefined) : null;
    },
  };
  first.action("mail:send", handler);
  const { id } = await first.runs.enqueue("mail:send", {});
  await first.clock.settle();
  await first.stop({ drain: 0 });
  expect(await memory.runs.get({ id })).toMatchObject({ state: "waiting", attempt: 0 });
  expect(await memory.nodes.list()).toEqual([]);
  await using second = await testRuntime({ storage: memory, node: "second", clock: first.clock });
  second.action("mail:send", handler);
  await second.clock.settle();
  expect([attempts, (await second.runs.get(id))?.state]).toEqual([[1, 1], "succeeded"]);
});
