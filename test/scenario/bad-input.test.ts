// What callers hand in by mistake, all of it on both engines: a typed error that names the value, nothing stored, and the
// same answer whichever engine is behind. What handlers do wrong is recorded as what it is.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { postgresServer } from "../support/postgres-server.ts";

const server = await postgresServer();
const place = mkdtempSync(join(tmpdir(), "escapement-bad-"));
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(place, { recursive: true, force: true });
});

let worlds = 0;
const engines: readonly (readonly [string, () => Storage])[] = [
  ["SQLite in memory", () => sqlite(":memory:")],
  ["a SQLite file", () => sqlite(join(place, `${(worlds += 1)}.db`))],
  ["PostgreSQL", () => postgres(server.url, { schema: `bad_${(worlds += 1)}` })],
];

async function setup(makeStorage: () => Storage, options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const runtime = await createRuntime({ storage: makeStorage(), node: "bad", ...options });
  runtime.action("mail:send", { run: (input) => input });
  runtime.action("mail:strict", {
    input: z.object({ to: z.string() }),
    concurrency: { limit: 1, key: (input: { to: string }) => input.to.trim() },
    run: () => "sent",
  });
  runtime.action("mail:keyed", {
    rate: {
      limit: 1,
      per: "1m",
      key() {
        throw new Error("no key for that");
      },
    },
    run: () => "sent",
  });
  return runtime;
}

const cycle: Record<string, unknown> = {};
cycle["self"] = { list: [cycle] };
const endless: unknown[] = [];
endless.length = 4_294_967_295;
const trap = {
  get value(): never {
    throw new Error("do not look");
  },
};

/** What no type lets through. */
// oxlint-disable-next-line typescript/no-explicit-any -- these are the calls of JavaScript
type Any = any;
type Mistake = readonly [name: string, call: (runtime: Any) => unknown, code: string, says: RegExp];

const send =
  (input: unknown, options?: unknown) =>
  (runtime: Any): unknown =>
    runtime.runs.enqueue("mail:send", input, options);

const payloads: readonly Mistake[] = [
  ["a function", send({ a: [() => 1] }), "json.invalid", /\$\.a\[0\]: a function/],
  ["a symbol", send(Symbol("s")), "json.invalid", /\$: a symbol/],
  ["a BigInt", send({ n: 12n }), "json.invalid", /\$\.n: a bigint/],
  ["a BigInt in a box", send({ n: new Object(12n) }), "json.invalid", /cannot be read/],
  ["NaN", send({ n: Number.NaN }), "json.invalid", /\$\.n: NaN/],
  ["Infinity", send([Infinity]), "json.invalid", /\$\[0\]: Infinity/],
  ["a cycle", send(cycle), "json.invalid", /\$\.self\.list\[0\]: a cycle/],
  ["a Map", send({ m: new Map() }), "json.invalid", /\$\.m: a Map/],
  ["bytes", send(new Uint8Array(3)), "json.invalid", /Uint8Array/],
  ["a promise", send({ p: Promise.resolve(1) }), "json.invalid", /\$\.p: a Promise/],
  ["an invalid Date", send({ at: new Date("never") }), "json.invalid", /\$\.at: an invalid Date/],
  ["a getter that throws", send(trap), "json.invalid", /do not look/],
  ["an endless empty list", send({ list: endless }), "json.too-large", /4294967295 items/],
  ["more than a mebibyte", send("x".repeat(1_048_576)), "json.too-large", /1048578 bytes.*1048576/],
];

