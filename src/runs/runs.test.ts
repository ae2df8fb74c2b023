import { expect, test } from "vitest";
import { z } from "zod";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";

/** A runtime that does not work off what is enqueued. */
async function setup(): Promise<TestRuntime> {
  const runtime = await testRuntime({ start: false });
  const input = z.object({ to: z.string(), at: z.date().optional(), big: z.any().optional() }).strict();
  runtime.action("mail:send", { input, priority: 4, run: () => null });
  runtime.action("page:fetch", { run: () => null });
  return runtime;
}

const nothingThere = { waiting: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, skipped: 0 };

test("[RNS-20] enqueueing resolves to the run that now waits", async () => {
  await using runtime = await setup();
  const send = runtime.action("mail:sort", { run: (input: { box: string }) => input.box });
  const now = new Date(runtime.clock.now());
  const run = await runtime.runs.enqueue(
    send,
    { box: "in" },
    { priority: -2, tags: ["x"], parentId: "p", delay: "5s" },
  );
  expect(run).toEqual({
    id: expect.stringMatching(/^[0-9A-Z]{26}$/),
    action: "mail:sort",
    params: { box: "in" },
    state: "waiting",
    scheduledFor: now,
    dueAt: new Date(now.getTime() + 5_000),
    attempt: 0,
    maxAttempts: 3,
    pass: 1,
    priority: -2,
    parentId: "p",
    tags: ["x"],
  });
  expect(await runtime.runs.get(run.id)).toEqual(run);
});

test("[RNS-20] what the caller does not say comes from the action", async () => {
  await using runtime = await setup();
  expect((await runtime.runs.enqueue("mail:send", { to: "ann" })).priority).toBe(4);
  expect((await runtime.runs.enqueue("mail:send", { to: "ann" }, { priority: 0 })).priority).toBe(0);
});

test("[RNS-20] ids sort in the order of enqueueing, also of those that are enqueued together", async () => {
  await using runtime = await setup();
  const runs = await Promise.all(Array.from({ length: 50 }, () => runtime.runs.enqueue("page:fetch", {})));
  const ids = runs.map((run) => run.id);
  expect(ids.toSorted()).toEqual(ids);
  const [first] = await runtime.journal.read({ after: 0, limit: 1 });
  expect(first?.subject).toBe(`run:${ids[0]}`);
});

test("[RNS-20] what is handed out are copies", async () => {
  await using runtime = await setup();
  const input = { list: [1] };
  const run = await runtime.runs.enqueue("page:fetch", input);
  input.list.push(2);
  Object.assign(run.params ?? {}, { more: true });
  expect((await runtime.runs.get(run.id))?.params).toEqual({ list: [1] });
});

test.each<readonly [string, unknown, object, object]>([
  ["page:fetched", {}, {}, { code: "action.not-found" }],
  [
    "mail:send",
    { to: 5 },
    {},
    { code: "run.invalid", details: { issues: [expect.objectContaining({ field: "to" })] } },
  ],
  ["page:fetch", { f: () => 1 }, {}, { code: "json.invalid" }],
  ["page:fetch", "x".repeat(2_000_000), {}, { code: "json.too-large" }],
  ["page:fetch", {}, { delay: "soon" }, { code: "run.invalid" }],
  ["page:fetch", {}, { delay: 1e20 }, { code: "run.invalid" }],
  ["page:fetch", {}, { at: "soon" }, { code: "run.invalid" }],
  ["page:fetch", {}, { at: 5, delay: 5 }, { code: "run.invalid" }],
  ["page:fetch", {}, { priority: 0.5 }, { code: "run.invalid" }],
  ["page:fetch", {}, { tags: "x" }, { code: "run.invalid" }],
  ["page:fetch", {}, { tags: [""] }, { code: "run.invalid" }],
  ["page:fetch", {}, { parentId: { id: 5 } }, { code: "run.invalid" }],
  ["page:fetch", {}, { key: "" }, { code: "run.invalid" }],
  ["page:fetch", {}, { fifo: "x".repeat(513) }, { code: "run.invalid" }],
  ["page:fetch", {}, { key: "k", onConflict: "ignore" }, { code: "run.invalid" }],
  ["page:fetch", {}, { onConflict: "drop" }, { code: "run.invalid" }],
])("[RNS-21] %s with %j and %j is refused, and nothing is kept", async (action, input, options, error) => {
  await using runtime = await setup();
  const refused = expect.objectContaining(error);
  await expect(runtime.runs.enqueue(action, input, options)).rejects.toEqual(refused);
  const many = [
    { action: "page:fetch", input: {} },
    { action, input, ...options },
  ];
  await expect(runtime.runs.enqueueMany(many)).rejects.toEqual(refused);
  expect(await runtime.runs.counts()).toEqual(nothingThere);
  expect(await runtime.journal.read()).toEqual([]);
});

