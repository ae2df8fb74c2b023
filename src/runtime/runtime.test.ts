import { expect, test } from "vitest";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";
import { createRuntime } from "./create-runtime.ts";

const stopped = expect.objectContaining({ code: "runtime.stopped" });

async function setup(): Promise<TestRuntime & { readonly ran: string[] }> {
  const runtime = await testRuntime({ start: false });
  const ran: string[] = [];
  runtime.action("mail:send", { run: (_input, ctx) => void ran.push(ctx.runId) });
  return { ...runtime, ran };
}

test("[RTM-1] a runtime takes calls from its making on, and works from its start on", async () => {
  await using runtime = await setup();
  const { id } = await runtime.runs.enqueue("mail:send", {});
  await runtime.tasks.register({ id: "t1", type: "interval", schedule: "1m", action: "mail:send" });
  await runtime.clock.advance("90s");
  expect(runtime.ran).toEqual([]);
  expect(await runtime.nodes.list()).toEqual([]);
  await runtime.start();
  await runtime.clock.advance(0);
  expect(runtime.ran.length).toBe(2);
  expect(runtime.ran).toContain(id);
});

test("[RTM-1] starting twice is starting once, also at the same time", async () => {
  await using runtime = await setup();
  await Promise.all([runtime.start(), runtime.start()]);
  await runtime.start();
  expect((await runtime.journal.read({ kind: "node.started" })).length).toBe(1);
  await runtime.runs.enqueue("mail:send", {});
  await runtime.clock.settle();
  expect(runtime.ran.length).toBe(1);
});

test("[RTM-2] stopping twice is stopping once, also at the same time", async () => {
  const runtime = await setup();
  await runtime.start();
  await Promise.all([runtime.stop(), runtime.stop()]);
  await runtime.stop();
});

test("[RTM-2] a runtime that was never started can be stopped", async () => {
  const runtime = await setup();
  await runtime.stop();
  await expect(runtime.runs.counts()).rejects.toEqual(stopped);
});

test("[RTM-2] a stop during the start waits for it", async () => {
  const runtime = await setup();
  const starting = runtime.start();
  await runtime.stop();
  await starting;
  await expect(runtime.runs.counts()).rejects.toEqual(stopped);
});

test("[RTM-3] a runtime that was stopped does not start again, and says so", async () => {
  const runtime = await setup();
  await runtime.start();
  await runtime.stop();
  await expect(runtime.start()).rejects.toEqual(stopped);
});

test("[RTM-3] whatever is asked of a runtime that was stopped is refused, never thrown in passing", async () => {
  const runtime = await setup();
  await runtime.start();
  await runtime.stop();
  const task = { id: "t1", type: "interval", schedule: "1m", action: "mail:send" } as const;
  for (const call of [
    () => runtime.runs.enqueue("mail:send", {}),
    () => runtime.runs.enqueueMany([{ action: "mail:send", input: {} }]),
    () => runtime.runs.get("r"),
    () => runtime.runs.list(),
    () => runtime.runs.wait("r"),
    () => runtime.runs.cancel("r"),
    () => runtime.tasks.register(task),
    () => runtime.tasks.all(),
    () => runtime.tasks.stop("t1"),
    () => runtime.control.kill(),
    () => runtime.control.check({ cluster: "c1" }),
    () => runtime.control.status(),
    () => runtime.journal.read(),
    () => runtime.journal.note("step"),
    () => runtime.nodes.list(),
    () => runtime.retention.apply(),
    () => runtime.transaction(async (tx) => tx.runs.counts()),
    () => runtime.backup("/nowhere/at/all.db"),
    () => runtime.doctor(),
  ])
    await expect(call()).rejects.toEqual(stopped);
});

test("[RTM-4] `await using` stops a runtime", async () => {
  let kept: TestRuntime;
  {
    await using runtime = await setup();
    kept = runtime;
    await runtime.start();
  }
  await expect(kept.runs.counts()).rejects.toEqual(stopped);
});

test("[RTM-5] a node is listed with its lease from its start to its stop", async () => {
  await using runtime = await setup();
  await runtime.start();
  const [node] = await runtime.nodes.list();
  expect(node).toMatchObject({ node: "test", startedAt: runtime.clock.now() });
  expect(node?.leaseUntil).toBeGreaterThan(runtime.clock.now());
  await runtime.clock.advance("7d");
  expect((await runtime.nodes.list())[0]?.leaseUntil).toBeGreaterThan(runtime.clock.now());
});

test.each<readonly [string, object]>([
  ["no storage", {}],
  ["a storage that is a path", { storage: "app.db" }],
  ["no room for work", { work: { concurrency: 0 } }],
  ["half a handler", { work: { concurrency: 1.5 } }],
  ["a node without a name", { node: "" }],
  ["a lease too short to renew", { lease: "500ms" }],
  ["an endless name", { node: "x".repeat(201) }],
  ["an archive that is nowhere", { archive: "" }],
  ["a retention that is no duration", { retention: { runs: "long" } }],
])("[RTM-6] a runtime with %s is not made", async (name, options) => {
  const input = expect.objectContaining({ code: expect.stringMatching(/^(options|duration)\.invalid$/) });
  const make = name.includes("storage")
    ? // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
      createRuntime(options as never)
    : testRuntime(options);
  await expect(make).rejects.toEqual(input);
});

test("[RTM-6] a time to drain that is no duration is refused, and the runtime goes on", async () => {
  await using runtime = await setup();
  await runtime.start();
  const refused = expect.objectContaining({ code: "duration.invalid" });
  await expect((async () => runtime.stop({ drain: "a while" }))()).rejects.toEqual(refused);
  expect((await runtime.runs.counts()).waiting).toBe(0);
});

test("[RTM-7] what is done in a transaction is done together or not at all", async () => {
  await using runtime = await setup();
  const task = { id: "t1", type: "interval", schedule: "1m", action: "mail:send" } as const;
  const broken = runtime.transaction(async (tx) => {
    await tx.runs.enqueue("mail:send", {});
    await tx.tasks.register(task);
    throw new Error("changed my mind");
  });
  await expect(broken).rejects.toThrow("changed my mind");
  expect([(await runtime.runs.counts()).waiting, await runtime.tasks.all()]).toEqual([0, []]);
  const id = await runtime.transaction(async (tx) => {
    const runs = await Promise.all([tx.runs.enqueue("mail:send", 1), tx.runs.enqueue("mail:send", 2)]);
    await tx.tasks.register(task);
    expect((await tx.runs.counts()).waiting).toBe(2);
    return runs[0].id;
  });
  expect(await runtime.runs.get(id)).toMatchObject({ state: "waiting", params: 1 });
  expect((await runtime.tasks.all()).length).toBe(1);
  expect(new Set((await runtime.journal.read()).map((event) => event.commit)).size).toBe(1);
});

test("[RTM-7] a transaction that waits for the runtime around it is rolled back instead of waiting for ever", async () => {
  await using runtime = await setup();
  const knot = runtime.transaction(
    async (tx) => {
      await tx.runs.enqueue("mail:send", "inside");
      await runtime.runs.enqueue("mail:send", "outside");
    },
    { timeout: 20 },
  );
  await expect(knot).rejects.toEqual(expect.objectContaining({ code: "storage.busy" }));
  await runtime.clock.settle();
  const { items } = await runtime.runs.list();
  expect(items.map((run) => run.params)).toEqual(["outside"]);
});