const options: readonly Mistake[] = [
  ["an unknown action", (r) => r.runs.enqueue("mail:sennd", {}), "action.not-found", /mail:sennd.*mail:send/],
  ["no action", (r) => r.runs.enqueue(undefined, {}), "run.invalid", /undefined/],
  ["an action that is a number", (r) => r.runs.enqueue({ name: 5 }, {}), "run.invalid", /name of an action/],
  ["input that the schema refuses", (r) => r.runs.enqueue("mail:strict", { to: 5 }), "run.invalid", /to: /],
  ["a key function that throws", (r) => r.runs.enqueue("mail:keyed", {}), "run.invalid", /no key for that/],
  [
    "a key function that gives nothing",
    (r) => r.runs.enqueue("mail:strict", { to: " " }),
    "run.invalid",
    /key gave/,
  ],
  ["options that are none", send({}, 5), "run.invalid", /5 is not allowed/],
  ["a slip of the pen", send({}, { prioritty: 5 }), "run.invalid", /prioritty.*did you mean priority/],
  ["a negative delay", send({}, { delay: -1 }), "run.invalid", /delay: .*-1/],
  ["a delay that is no duration", send({}, { delay: "soon" }), "run.invalid", /delay: .*"soon"/],
  ["a delay beyond all time", send({}, { delay: 9e15 }), "run.invalid", /delay: /],
  ["an invalid Date to run at", send({}, { at: new Date("never") }), "run.invalid", /at: .*Invalid Date/],
  ["a day that is none", send({}, { at: "2026-02-30" }), "run.invalid", /at: .*2026-02-30/],
  ["both delay and at", send({}, { at: 5, delay: 5 }), "run.invalid", /not both/],
  ["NaN as priority", send({}, { priority: Number.NaN }), "run.invalid", /priority: is NaN/],
  ["a priority beyond all numbers", send({}, { priority: 1e300 }), "run.invalid", /priority: is 1e\+300/],
  ["a key of 10 kB", send({}, { key: "k".repeat(10_240) }), "run.invalid", /key: has 10240 characters.*512/],
  ["an empty key", send({}, { key: "" }), "run.invalid", /key: is ""/],
  ["a key that is a number", send({}, { key: 5 }), "run.invalid", /key: is 5/],
  ["a key with a NUL", send({}, { key: "a\0b" }), "run.invalid", /key: is "a\\u0000b"/],
  ["half a character as key", send({}, { key: "\ud800" }), "run.invalid", /key: is "\\ud800"/],
  ["a line with a line break", send({}, { fifo: "a\nb" }), "run.invalid", /fifo: /],
  [
    "a rule for conflicts that is none",
    send({}, { key: "k", onConflict: "maybe" }),
    "run.invalid",
    /"maybe"/,
  ],
  ["a rule for conflicts without a key", send({}, { onConflict: "drop" }), "run.invalid", /without a key/],
  ["tags that are a text", send({}, { tags: "a" }), "run.invalid", /tags: /],
  ["a tag with a NUL", send({}, { tags: ["a\0"] }), "run.invalid", /tags: /],
  ["a parent that is a number", send({}, { parentId: 5 }), "run.invalid", /parentId: is 5/],
  ["an actor that is a number", send({}, { actor: 5 }), "run.invalid", /Cannot act as 5/],
  ["an actor of two lines", send({}, { actor: "user:a\nuser:b" }), "run.invalid", /on one line/],
  ["items that are none", (r) => r.runs.enqueueMany("mail:send"), "run.invalid", /give a list/],
  [
    "one bad item among good ones",
    (r) =>
      r.runs.enqueueMany([
        { action: "mail:send", input: 1 },
        { action: "mail:send", input: 1n },
      ]),
    "json.invalid",
    /bigint/,
  ],
  ["a list of -1 runs", (r) => r.runs.list({ limit: -1 }), "run.invalid", /limit: is -1/],
  ["a filter that is none", (r) => r.runs.list({ actoin: "a" }), "run.invalid", /did you mean action/],
  ["a retry of what is no filter", (r) => r.runs.retryMany({ tagg: "a" }), "run.invalid", /did you mean tag/],
  ["a retry by a state", (r) => r.runs.retryMany({ state: "waiting" }), "run.invalid", /state/],
  ["a run whose id is no text", (r) => r.runs.get(5), "run.invalid", /run 5/],
  ["a cancel without an id", (r) => r.runs.cancel(undefined), "run.invalid", /run undefined/],
];

const task = { id: "t1", type: "interval", schedule: "1d", action: "mail:send" };
const register =
  (change: object) =>
  (runtime: Any): unknown =>
    runtime.tasks.register({ ...task, ...change });

