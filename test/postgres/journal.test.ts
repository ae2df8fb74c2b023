import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { JournalArchive } from "../../src/journal/archive.ts";
import { JournalRetention } from "../../src/journal/journal-retention.ts";
import { Journal } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/base/clock.ts";
import { testClock } from "../../src/testing/index.ts";
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
  const journal = new Journal(one, systemClock);
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

test("[PGS-14] the chain goes by the numbers, whichever node writes and whatever transaction stays open", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node()]);
  const [first] = nodes;
  const kill = (node: number, round: number): Promise<void> =>
    nodes[node]!.control.kill({
      scope: `task:${node}-${round}`,
      reason: "drill",
      actor: "user:ann",
      at: now,
    });
  await first.transaction(
    async (inside) => {
      await inside.runs.enqueue({ runs: world.runs(1), actor: "user:slow", now });
      await Promise.all(
        [1, 2].flatMap((node) => Array.from({ length: 15 }, (_, round) => kill(node, round))),
      );
      const killed = { scope: "task:slow", reason: "drill", actor: "user:slow", at: now };
      await inside.control.kill(killed);
    },
    { timeoutMs: 10_000 },
  );
  await Promise.all([0, 1, 2].map((node) => kill(node, 99)));
  const journal = new Journal(nodes[1], systemClock);
  expect(await journal.verify()).toMatchObject({ ok: true, checked: 35, from: 1, to: 35 });
  const audited = await nodes[2].journal.read({ after: 0, limit: 100, audited: true });
  expect(audited).toHaveLength(34);
});

test("[PGS-14] what is changed behind its back is found", async () => {
  await using world = new World(server);
  const node = await world.node();
  for (const scope of ["task:a", "task:b", "task:c"])
    await node.control.kill({ scope, reason: "drill", actor: "user:ann", at: now });
  await node.journal.append({ events: [note("x"), note("y")] });
  const journal = new Journal(node, systemClock);
  expect(await journal.verify()).toMatchObject({ ok: true, checked: 5 });
  const cases: readonly (readonly [string, number, string])[] = [
    ["UPDATE journal SET label = 'never' WHERE first_seq = 2", 2, "altered"],
    ["DELETE FROM journal WHERE first_seq = 2", 2, "missing"],
    ["DELETE FROM journal WHERE first_seq >= 4", 4, "missing"],
    ["UPDATE journal SET chains = NULL, kind = 'x' WHERE first_seq = 3", 3, "altered"],
  ];
  await world.execute("CREATE TABLE kept AS SELECT * FROM journal");
  for (const [tamper, firstBad, why] of cases) {
    await world.execute(tamper);
    expect(await journal.verify()).toMatchObject({ ok: false, firstBad, why });
    await world.execute("DELETE FROM journal; INSERT INTO journal SELECT * FROM kept");
  }
  expect(await journal.verify()).toMatchObject({ ok: true, checked: 5 });
});

test("[PGS-15] a tail misses nothing and repeats nothing while several nodes write and a transaction stays open", async () => {
  await using world = new World(server);
  const writers = await Promise.all([world.node(), world.node(), world.node()]);
  const reader = await world.node();
  const journal = new Journal(reader, systemClock);
  const seen: string[] = [];
  const seqs: number[] = [];
  const total = 3 * 40 + 5;
  const tail = (async () => {
    for await (const event of journal.tail({ after: 0 })) {
      seqs.push(event.seq);
      seen.push(event.subject);
      if (seen.length === total) return;
    }
  })();
  const runs = world.runs(5);
  const slow = writers[0].transaction(
    async (inside) => {
      await inside.runs.enqueue({ runs, actor: "user:slow", now });
      await until(() => seen.length >= 80);
    },
    { timeoutMs: 20_000 },
  );
  const kinds = [0, 1, 2].map((writer) => Array.from({ length: 40 }, (_, round) => `w${writer}.${round}`));
  await Promise.all(
    kinds.map(async (own, writer) => {
      for (const kind of own) await writers[writer]!.journal.append({ events: [note(kind)] });
    }),
  );
  await slow;
  await tail;
  expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  const written = [...kinds.flat().map((kind) => `note:${kind}`), ...runs.map(({ id }) => `run:${id}`)];
  expect(seen.toSorted()).toEqual(written.toSorted());
  for (const own of kinds) {
    const subjects = own.map((kind) => `note:${kind}`);
    expect(seen.filter((subject) => subjects.includes(subject))).toEqual(subjects);
  }
});

