// Several nodes on the same data, and nodes that die: on one storage in memory that several runtimes are given, each
// with a clock whose timers can be taken away, as the end of a process takes them away.
import { expect, test } from "vitest";
import { EscapementError } from "../../src/base/errors.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { seededRandom, testClock, testRuntime, type TestClock } from "../../src/testing/index.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { storageOver } from "../support/storage-over.ts";

interface Node {
  readonly runtime: Runtime;
  readonly ran: string[];
  /** The process is gone: nothing is handed back, no lease is given up. */
  readonly die: () => void;
}

interface World {
  readonly clock: TestClock;
  readonly storage: Storage;
  readonly node: (name: string, holds?: boolean) => Promise<Node>;
}

async function setup(shared: boolean): Promise<World> {
  const clock = testClock();
  const memory = sqlite(":memory:");
  await memory.open();
  clock.attach(() => memory.settled());
  return {
    clock,
    storage: memory,
    async node(name, holds = false) {
      const mortal = new MortalClock(clock);
      let dead = false;
      const storage = storageOver(memory, {
        shared,
        open: () => Promise.resolve(),
        close: () => Promise.resolve(),
        // A process that is gone hears nothing.
        onCommit: (listener) => memory.onCommit((hint) => void (dead || listener(hint))),
      });
      const runtime = await createRuntime({ storage, clock: mortal, random: seededRandom(name), node: name });
      const ran: string[] = [];
      runtime.action("mail:send", {
        retry: { attempts: 5 },
        run(_input, ctx) {
          ran.push(`${ctx.runId} ${ctx.attempt}`);
          return holds ? new Promise<null>(() => undefined) : null;
        },
      });
      await runtime.start();
      await clock.settle();
      const die = (): void => {
        dead = true;
        mortal.kill();
      };
      return { runtime, ran, die };
    },
  };
}

test("[RTM-8] a start that fails leaves nothing running, and says why", async () => {
  const memory = sqlite(":memory:");
  const full = (): Promise<never> =>
    Promise.reject(new EscapementError("storage.unwritable", "The disk is full."));
  const storage = storageOver(memory, { nodes: { ...memory.nodes, join: full } });
  const runtime = await testRuntime({ start: false, storage });
  let ran = 0;
  runtime.action("mail:send", { run: () => ++ran });
  await expect(runtime.start()).rejects.toEqual(expect.objectContaining({ code: "storage.unwritable" }));
  await runtime.runs.enqueue("mail:send", {});
  await runtime.clock.advance("1h");
  expect(ran).toBe(0);
  await runtime.stop();
});

test("[RTM-9] a node that comes back under its name goes on with what it had begun before", async () => {
  const world = await setup(false);
  const first = await world.node("worker-1", true);
  const { id } = await first.runtime.runs.enqueue("mail:send", {});
  await world.clock.settle();
  expect(first.ran).toEqual([`${id} 1`]);
  first.die();
  const second = await world.node("worker-1");
  await world.clock.advance("1m");
  expect(second.ran).toEqual([`${id} 2`]);
  expect((await world.storage.runs.get({ id }))?.state).toBe("succeeded");
});

test("[RTM-10] the runs of a node that has died are taken over when its lease is over", async () => {
  const world = await setup(true);
  const first = await world.node("n1", true);
  const { id } = await first.runtime.runs.enqueue("mail:send", {});
  await world.clock.settle();
  const second = await world.node("n2");
  await world.clock.advance("2m");
  expect([first.ran, second.ran], "a node that lives keeps its runs").toEqual([[`${id} 1`], []]);
  first.die();
  await world.clock.advance("26s");
  expect(second.ran).toEqual([]);
  await world.clock.advance("8s");
  expect(second.ran).toEqual([`${id} 2`]);
  const kinds = (await second.runtime.journal.read({ after: 0, limit: 1_000 })).map((event) => event.kind);
  expect(kinds).toContain("node.lost");
  expect((await second.runtime.nodes.list()).map((node) => node.node)).toEqual(["n2"]);
});

test("[RTM-10] nodes share the work, and no run goes to two of them", async () => {
  const world = await setup(true);
  const first = await world.node("n1");
  const nodes = [first, await world.node("n2"), await world.node("n3")];
  await Promise.all(Array.from({ length: 300 }, () => first.runtime.runs.enqueue("mail:send", {})));
  await world.clock.advance("1m");
  const all = nodes.flatMap((node) => node.ran);
  expect(all.length).toBe(300);
  expect(new Set(all).size).toBe(300);
});

test("[RTM-10] several tickers give each time one outcome", async () => {
  const world = await setup(true);
  const nodes = await Promise.all(["n1", "n2", "n3"].map((name) => world.node(name)));
  for (const [index, node] of nodes.entries())
    await node.runtime.tasks.register({
      id: `t${index}`,
      type: "interval",
      schedule: "10s",
      action: "mail:send",
      overlap: "allow",
    });
  await world.clock.advance("10m");
  expect(nodes.flatMap((node) => node.ran).length).toBe(180);
  for (const index of nodes.keys()) {
    const lines = await world.storage.tasks.occurrences({ taskId: `t${index}`, limit: 1_000 });
    expect(lines.map((line) => line.outcome)).toEqual(Array.from({ length: 60 }, () => "run"));
  }
});
