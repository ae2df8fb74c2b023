// A storage thread that is really killed while a node works on its file: said loudly, and worked through.
import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createRuntime, EscapementError, type Runtime } from "../../src/index.ts";
import { createApp } from "../../src/http/app.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { folder } from "./copy-world.ts";

interface World extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly logged: unknown[];
  /** The writer first, then the reader; those that took their places behind them. */
  readonly threads: Worker[];
  readonly ready: () => Promise<number>;
}

async function setup(): Promise<World> {
  const place = folder();
  const threads: Worker[] = [];
  const seen = (worker: Worker): void => void threads.push(worker);
  process.on("worker", seen);
  const logged: unknown[] = [];
  const runtime = await createRuntime({
    storage: sqlite(place.file("app.db")),
    logger: { error: (details) => void logged.push(details) },
  });
  const app = createApp(runtime);
  return {
    runtime,
    logged,
    threads,
    ready: async () => (await app.request("/readyz")).status,
    async [Symbol.asyncDispose]() {
      await runtime.stop({ drain: 0 }).catch(() => undefined);
      process.off("worker", seen);
      place[Symbol.dispose]();
    },
  };
}

test.each([
  ["writer", 0],
  ["reader", 1],
] as const)(
  "[SQL-30] a %s that dies is said to be away, and work goes on with another",
  async (_name, index) => {
    await using world = await setup();
    const { runtime, threads } = world;
    const done: number[] = [];
    runtime.action("work:do", { run: (input) => void done.push(Number(input)) });
    await runtime.start();
    expect([await world.ready(), threads.length]).toEqual([200, 2]);
    const first = await runtime.runs.enqueue("work:do", 1);
    expect(await runtime.runs.wait(first.id, { timeout: "10s" })).toMatchObject({ state: "succeeded" });

    const calls = Promise.allSettled([
      ...Array.from({ length: 20 }, (_, n) => runtime.runs.enqueue("work:do", 100 + n)),
      ...Array.from({ length: 20 }, () => runtime.runs.counts()),
    ]);
    void threads[index]?.terminate();
    for (const call of await calls)
      if (call.status === "rejected") expect(call.reason).toMatchObject({ code: "storage.busy" });
    const statuses = new Set<number>();
    while (threads.length < 3 || (await world.ready()) !== 200) {
      statuses.add(await world.ready());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect([...statuses], "it was not ready meanwhile").toContain(503);

    const next = await runtime.runs.enqueue("work:do", 2);
    expect(await runtime.runs.wait(next.id, { timeout: "10s" })).toMatchObject({ state: "succeeded" });
    const acknowledged = (await calls).flatMap((call) =>
      call.status === "fulfilled" && "id" in call.value ? [call.value.id] : [],
    );
    for (const id of acknowledged)
      expect((await runtime.runs.wait(id, { timeout: "10s" })).state).toBe("succeeded");
    await expect.poll(async () => (await runtime.journal.read({ kind: "storage.reopened" })).length).toBe(1);
    expect(await runtime.journal.verify()).toMatchObject({ ok: true });
    expect((await runtime.nodes.list())[0]?.leaseUntil).toBeGreaterThan(Date.now());
    expect((await runtime.doctor()).filter(({ ok }) => !ok)).toEqual([]);
  },
);

test("[SQL-30] a transaction that was open in it is over, and none of it is there", async () => {
  await using world = await setup();
  const { runtime, threads } = world;
  runtime.action("work:do", { run: () => undefined });
  const broken = runtime.transaction(async (tx) => {
    await tx.runs.enqueue("work:do", "before");
    await threads[0]?.terminate();
    while (threads.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await tx.runs.enqueue("work:do", "after");
  });
  await expect(broken).rejects.toSatisfy(
    (error) => EscapementError.is(error) && error.code === "storage.busy",
  );
  expect((await runtime.runs.list()).items).toEqual([]);
  await runtime.transaction(async (tx) => tx.runs.enqueue("work:do", "again"));
  expect((await runtime.runs.list()).items.map(({ params }) => params)).toEqual(["again"]);
});

test("[SQL-30] a storage can be closed while a thread is away", async () => {
  await using world = await setup();
  await world.runtime.start();
  await world.threads[0]?.terminate();
  await world.runtime.stop().catch((error: unknown) => expect(error).toMatchObject({ code: "storage.busy" }));
  expect(world.threads.length, "nothing is started any more").toBe(2);
});