test("[PGS-16] of the readers of one name on several nodes one reads; another goes on when its lease is over", async () => {
  await using world = new World(server);
  const [one, other] = await Promise.all([world.node(), world.node()]);
  const clock = testClock();
  const seen: string[] = [];
  const reader = (storage: typeof one, node: string): Journal => new Journal(storage, clock, { node });
  const [first, second] = [reader(one, "one"), reader(other, "other")];
  // Its handler never ends, as if its node had died in the middle of the third event.
  await first.subscribe(
    "mailer",
    (event) => {
      seen.push(`one ${event.seq}`);
      return event.seq === 3 ? new Promise(() => undefined) : undefined;
    },
    { after: 0 },
  );
  await second.subscribe("mailer", (event) => void seen.push(`other ${event.seq}`), { after: 0 });
  await one.journal.append({ events: [note("a"), note("b")] });
  await until(() => seen.length === 2);
  await until(async () => (await one.cursors.list())[0]?.seq === 2);
  await one.journal.append({ events: [note("c"), note("d")] });
  await until(() => seen.length === 3);
  await first.close(0);
  await clock.advance("3s");
  await until(() => seen.length === 5);
  expect(seen).toEqual(["one 1", "one 2", "one 3", "other 3", "other 4"]);
  await second.close(0);
});

test("[PGS-16] a reader whose node is gone is replaced when its lease is over, and not before", async () => {
  await using world = new World(server);
  const node = await world.node();
  const clock = testClock();
  const ghost = { name: "audit", holder: "ghost", after: 0, now: clock.now(), leaseMs: 30_000 };
  await node.cursors.take(ghost);
  await node.journal.append({ events: [note("a")] });
  const journal = new Journal(node, clock, { node: "heir" });
  const seen: number[] = [];
  const start = clock.now();
  await journal.subscribe("audit", () => void seen.push(clock.now() - start));
  await until(async () => {
    await clock.advance("500ms");
    return seen.length > 0;
  });
  expect(seen[0]).toBeGreaterThanOrEqual(30_000);
  await journal.close(0);
});

test("[PGS-17] nodes that archive and drop at the same time leave no hole and lose nothing", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node()]);
  const folder = mkdtempSync(join(tmpdir(), "escapement-archive-"));
  const stop = new AbortController();
  const journal = new Journal(nodes[2], systemClock, { archive: new JournalArchive(folder) });
  const total = 400;
  const seqs: number[] = [];
  const tail = (async () => {
    for await (const event of journal.tail({ after: 0 })) {
      seqs.push(event.seq);
      if (seqs.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      if (event.seq >= total) return;
    }
  })();
  const archiving = nodes.slice(0, 2).map(async (node) => {
    const retention = new JournalRetention(node, new JournalArchive(folder));
    while (!stop.signal.aborted) {
      await retention.apply({ before: now + 1 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  try {
    for (let round = 0; round < total / 8; round++) {
      const scope = `task:${round}`;
      await Promise.all([
        nodes[0].journal.append({ events: [note("a"), note("b"), note("c")] }),
        nodes[1].runs.enqueue({ runs: world.runs(4), actor: "system", now }),
        nodes[2].control.kill({ scope, reason: "drill", actor: "user:ann", at: now }),
      ]);
    }
    await tail;
    stop.abort();
    await Promise.all(archiving);
    expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(await journal.verify()).toMatchObject({ ok: true, from: 1, to: total, checked: total });
    expect((await nodes[0].journal.bounds()).first).toBeGreaterThan(total / 2);
  } finally {
    stop.abort();
    await Promise.allSettled(archiving);
    rmSync(folder, { recursive: true });
  }
});
