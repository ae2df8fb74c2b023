// Nodes that die, answers that are lost, a storage that refuses: on one storage in memory that several runtimes share,
// on a virtual clock.
import { expect, test } from "vitest";
import { z } from "zod";
import { EscapementError } from "../../src/base/errors.ts";
import { effects } from "../../src/process/effects.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { ProcessStorage } from "../../src/storage/processes.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom, testClock, testRuntime, type TestClock } from "../../src/testing/index.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { storageOver } from "../support/storage-over.ts";

function define(runtime: Runtime): void {
  runtime.process("log", {
    state: z.array(z.number()),
    initial: () => [],
    inbox: 100_000,
    messages: { note: { input: z.number(), handle: (state, n) => ({ state: [...state, n] }) } },
  });
}

interface Node {
  readonly runtime: Runtime;
  /** The process is gone: it hears nothing and its timers do not ring. */
  readonly die: () => void;
}

interface World extends AsyncDisposable {
  readonly clock: TestClock;
  readonly memory: Storage;
  node(
    name: string,
    parts?: (processes: ProcessStorage, node: { dead: boolean }) => Partial<ProcessStorage>,
  ): Promise<Node>;
}

async function setup(): Promise<World> {
  const clock = testClock();
  const memory = sqlite(":memory:");
  await memory.open();
  clock.attach(() => memory.settled());
  const runtimes: Runtime[] = [];
  return {
    clock,
    memory,
    async node(name, parts = () => ({})) {
      const mortal = new MortalClock(clock);
      const life = { dead: false };
      const storage = storageOver(memory, {
        shared: true,
        open: () => Promise.resolve(),
        close: () => Promise.resolve(),
        onCommit: (listener) => memory.onCommit((hint) => void (life.dead || listener(hint))),
        processes: { ...memory.processes, ...parts(memory.processes, life) },
      });
      const random = seededRandom(name);
      const runtime = await createRuntime({ storage, clock: mortal, random, node: name });
      runtimes.push(runtime);
      define(runtime);
      await runtime.start();
      await clock.settle();
      const die = (): void => {
        life.dead = true;
        mortal.kill();
      };
      return { runtime, die };
    },
    async [Symbol.asyncDispose]() {
      for (const runtime of runtimes) await runtime.stop({ drain: 0 });
      await memory.close();
    },
  };
}

const never = new Promise<never>(() => undefined);
const isStateOf = async (runtime: Runtime, process: string): Promise<unknown> =>
  (await runtime.processes.state(process)).state;

test("[PRC-23] the processes of a node that died are taken over when its lease is over", async () => {
  await using world = await setup();
  // It takes hold of processes, and then says nothing any more.
  const first = await world.node("n1", (_processes, life) => ({
    commit: (request) => (life.dead ? never : world.memory.processes.commit(request)),
  }));
  await first.runtime.processes.send("log/a", "note", 1);
  await world.clock.settle();
  first.die();
  const second = await world.node("n2");
  await second.runtime.processes.send("log/a", "note", 2);
  await world.clock.advance("20s");
  expect((await second.runtime.processes.get("log/a"))?.node).toBe("n1");
  await world.clock.advance("25s");
  expect(await isStateOf(second.runtime, "log/a")).toEqual([1, 2]);
  expect((await second.runtime.processes.get("log/a"))?.node).not.toBe("n1");
});

test("[PRC-23] a process that rests is let go, and whoever is free takes it next", async () => {
  await using world = await setup();
  const first = await world.node("n1");
  await first.runtime.processes.send("log/a", "note", 1);
  await world.clock.settle();
  expect((await first.runtime.processes.get("log/a"))?.node).toBe("n1");
  await world.clock.advance("15s");
  expect((await first.runtime.processes.get("log/a"))?.node).toBeUndefined();
  first.die();
  const second = await world.node("n2");
  await second.runtime.processes.send("log/a", "note", 2);
  await world.clock.advance("1s");
  expect(await isStateOf(second.runtime, "log/a")).toEqual([1, 2]);
});

test("[PRC-24] a process that was taken without an answer is let go of and goes on", async () => {
  await using world = await setup();
  let lost = 0;
  const { runtime } = await world.node("n1", (processes) => ({
    async claim(request) {
      const claimed = await processes.claim(request);
      if (claimed.length === 0 || lost > 0) return claimed;
      lost += 1;
      throw new EscapementError("storage.busy", "The connection is gone.");
    },
  }));
  await runtime.processes.send("log/a", "note", 1);
  await world.clock.settle();
  expect(lost).toBe(1);
  expect((await runtime.processes.get("log/a"))?.handled).toBe(0);
  await world.clock.advance("30s");
  expect(await isStateOf(runtime, "log/a")).toEqual([1]);
});