const others: readonly Mistake[] = [
  ["a task that is none", (r) => r.tasks.register(5), "task.invalid", /5 is not a task/],
  ["a task id of two lines", register({ id: "a\nb" }), "task.invalid", /id: "a\\nb"/],
  ["a task with a NUL in its name", register({ name: "a\0" }), "task.invalid", /name: /],
  ["params that are no JSON", register({ params: { n: 1n } }), "task.invalid", /params: .*bigint/],
  ["an interval of 0", register({ schedule: 0 }), "task.invalid", /schedule: /],
  ["NaN as a priority of a task", register({ priority: Number.NaN }), "task.invalid", /priority: NaN/],
  ["passes without end", register({ passes: 1e9 }), "task.invalid", /passes: 1000000000.*10000/],
  ["an unknown action of a task", register({ action: "mail:sennd" }), "task.invalid", /mail:sennd/],
  ["a field that is none", register({ schedul: "1d" }), "task.invalid", /did you mean schedule/],
  ["a backfill of nothing", (r) => r.tasks.backfill("t0"), "task.invalid", /Cannot backfill "t0"/],
  ["a backfill without an end", (r) => r.tasks.backfill("t0", { from: 0 }), "task.invalid", /to: is missing/],
  ["a task whose id is no text", (r) => r.tasks.get(5), "task.invalid", /is 5/],
  ["tasks that are neither on nor off", (r) => r.tasks.list({ enabled: "yes" }), "task.invalid", /"yes"/],
  [
    "a trigger with a slip",
    (r) => r.tasks.trigger("t0", { param: 1 }),
    "task.invalid",
    /did you mean params/,
  ],
  ["an action without a handler", (r) => r.action("a:b", {}), "action.invalid", /run: /],
  ["an action that is nothing", (r) => r.action("a:b"), "action.invalid", /options: is undefined/],
  [
    "a slip in an action",
    (r) => r.action("a:b", { run() {}, concurency: 5 }),
    "action.invalid",
    /did you mean concurrency/,
  ],
  [
    "a slip in a retry",
    (r) => r.action("a:b", { run() {}, retry: { atempts: 5 } }),
    "action.invalid",
    /retry\.atempts.*attempts/,
  ],
  [
    "a concurrency of 0",
    (r) => r.action("a:b", { run() {}, concurrency: 0 }),
    "action.invalid",
    /concurrency: is 0/,
  ],
  [
    "a rate of 0",
    (r) => r.action("a:b", { run() {}, rate: { limit: 0, per: "1s" } }),
    "action.invalid",
    /rate\.limit: is 0/,
  ],
  [
    "a rate per nothing",
    (r) => r.action("a:b", { run() {}, rate: { limit: 1, per: 0 } }),
    "action.invalid",
    /rate\.per/,
  ],
  [
    "a schema that is none",
    (r) => r.action("a:b", { run() {}, input: { to: "text" } }),
    "action.invalid",
    /input: .*Standard Schema/,
  ],
  ["a negative limit", (r) => r.control.limits.set("c", { limit: -1 }), "control.invalid", /"c" to -1/],
  ["a limit that is NaN", (r) => r.control.limits.set("c", { limit: Number.NaN }), "control.invalid", /NaN/],
  ["a cluster of two lines", (r) => r.control.clusters.define("a\nb"), "control.invalid", /"a\\nb"/],
  ["a scope that is none", (r) => r.control.kill({ scope: "everything" }), "control.invalid", /"everything"/],
  ["a kill with a slip", (r) => r.control.kill({ scop: "task:a" }), "control.invalid", /did you mean scope/],
  ["a note of no kind", (r) => r.journal.note("two words"), "journal.invalid", /"two words"/],
  ["a forged event", (r) => r.journal.note("run.succeeded"), "journal.invalid", /forged/],
  ["a note of a cycle", (r) => r.journal.note("deploy", cycle), "json.invalid", /a cycle/],
  [
    "a note about two lines",
    (r) => r.journal.note("deploy", 1, { subject: "a\nb" }),
    "journal.invalid",
    /subject/,
  ],
  ["0 events", (r) => r.journal.read({ limit: 0 }), "journal.invalid", /Cannot read 0/],
  [
    "a filter of events that is none",
    (r) => r.journal.read({ kinds: "a" }),
    "journal.invalid",
    /did you mean kind/,
  ],
];

