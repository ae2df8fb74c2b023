// Handlers in threads of their own: what they are given, how they are stopped, and how truthfully they fail.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import type { IsolatedActionOptions } from "../../src/actions/action.ts";
import type { Run } from "../../src/run/run.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";
import { found, kindsOf } from "./runs-of.ts";

const moduleOf = (name: string): URL => new URL(`./handlers/${name}`, import.meta.url);

/** A runtime on the real clock, because threads take real time. */
async function setup(more: Partial<IsolatedActionOptions<unknown, unknown>> = {}): Promise<Runtime> {
  const runtime = await createRuntime({ storage: sqlite(":memory:"), work: { concurrency: 4 } });
  const shared = { isolate: "thread", retry: { attempts: 1 } } as const;
  runtime.action("mail:send", { run: () => null });
  runtime.action("thread:talk", {
    ...shared,
    module: moduleOf("talk.ts"),
    retry: { attempts: 3, delay: 0 },
    ...more,
  });
  runtime.action("thread:plain", { ...shared, module: moduleOf("plain.js") });
  runtime.action("thread:misbehave", { ...shared, module: moduleOf("misbehave.ts"), ...more });
  runtime.action("thread:empty", { ...shared, module: moduleOf("no-handler.ts") });
  runtime.action("thread:missing", { ...shared, module: moduleOf("nowhere.ts") });
  await runtime.start();
  return runtime;
}

async function ended(runtime: Runtime, action: string, input: unknown): Promise<Run> {
  const { id } = await runtime.runs.enqueue(action, input);
  return runtime.runs.wait(id, { timeout: "20s" });
}