test("[PRC-24] a commit that is refused, and one whose answer is lost, leave nothing out and do nothing twice", async () => {
  await using world = await setup();
  let count = 0;
  const { runtime } = await world.node("n1", (processes) => ({
    async commit(request) {
      count += 1;
      if (count === 1) throw new EscapementError("storage.unwritable", "The disk is full.");
      const heads = await processes.commit(request);
      if (count === 2) throw new EscapementError("storage.busy", "The connection is gone.");
      return heads;
    },
  }));
  for (let n = 0; n < 50; n++) await runtime.processes.send(`log/${n % 2}`, "note", n);
  await world.clock.advance("1m");
  expect(count).toBeGreaterThanOrEqual(2);
  for (const id of [0, 1])
    expect(await isStateOf(runtime, `log/${id}`)).toEqual(Array.from({ length: 25 }, (_, n) => 2 * n + id));
});

test("[PRC-25] a node that holds nothing asks for nothing", async () => {
  const memory = sqlite(":memory:");
  let calls = 0;
  const { processes: asked } = memory;
  const counted = <Output>(output: Output): Output => {
    calls += 1;
    return output;
  };
  const processes: ProcessStorage = {
    ...asked,
    claim: (request) => counted(asked.claim(request)),
    release: (request) => counted(asked.release(request)),
    waiting: (request) => counted(asked.waiting(request)),
    messages: (request) => counted(asked.messages(request)),
  };
  await using runtime = await testRuntime({ storage: storageOver(memory, { processes }) });
  define(runtime);
  await runtime.processes.send("log/a", "note", 1);
  await runtime.clock.advance("1m");
  expect((await runtime.processes.get("log/a"))?.node).toBeUndefined();
  calls = 0;
  await runtime.clock.advance("1d");
  expect(calls).toBe(0);
});

test("[PRC-26] after a kill of everything nothing is handled, and after the restore everything is", async () => {
  await using runtime = await testRuntime();
  define(runtime);
  await runtime.processes.send("log/a", "note", 1);
  await runtime.clock.settle();
  await runtime.control.kill({ reason: "drill", actor: "user:ann" });
  await runtime.processes.send("log/a", "note", 2);
  await runtime.processes.send("log/b", "note", 3);
  await runtime.clock.advance("1m");
  expect((await runtime.processes.list()).items.map(({ handled, slots }) => [handled, slots])).toEqual([
    [1, 2],
    [0, 1],
  ]);
  await runtime.control.restore({ actor: "user:ann" });
  await runtime.clock.settle();
  expect(await isStateOf(runtime, "log/a")).toEqual([1, 2]);
  expect(await isStateOf(runtime, "log/b")).toEqual([3]);
});

test("[PRC-13] what is sent in a transaction is handled when it commits, and never was when it does not", async () => {
  await using runtime = await testRuntime();
  define(runtime);
  const broken = runtime.transaction(async (tx) => {
    await tx.processes.send("log/a", "note", 1);
    throw new Error("no");
  });
  await expect(broken).rejects.toThrow("no");
  const slot = await runtime.transaction(async (tx) => (await tx.processes.send("log/a", "note", 2)).slot);
  await runtime.clock.settle();
  expect([slot, await isStateOf(runtime, "log/a")]).toEqual([0, [2]]);
});

test("[PRC-2] a clock that is set back sets back no process", async () => {
  await using runtime = await testRuntime();
  define(runtime);
  const before = await runtime.processes.send("log/a", "note", 1);
  await runtime.clock.jump(before.timestamp.getTime() - 3_600_000);
  const after = await runtime.processes.send("log/a", "note", 2);
  await runtime.clock.settle();
  expect(after.timestamp).toEqual(before.timestamp);
  expect(await isStateOf(runtime, "log/a")).toEqual([1, 2]);
  expect((await runtime.processes.verify("log/a")).ok).toBe(true);
});

test("[PRC-14] what a handler remembers is a record of the memory, kept with the state; an id of its own is refused", async () => {
  await using runtime = await testRuntime();
  runtime.process("diary", {
    state: z.number(),
    initial: () => 0,
    messages: {
      note: {
        input: z.string(),
        handle: (count, text) => ({
          state: count + 1,
          effects: [effects.remember({ namespace: "diary", content: text, metadata: { count } })],
        }),
      },
      name: {
        handle: (count) => ({ state: count, effects: [effects.remember({ id: "mine", content: "x" })] }),
      },
    },
  });
  await runtime.processes.send("diary/ann", "note", "the gate was shut");
  await runtime.processes.send("diary/ann", "name", null);
  await runtime.clock.settle();
  const { items } = await runtime.memory.list({ namespace: "diary" });
  expect(items.map(({ content, metadata }) => [content, metadata])).toEqual([
    ["the gate was shut", { count: 0 }],
  ]);
  expect(await isStateOf(runtime, "diary/ann")).toBe(1);
  const errors: unknown[] = [];
  for await (const { error } of runtime.processes.history("diary/ann")) errors.push(error?.code);
  expect(errors).toEqual([undefined, "process.wrong-result"]);
});