/** Everything that could have been left behind. */
async function left(runtime: Runtime): Promise<unknown> {
  return {
    counts: await runtime.runs.counts(),
    runs: (await runtime.runs.list()).items,
    tasks: await runtime.tasks.all(),
    events: await runtime.journal.read(),
    control: await runtime.control.status(),
  };
}

describe.each(engines)("on %s", (_engine, makeStorage) => {
  test("[RTM-20] whatever is handed in by mistake is refused in words, and nothing is stored", async () => {
    await using runtime = await setup(makeStorage);
    await runtime.tasks.register({ id: "t0", type: "interval", schedule: "1d", action: "mail:send" });
    const before = await left(runtime);
    for (const [name, call, code, says] of [...payloads, ...options, ...others]) {
      const refused = await Promise.resolve()
        .then(() => call(runtime))
        .then(
          (value) => ({ code: "nothing", message: `it was accepted: ${JSON.stringify(value)}` }),
          (error: Any) => ({ code: error.code, message: error.message, family: error.family }),
        );
      expect([name, refused]).toEqual([
        name,
        { code, message: expect.stringMatching(says), family: expect.any(String) },
      ]);
      expect(refused.message.length, `the message about ${name} is short enough to be read`).toBeLessThan(
        700,
      );
    }
    expect(await left(runtime)).toEqual(before);
  });

  test("[RTM-21] what looks odd and is JSON comes back as it was", async () => {
    await using runtime = await setup(makeStorage);
    const odd = [
      "\0",
      "\ud800",
      "\u2028",
      "\\u0000",
      "👍",
      "",
      -0,
      1e-300,
      { "": null, "a\0b": 1, __proto__x: 1 },
    ];
    const { id } = await runtime.runs.enqueue("mail:send", odd, { tags: ["👍"], key: 'k"\\{},' });
    await runtime.start();
    const run = await runtime.runs.wait(id, { timeout: "10s" });
    expect(run).toMatchObject({ state: "succeeded", tags: ["👍"], key: 'k"\\{},' });
    expect(JSON.stringify([run.params, run.result])).toBe(JSON.stringify([odd, odd]));
    expect((await runtime.runs.list({ tag: "👍" })).items.length).toBe(1);
  });

  test("[RTM-22] the limit of payloads is the runtime's own, for inputs, results, steps and notes", async () => {
    await using runtime = await setup(makeStorage, { payloadLimit: 2_000 });
    const large = "x".repeat(2_000);
    runtime.action("big:result", { retry: { attempts: 1 }, run: () => large });
    runtime.action("big:step", {
      retry: { attempts: 1 },
      run: (_input, ctx) => ctx.step("one", () => large),
    });
    runtime.action("big:again", { retry: { attempts: 1 }, run: (_input, ctx) => ctx.again(large) });
    await runtime.start();
    const tooLarge = { code: "json.too-large", message: expect.stringContaining("2000 bytes") };
    await expect(runtime.runs.enqueue("mail:send", large)).rejects.toMatchObject(tooLarge);
    await expect(runtime.journal.note("deploy", large)).rejects.toMatchObject(tooLarge);
    const interval = {
      id: "t1",
      type: "interval",
      schedule: "1d",
      action: "mail:send",
      params: large,
    } as const;
    await expect(runtime.tasks.register(interval)).rejects.toMatchObject({ code: "task.invalid" });
    for (const action of ["big:result", "big:step", "big:again"]) {
      const { id } = await runtime.runs.enqueue(action, {});
      expect(await runtime.runs.wait(id, { timeout: "10s" })).toMatchObject({
        state: "failed",
        error: tooLarge,
      });
    }
    await using generous = await setup(makeStorage, { payloadLimit: 3_000_000 });
    const huge = "y".repeat(2_500_000);
    expect((await generous.runs.enqueue("mail:send", huge)).params).toBe(huge);
    await generous.tasks.register({ ...interval, params: huge });
  });

  test("[RTM-23] whatever a handler does wrong is recorded as what it is", async () => {
    await using runtime = await setup(makeStorage);
    const thrown: readonly (readonly [unknown, object])[] = [
      ["out of paper", { name: "Thrown", message: "out of paper" }],
      [undefined, { name: "Thrown", message: "undefined" }],
      [null, { name: "Thrown", message: "null" }],
      [cycle, { name: "Thrown", message: "[object Object]" }],
      [Object.assign(new Error("round"), { cycle }), { name: "Error", message: "round" }],
      [
        new Error("m".repeat(10_000_000)),
        { message: expect.stringMatching(/^m{1000}.*10000000 characters/) },
      ],
      [new Error("a\0b\ud800c"), { message: "a\uFFFDb\uFFFDc" }],
      [Object.assign(new Error("gone"), { code: "E\0" }), { message: "gone", code: "E\uFFFD" }],
      [trap, { name: "Thrown" }],
    ];
    runtime.action("work:throw", {
      retry: { attempts: 1 },
      run(index) {
        throw thrown[Number(index)]?.[0];
      },
    });
    runtime.action("work:hang", {
      retry: { attempts: 1 },
      timeout: 50,
      run: () => new Promise(() => undefined),
    });
    runtime.action("work:odd", { retry: { attempts: 1 }, run: () => ({ n: 1n }) });
    await runtime.start();
    const items = thrown.map((_, index) => ({ action: "work:throw", input: index }));
    const runs = await runtime.runs.enqueueMany([
      ...items,
      { action: "work:hang", input: {} },
      { action: "work:odd", input: {} },
    ]);
    const expected = [
      ...thrown.map(([, error]) => error),
      { code: "run.timeout", message: expect.stringContaining("50 ms") },
      { code: "json.invalid", message: expect.stringContaining("$.n: a bigint") },
    ];
    for (const [index, { id }] of runs.entries()) {
      const run = await runtime.runs.wait(id, { timeout: "10s" });
      expect(run).toMatchObject({ state: "failed", error: expected[index] });
    }
    expect((await runtime.runs.list({ state: "failed", error: "run.timeout" })).items.length).toBe(1);
    expect((await runtime.runs.list({ state: "failed", error: "E\uFFFD" })).items.length).toBe(1);
  });
});