function scratch(): { readonly file: string; [Symbol.dispose](): void } {
  const directory = mkdtempSync(join(tmpdir(), "escapement-threads-"));
  return { file: join(directory, "notes"), [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

test("[STP-60] an isolated handler runs in a thread of its own, and its context is that of any other", async () => {
  using notes = scratch();
  await using runtime = await setup();
  const run = await ended(runtime, "thread:talk", { file: notes.file, fails: 1 });
  expect(run).toMatchObject({
    state: "succeeded",
    attempt: 2,
    result: {
      hotel: { id: 7, room: 12 },
      both: ["a", "b"],
      runId: run.id,
      aborted: false,
      now: true,
    },
  });
  // [STP-61] The steps of the first attempt are remembered by the second.
  expect(readFileSync(notes.file, "utf8").trim().split("\n")).toEqual([
    "attempt 1 pass 1 main false thread true",
    "hotel",
    "attempt 2 pass 1 main false thread true",
  ]);
  const { items: children } = await runtime.runs.list({ action: "mail:send" });
  expect(children).toMatchObject([{ parentId: run.id, params: { to: "ann" } }]);
  const events = await runtime.journal.read({ after: 0, subject: `run:${run.id}` });
  expect(events.filter(({ kind }) => kind === "run.stepped").map(({ label }) => label)).toEqual([
    "room",
    "hotel",
    "a",
    "b",
    expect.stringMatching(/^enqueue:mail:send#/),
  ]);
  expect(events.find(({ kind }) => kind === "run.logged")).toMatchObject({ label: "hello from the thread" });
  expect(events.find(({ kind }) => kind === "run.progressed")).toMatchObject({ label: "a quarter" });
  expect(events.find(({ kind }) => kind === "run.retried")?.data).toMatchObject({
    error: { name: "TypeError", message: "attempt 1 breaks" },
  });
});

test("[STP-60] a module in JavaScript will do, with the schemas of its action", async () => {
  await using runtime = await setup();
  runtime.action("thread:typed", {
    isolate: "thread",
    module: moduleOf("plain.js"),
    input: z.object({ n: z.coerce.number() }),
    output: z.object({ input: z.object({ n: z.number() }), pass: z.number(), more: z.number().default(5) }),
  });
  const run = await ended(runtime, "thread:typed", { n: "7" });
  expect(run).toMatchObject({ state: "succeeded", result: { input: { n: 7 }, pass: 1, more: 5 } });
});

test("[STP-61] a thread may ask for another pass, for a while, or for the end", async () => {
  await using runtime = await setup();
  expect(await ended(runtime, "thread:plain", { ask: "again", n: 1 })).toMatchObject({
    state: "succeeded",
    pass: 2,
    result: { input: { n: 1, second: true }, pass: 2 },
  });
  expect(await ended(runtime, "thread:plain", { ask: "cancel" })).toMatchObject({
    state: "cancelled",
    reason: "no longer needed",
  });
  const { id } = await runtime.runs.enqueue("thread:plain", { ask: "snooze" });
  while ((await kindsOf(runtime, id)).at(-1) !== "run.snoozed") await sleep(5);
  expect((await found(runtime, id)).state).toBe("waiting");
});

/** Lets threads do their work in real time until the run is in that state. */
async function until(runtime: TestRuntime, id: string, state: string): Promise<Run> {
  for (let turn = 0; turn < 2_000; turn++) {
    const run = await found(runtime, id);
    if (run.state === state) return run;
    await sleep(5);
    await runtime.clock.settle();
  }
  throw new Error(`run ${id} never was ${state}`);
}

test("[STP-61] a thread that sleeps is gone, and another one goes on when its time has come", async () => {
  using notes = scratch();
  await using runtime = await testRuntime();
  runtime.action("mail:send", { run: () => null });
  runtime.action("thread:talk", { isolate: "thread", module: moduleOf("talk.ts") });
  const { id } = await runtime.runs.enqueue("thread:talk", { file: notes.file, fails: 0, sleep: "30d" });
  await until(runtime, id, "running");
  const asleep = await until(runtime, id, "waiting");
  expect(asleep.dueAt.getTime()).toBe(runtime.clock.now() + 30 * 86_400_000);
  expect(runtime.activeRuns()).toBe(0);
  await runtime.clock.advance("30d");
  const run = await until(runtime, id, "succeeded");
  expect(run).toMatchObject({ attempt: 1, result: { both: ["a", "b"] } });
  expect(readFileSync(notes.file, "utf8").match(/hotel/g)).toHaveLength(1);
});

test("[STP-61] a thread that swallows its sleep goes to sleep", async () => {
  await using runtime = await testRuntime();
  runtime.action("thread:misbehave", { isolate: "thread", module: moduleOf("misbehave.ts") });
  const { id } = await runtime.runs.enqueue("thread:misbehave", { how: "swallow" });
  await until(runtime, id, "running");
  expect(await until(runtime, id, "waiting")).toMatchObject({ attempt: 0 });
  expect(await kindsOf(runtime, id)).toContain("run.slept");
});

test("[STP-62] a thread that blocks for ever is ended by its timeout, and its lane is free", async () => {
  // Long enough for a thread to start on a busy machine: the one behind has the same timeout.
  await using runtime = await setup({ timeout: "4s", concurrency: 1 });
  const { id } = await runtime.runs.enqueue("thread:misbehave", { how: "block" });
  const next = await runtime.runs.enqueue("thread:misbehave", { how: "fine" });
  const run = await runtime.runs.wait(id, { timeout: "20s" });
  expect(run).toMatchObject({ state: "failed", error: { code: "run.timeout" } });
  expect(await runtime.runs.wait(next.id, { timeout: "20s" })).toMatchObject({ result: "fine" });
  await expect(cpuOf(200)).resolves.toBeLessThan(150);
});

/** How many ms of processor this process uses in so many of real time. */
async function cpuOf(ms: number): Promise<number> {
  const before = process.cpuUsage();
  await sleep(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test("[STP-62] so it is by a cancel, and when its node stops", async () => {
  const runtime = await setup();
  const one = await runtime.runs.enqueue("thread:misbehave", { how: "block" });
  const two = await runtime.runs.enqueue("thread:misbehave", { how: "block" });
  await sleep(600);
  expect(await runtime.runs.cancel(one.id, { reason: "enough" })).toMatchObject({ state: "cancelled" });
  expect(runtime.activeRuns()).toBe(1);
  expect((await found(runtime, two.id)).state).toBe("running");
  await runtime.stop({ drain: 0 });
  await expect(cpuOf(200)).resolves.toBeLessThan(150);
});

test.each([
  ["exit 0", { code: "run.crashed", message: expect.stringContaining("exit code 0") }],
  ["exit 3", { code: "run.crashed", message: expect.stringContaining("exit code 3") }],
  ["crash later", { name: "RangeError", message: "thrown by a timer" }],
  ["reject", { name: "RangeError", message: "nobody caught this" }],
  ["throw text", { name: "Thrown", message: "just a text" }],
  ["throw trap", { name: "Error", message: expect.stringContaining("do not look") }],
])("[STP-63] a thread that does %s fails with what happened", async (how, error) => {
  await using runtime = await setup();
  expect(await ended(runtime, "thread:misbehave", { how })).toMatchObject({ state: "failed", error });
  expect(await ended(runtime, "thread:misbehave", { how: "fine" })).toMatchObject({ result: "fine" });
});

test.each([
  ["function", "json.invalid"],
  ["bigint", "json.invalid"],
  ["cycle", "json.invalid"],
  ["huge", "json.too-large"],
])("[STP-64] an output that is a %s is %s", async (how, code) => {
  await using runtime = await setup();
  expect(await ended(runtime, "thread:misbehave", { how })).toMatchObject({
    state: "failed",
    error: { code },
  });
});

test("[STP-64] a module without a handler, and one that is not there, are told", async () => {
  await using runtime = await setup();
  expect(await ended(runtime, "thread:empty", {})).toMatchObject({
    reason: "not worth another attempt",
    error: { code: "module.invalid", message: expect.stringContaining("no-handler.ts") },
  });
  expect(await ended(runtime, "thread:missing", {})).toMatchObject({
    error: { code: "ERR_MODULE_NOT_FOUND", message: expect.stringContaining("nowhere.ts") },
  });
});

test("[STP-64] an input that its schema makes into what cannot be copied is told", async () => {
  await using runtime = await setup();
  runtime.action("thread:copy", {
    isolate: "thread",
    module: moduleOf("plain.js"),
    retry: { attempts: 1 },
    input: z.object({}).transform(() => ({ call: () => 1 })),
  });
  expect(await ended(runtime, "thread:copy", {})).toMatchObject({
    state: "failed",
    error: { name: "DataCloneError" },
  });
});

test("[STP-65] what a thread leaves running ends with its attempt", async () => {
  using notes = scratch();
  await using runtime = await setup();
  expect(await ended(runtime, "thread:misbehave", { how: "leave running", file: notes.file })).toMatchObject({
    result: "done",
  });
  await sleep(100);
  const before = statSync(notes.file).mtimeMs;
  await sleep(100);
  expect(statSync(notes.file).mtimeMs).toBe(before);
});
