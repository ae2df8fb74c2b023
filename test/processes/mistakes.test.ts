// What callers hand in by mistake is refused in words, and nothing of it is stored.
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { testRuntime, type TestRuntime } from "../../src/testing/index.ts";

// oxlint-disable-next-line typescript/no-explicit-any, typescript/explicit-function-return-type -- its types are what is looked at
async function setup() {
  const runtime = await testRuntime();
  const counter = runtime.process("counter", {
    state: z.object({ count: z.number() }),
    initial: () => ({ count: 0 }),
    messages: {
      add: { input: z.number(), handle: ({ count }, by) => ({ state: { count: count + by } }) },
      bump: {
        input: z.number().optional(),
        handle: ({ count }, by = 1) => ({ state: { count: count + by } }),
      },
      reset: { handle: () => ({ state: { count: 0 } }) },
    },
  });
  await counter.send("a", "add", 1);
  await counter.wait("a", 0);
  return { runtime, counter };
}

/** What no type lets through. */
// oxlint-disable-next-line typescript/no-explicit-any -- these are the calls of JavaScript
type Any = any;
type Mistake = readonly [what: string, call: (processes: Any) => unknown, says: RegExp];

const mistakes: readonly Mistake[] = [
  [
    "a slip in an option of send",
    (all) => all.send("counter/a", "add", 1, { keys: "k" }),
    /keys.*did you mean key/,
  ],
  ["options that are none", (all) => all.send("counter/a", "add", 1, "k"), /"k"/],
  ["an empty key", (all) => all.send("counter/a", "add", 1, { key: "" }), /key ""/],
  ["a key that is a number", (all) => all.send("counter/a", "add", 1, { key: 7 }), /key 7/],
  ["a key without end", (all) => all.send("counter/a", "add", 1, { key: "k".repeat(501) }), /1 to 500/],
  ["an actor of two lines", (all) => all.send("counter/a", "add", 1, { actor: "a\nb" }), /actor/],
  ["an id without a name", (all) => all.send("a", "add", 1), /NAME\/ID/],
  ["an id that is a number", (all) => all.state(5), /5/],
  ["a slot before the first", (all) => all.state("counter/a", { at: -1 }), /at -1/],
  ["half a slot", (all) => all.state("counter/a", { at: 0.5 }), /at 0.5/],
  ["a slot that is yet to come", (all) => all.state("counter/a", { at: 1 }), /1/],
  ["a slip in an option of state", (all) => all.state("counter/a", { At: 0 }), /did you mean at/],
  [
    "a first slot that is text",
    (all) => Array.fromAsync(all.history("counter/a", { from: "0" })),
    /from "0"/,
  ],
  ["no number to wait for", (all) => all.wait("counter/a", Number.NaN), /slot NaN/],
  ["a page of none", (all) => all.list({ limit: 0 }), /0/],
  ["a fork without a slot", (all) => all.fork("counter/a", { as: "b" }), /at undefined/],
  ["a fork without a name", (all) => all.fork("counter/a", { at: 0 }), /id/],
  ["a fork of the future", (all) => all.fork("counter/a", { at: 1, as: "b" }), /1/],
  ["a slip in an option of replay", (all) => all.replay("counter/a", { fron: 1 }), /did you mean from/],
  ["other code that is none", (all) => all.replay("counter/a", { with: {} }), /state: must be a schema/],
  ["a slip in an option of resume", (all) => all.resume("counter/a", { skipp: true }), /did you mean skip/],
];

async function traces(runtime: TestRuntime): Promise<unknown> {
  const { items } = await runtime.processes.list();
  return [items, (await runtime.journal.read({ limit: 1 }))[0]?.seq];
}

test.each(mistakes)("[PRC-40] %s is refused, and nothing is stored", async (_what, call, says) => {
  await using runtime = (await setup()).runtime;
  await runtime.clock.settle();
  const before = await traces(runtime);
  const error: unknown = await Promise.resolve()
    .then(() => call(runtime.processes))
    .then(
      () => "it was taken",
      (error: unknown) => error,
    );
  expect(error).toMatchObject({ code: "process.invalid", message: expect.stringMatching(says) });
  expect(await traces(runtime)).toEqual(before);
});

test("[PRC-41] a process that does not exist is not found, nor is a name that nobody knows", async () => {
  await using runtime = (await setup()).runtime;
  const { processes } = runtime;
  const calls: readonly (() => Promise<unknown>)[] = [
    () => processes.state("counter/b"),
    () => Array.fromAsync(processes.history("counter/b")),
    () => processes.wait("counter/b", 0),
    () => processes.verify("counter/b"),
    () => processes.replay("counter/b"),
    () => processes.fork("counter/b", { at: 0, as: "c" }),
    () => processes.resume("counter/b"),
    () => processes.send("nobody/a", "add", 1),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "process.not-found" });
  expect(await processes.get("counter/b")).toBeUndefined();
});

test("[PRC-42] the types of a process follow from its schemas", async () => {
  const { counter, ...world } = await setup();
  await using runtime = world.runtime;
  await counter.send("a", "reset");
  await counter.send("a", "bump");
  await counter.send("a", "bump", 2, { key: "k" });
  // @ts-expect-error -- its input cannot be left out
  await expect(counter.send("a", "add")).rejects.toMatchObject({ code: "process.wrong-message" });
  // @ts-expect-error -- that is no number
  await expect(counter.send("a", "add", "1")).rejects.toMatchObject({ code: "process.wrong-message" });
  // @ts-expect-error -- there is no such message
  await expect(counter.send("a", "subtract", 1)).rejects.toMatchObject({ code: "process.wrong-message" });
  await counter.wait("a", 3);
  const { state } = await counter.state("a");
  expectTypeOf(state).toEqualTypeOf<{ readonly count: number }>();
  expect(state).toEqual({ count: 3 });
  expect(await runtime.processes.verify("counter/a")).toEqual({ ok: true, slots: 4 });
});
