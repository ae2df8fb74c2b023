import { afterAll, expect, test } from "vitest";
import { Journal } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/base/clock.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { now, until, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

function note(kind: string): { at: number; kind: string; actor: string; subject: string } {
  return { at: now, kind, actor: "user:ann", subject: `note:${kind}` };
}

test("[PGS-10] a transaction that stays open keeps no reader waiting, and its events are not missed when it commits", async () => {
  await using world = new World(server);
  const [one, other] = await Promise.all([world.node(), world.node()]);
  await one.transaction(
    async (inside) => {
      await inside.runs.enqueue({ runs: world.runs(3), actor: "user:slow", now });
      await other.journal.append({ events: [note("a"), note("b")] });
      await other.runs.enqueue({ runs: world.runs(2), actor: "user:quick", now });
      const seen = await other.journal.read({ after: 0, limit: 100 });
      expect(seen.map((event) => [event.seq, event.actor])).toEqual([
        [1, "user:ann"],
        [2, "user:ann"],
        [3, "user:quick"],
        [4, "user:quick"],
      ]);
    },
    { timeoutMs: 5_000 },
  );
  const late = await other.journal.read({ after: 4, limit: 100 });
  expect(late.map((event) => [event.seq, event.actor, event.commit])).toEqual([
    [5, "user:slow", 5],
    [6, "user:slow", 5],
    [7, "user:slow", 5],
  ]);
});

test("[PGS-10] a transaction that is rolled back leaves no hole", async () => {
  await using world = new World(server);
  const node = await world.node();
  await node.journal.append({ events: [note("a")] });
  const failing = node.transaction(
    async (inside) => {
      await inside.runs.enqueue({ runs: world.runs(3), actor: "user:ann", now });
      throw new Error("never mind");
    },
    { timeoutMs: 5_000 },
  );
  await expect(failing).rejects.toThrow("never mind");
  await node.journal.append({ events: [note("b")] });
  expect((await node.journal.read({ after: 0, limit: 10 })).map((event) => event.seq)).toEqual([1, 2]);
});

test("[PGS-11] a reader behind a cursor gets every event once and in order, whatever commits meanwhile", async () => {
  await using world = new World(server);
  const writers = await Promise.all([world.node(), world.node(), world.node()]);
  const reader = await world.node();
  const written: string[] = [];
  const over = new AbortController();
  const write = async (index: number): Promise<void> => {
    for (let round = 0; round < 25; round++) {
      const kinds = [`w${index}-${round}-a`, `w${index}-${round}-b`];
      const node = writers[index]!;
      if (round % 4 === 3) {
        await node.journal.append({ events: kinds.map(note) });
        written.push(...kinds);
        continue;
      }
      const isKept = round % 4 !== 2;
      await node
        .transaction(
          async (inside) => {
            const runs = kinds.map((kind) => world.run({ id: `${world.run().id}${kind}` }));
            await inside.runs.enqueue({ runs, actor: "system", now });
            await new Promise((resolve) => setTimeout(resolve, (round * 7 + index * 3) % 12));
            if (!isKept) throw new Error("undone");
          },
          { timeoutMs: 5_000 },
        )
        .catch(() => undefined);
      if (isKept) written.push(...kinds);
    }
  };
  const seen: string[] = [];
  let cursor = 0;
  const readOn = async (): Promise<void> => {
    for (const event of await reader.journal.read({ after: cursor, limit: 5 })) {
      expect(event.seq).toBe(cursor + 1);
      cursor = event.seq;
      seen.push(/w\d.*$/.exec(event.subject)?.[0] ?? event.subject);
    }
  };
  const reading = (async () => {
    while (!over.signal.aborted) await readOn();
  })();
  await Promise.all(writers.map((_writer, index) => write(index)));
  over.abort();
  await reading;
  for (let before = -1; before < cursor;) {
    before = cursor;
    await readOn();
  }
  expect(seen.toSorted()).toEqual(written.toSorted());
});

test("[PGS-12] the tail of one node hears of the commits of another, within a moment", async () => {
  await using world = new World(server);
  const [one, other] = await Promise.all([world.node(), world.node()]);
  const stop = new AbortController();
  const heard: string[] = [];
  const journal = new Journal(one, systemClock, 1_048_576);
  const tail = (async () => {
    for await (const event of journal.tail({ after: 0, signal: stop.signal })) heard.push(event.kind);
  })();
  await other.journal.append({ events: [note("first")] });
  await until(() => heard.includes("first"));
  const taken: number[] = [];
  for (const kind of ["k1", "k2", "k3", "k4", "k5"]) {
    const start = performance.now();
    await other.journal.append({ events: [note(kind)] });
    await until(() => heard.includes(kind));
    taken.push(performance.now() - start);
  }
  stop.abort();
  await tail;
  // Notified, not polled: that happens once a second.
  expect(taken.toSorted((a, b) => a - b)[2]).toBeLessThan(500);
});

test("[PGS-13] events are found by their subject, whether they were written alone or among many", async () => {
  await using world = new World(server);
  const node = await world.node();
  const runs = world.runs(500);
  await node.runs.enqueue({ runs, actor: "system", now });
  await node.journal.append({ events: [note("alone")] });
  for (const run of [runs[0]!, runs[250]!, runs[499]!]) {
    const events = await node.journal.read({ subject: `run:${run.id}`, limit: 10 });
    expect(events.map((event) => [event.kind, event.subject, event.label])).toEqual([
      ["run.enqueued", `run:${run.id}`, "mail:send"],
    ]);
  }
  expect((await node.journal.read({ subject: "note:alone", limit: 10 })).length).toBe(1);
  expect(await world.execute("SELECT count(*)::integer AS pages FROM journal")).toEqual([{ pages: 2 }]);
});