test.each<readonly [string, unknown, unknown?]>([
  ["an item that is nothing", [{ action: "page:fetch", input: {} }, null]],
  ["an item that is no object", ["page:fetch"]],
  ["an actor of one item", [{ action: "page:fetch", input: {}, actor: "user:ann" }]],
  ["an option that nobody reads", [{ action: "page:fetch", input: {} }], { key: "k" }],
])("[RNS-21] many runs with %s are refused, and nothing is kept", async (_what, items, options) => {
  await using runtime = await setup();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const asked = runtime.runs.enqueueMany(items as never, options as never);
  await expect(asked).rejects.toMatchObject({ code: "run.invalid" });
  expect(await runtime.runs.counts()).toEqual(nothingThere);
});

test("[RNS-21] every fault of an option is told at once", async () => {
  await using runtime = await setup();
  const asked = runtime.runs.enqueue("page:fetch", {}, { delay: "soon", priority: 0.5, tags: [""] });
  const issues = ["delay", "priority", "tags"].map((field) => expect.objectContaining({ field }));
  await expect(asked).rejects.toEqual(expect.objectContaining({ details: { issues } }));
});

test("[RNS-21] a bad call harms none of those made beside it", async () => {
  await using runtime = await setup();
  const ends = await Promise.allSettled([
    runtime.runs.enqueue("page:fetch", 1),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
    runtime.runs.enqueue("page:fetch", 2, { parentId: (() => 1) as never }),
    runtime.runs.enqueue("page:fetch", 3),
  ]);
  expect(ends.map((end) => end.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await runtime.runs.counts()).waiting).toBe(2);
});

test("[RNS-22] input is held against the schema as it will be kept, so that nothing is found out only when it runs", async () => {
  await using runtime = await setup();
  // A Date is text in JSON, which this schema will not have.
  const asked = runtime.runs.enqueue("mail:send", { to: "ann", at: new Date() });
  await expect(asked).rejects.toEqual(expect.objectContaining({ code: "run.invalid" }));
  await expect(runtime.runs.enqueue("mail:send", { to: "ann", at: undefined })).resolves.toBeDefined();
});

test("[RNS-23] many runs are kept together, or none of them", async () => {
  await using runtime = await setup();
  const runs = await runtime.runs.enqueueMany([
    { action: "page:fetch", input: 1 },
    { action: "mail:send", input: { to: "ann" }, tags: ["x"] },
  ]);
  expect(runs.map((run) => [run.action, run.params, run.tags])).toEqual([
    ["page:fetch", 1, []],
    ["mail:send", { to: "ann" }, ["x"]],
  ]);
  expect(new Set((await runtime.journal.read()).map((event) => event.commit)).size).toBe(1);
  expect(await runtime.runs.enqueueMany([])).toEqual([]);
});

test("[RNS-24] a key that is taken gives the run that has it, or refuses, or drops, or replaces", async () => {
  await using runtime = await setup();
  const { runs } = runtime;
  const first = await runs.enqueue("page:fetch", 1, { key: "k" });
  expect(await runs.enqueue("page:fetch", 2, { key: "k" })).toEqual(first);
  const refused = expect.objectContaining({ code: "run.conflict" });
  await expect(runs.enqueue("page:fetch", 2, { key: "k", onConflict: "reject" })).rejects.toEqual(refused);
  const dropped = await runs.enqueue("page:fetch", 2, { key: "k", onConflict: "drop" });
  expect(dropped).toMatchObject({ state: "skipped", params: 2 });
  expect(dropped.id).not.toBe(first.id);
  const second = await runs.enqueue("page:fetch", 3, { key: "k", onConflict: "replace" });
  expect([(await runs.get(first.id))?.state, (await runs.get(second.id))?.state]).toEqual([
    "cancelled",
    "waiting",
  ]);
  expect(await runs.enqueue("page:fetch", 4, { key: "k" })).toEqual(await runs.get(second.id));
});

test("[RNS-25] waiting for a run ends when it has finished", async () => {
  await using runtime = await testRuntime();
  runtime.action("page:fetch", { run: (input) => input });
  const { id } = await runtime.runs.enqueue("page:fetch", "page", { delay: "10m" });
  const waited = runtime.runs.wait(id);
  await runtime.clock.advance("9m");
  let over = false;
  void waited.then(() => (over = true));
  await runtime.clock.settle();
  expect(over).toBe(false);
  await runtime.clock.advance("1m");
  expect(await waited).toMatchObject({ id, state: "succeeded", result: "page" });
  expect(await runtime.runs.wait(id)).toMatchObject({ state: "succeeded" });
});