test.each<readonly [string, object, RegExp]>([
  ["a slip of the pen", { pool: 5 }, /pool: there is no such option/],
  ["a slip in work", { work: { concurency: 5 } }, /concurency.*did you mean concurrency/],
  ["half a handler", { work: { concurrency: 0.5 } }, /0\.5/],
  ["actions that are a text", { work: { actions: "mail:send" } }, /list of names/],
  ["a slip in retention", { retention: { run: "1d" } }, /did you mean runs/],
  ["no room for payloads", { payloadLimit: 10 }, /10 bytes/],
  ["room for everything", { payloadLimit: Infinity }, /Infinity/],
  ["a node of two lines", { node: "a\nb" }, /"a\\nb"/],
  ["a slip in what may be reached", { outgoing: { allowPrivat: true } }, /did you mean allowPrivate/],
])("[RTM-6] a runtime with %s is not made", async (_name, wrong, says) => {
  const made = createRuntime({ storage: sqlite(":memory:"), ...wrong });
  await expect(made).rejects.toMatchObject({ code: "options.invalid", message: expect.stringMatching(says) });
});

test("[RTM-6] a storage with options that nobody reads, or of a path that is none, is not made", () => {
  const refused = expect.objectContaining({ code: "options.invalid" });
  const makeSqlite: (...given: readonly Any[]) => unknown = sqlite;
  const makePostgres: (...given: readonly Any[]) => unknown = postgres;
  const calls = [
    () => makeSqlite("a.db", { durabilty: "full" }),
    () => makeSqlite("a.db", { durability: "much" }),
    () => makeSqlite(""),
    () => makeSqlite(5),
    () => makePostgres(server.url, { scheme: "a" }),
  ];
  for (const call of calls) expect(call).toThrow(refused);
});