test("[RNS-25] waiting ends at its timeout, at its signal, and for a run that never was", async () => {
  await using runtime = await setup();
  const { id } = await runtime.runs.enqueue("page:fetch", {});
  const timed = runtime.runs.wait(id, { timeout: "5s" });
  const failure = expect(timed).rejects.toEqual(expect.objectContaining({ code: "run.timeout" }));
  await runtime.clock.advance("5s");
  await failure;
  const missing = expect.objectContaining({ code: "run.not-found" });
  await expect(runtime.runs.wait("nobody")).rejects.toEqual(missing);
  const controller = new AbortController();
  const disturbed = runtime.runs.wait(id, { signal: controller.signal });
  await runtime.clock.settle();
  const reason = new Error("enough");
  controller.abort(reason);
  // Neither a commit nor the clock has to help.
  await expect(disturbed).rejects.toBe(reason);
});

test("[RNS-26] a failed run is redriven with all its attempts, and no other run is", async () => {
  await using runtime = await testRuntime();
  let broken = true;
  runtime.action("page:fetch", {
    retry: { attempts: 2, delay: 0 },
    run(_input, ctx) {
      if (broken) throw new Error("down");
      return ctx.attempt;
    },
  });
  const { id } = await runtime.runs.enqueue("page:fetch", {});
  await runtime.clock.advance("1m");
  expect(await runtime.runs.get(id)).toMatchObject({ state: "failed", attempt: 2 });
  broken = false;
  expect(await runtime.runs.retry(id, { actor: "user:ann" })).toMatchObject({ id, params: {} });
  await runtime.clock.settle();
  expect(await runtime.runs.get(id)).toMatchObject({ state: "succeeded", result: 1 });
  const [redriven] = await runtime.journal.read({ kind: "run.redriven" });
  expect(redriven?.actor).toBe("user:ann");
  const conflict = expect.objectContaining({ code: "run.conflict" });
  await expect(runtime.runs.retry(id)).rejects.toEqual(conflict);
  await expect(runtime.runs.retry("nobody")).rejects.toEqual(
    expect.objectContaining({ code: "run.not-found" }),
  );
});

test("[RNS-26] many failed runs are redriven by filter, each once, and a dry run only counts them", async () => {
  await using runtime = await testRuntime();
  runtime.action("page:fetch", { retry: { attempts: 1 }, run: () => Promise.reject(new Error("down")) });
  const items = Array.from({ length: 1_050 }, (_, index) => ({
    action: "page:fetch",
    input: index,
    tags: [index % 2 === 0 ? "even" : "odd"],
  }));
  await runtime.runs.enqueueMany(items);
  await runtime.clock.settle();
  expect((await runtime.runs.counts()).failed).toBe(1_050);
  expect(await runtime.runs.retryMany({ tag: "odd" }, { dryRun: true })).toEqual({
    matched: 525,
    retried: 0,
  });
  await runtime.control.kill();
  expect(await runtime.runs.retryMany({ tag: "odd" })).toEqual({ matched: 525, retried: 525 });
  expect(await runtime.runs.retryMany({})).toEqual({ matched: 525, retried: 525 });
  expect(await runtime.runs.counts()).toMatchObject({ waiting: 1_050, failed: 0 });
});

test("[RNS-27] runs are listed newest first, in pages, as the filter says", async () => {
  await using runtime = await setup();
  const ids: string[] = [];
  for (let count = 0; count < 7; count++) {
    await runtime.clock.advance("1s");
    const { id } = await runtime.runs.enqueue("page:fetch", count, { tags: count < 3 ? ["old"] : [] });
    ids.unshift(id);
  }
  const first = await runtime.runs.list({ limit: 5 });
  const rest = await runtime.runs.list({
    limit: 5,
    ...(first.next === undefined ? {} : { after: first.next }),
  });
  expect([...first.items, ...rest.items].map((run) => run.id)).toEqual(ids);
  expect(rest.next).toBeUndefined();
  expect((await runtime.runs.list({ tag: "old" })).items.length).toBe(3);
  const since = new Date(runtime.clock.now() - 1_500);
  expect((await runtime.runs.list({ from: since })).items.length).toBe(2);
  expect((await runtime.runs.list({ state: "failed" })).items).toEqual([]);
});

test.each([
  { limit: 0 },
  { limit: 1_001 },
  { limit: 2.5 },
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  { state: "failed' OR 1=1 --" as "failed" },
])("[RNS-27] the filter %j is refused", async (filter) => {
  await using runtime = await setup();
  await expect(runtime.runs.list(filter)).rejects.toEqual(expect.objectContaining({ code: "run.invalid" }));
});
