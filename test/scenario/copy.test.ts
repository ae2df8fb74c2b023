// A database that was filled by a busy runtime, copied into the other engine and back: the same data, and work goes on.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { copyStorage } from "../../src/copy/copy-storage.ts";
import { createRuntime } from "../../src/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { dumpTables } from "../../src/storage/dump-tables.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { runCommand } from "../doors/cli-world.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { defineActions, defineCounter, everything, fill, folder, told } from "./copy-world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());
let schemas = 0;

async function open<One extends Storage>(storage: One): Promise<One> {
  await storage.open();
  return storage;
}

function newSchema(schema: string = `copy_${(schemas += 1)}`): Storage {
  return postgres(server.url, { schema });
}

/** An address of PostgreSQL with a database of its own, for who can be told only that. */
async function newDatabase(): Promise<string> {
  schemas += 1;
  await server.execute(`CREATE DATABASE copy_${schemas}`);
  const url = new URL(server.url);
  url.pathname = `/copy_${schemas}`;
  return url.href;
}

const slow = { timeout: 60_000 };

describe("a copy", () => {
  test(
    "[CPY-1] from SQLite to PostgreSQL and back is the same, byte for byte, and every noun tells the same",
    slow,
    async () => {
      using place = folder();
      const first = await open(sqlite(place.file("first.db")));
      await fill(first);
      await first.close();
      const source = await open(sqlite(place.file("first.db")));
      const before = await everything(source);
      for (const { name } of dumpTables) expect([name, before[name]?.length]).not.toEqual([name, 0]);

      const middle = await open(newSchema());
      const seen: number[] = [];
      const report = await copyStorage(source, middle, { onProgress: ({ rows }) => seen.push(rows) });
      expect(report.rows).toBe(Object.values(before).reduce((sum, rows) => sum + rows.length, 0));
      expect(seen.at(-1)).toBe(report.rows);
      expect(await everything(middle)).toEqual(before);

      const last = await open(sqlite(place.file("last.db")));
      await copyStorage(middle, last);
      expect(JSON.stringify(await everything(last))).toBe(JSON.stringify(before));
      expect(await everything(source)).toEqual(before);
      const there = [];
      for (const storage of [source, middle, last]) {
        await storage.close();
        const runtime = await createRuntime({ storage, work: false });
        there.push(await told(runtime));
        expect((await runtime.doctor()).filter(({ ok }) => !ok)).toEqual([]);
        await runtime.stop();
      }
      expect(there[1]).toEqual(there[0]);
      expect(there[2]).toEqual(there[0]);
    },
  );

  test.each([
    ["SQLite to PostgreSQL", "sqlite", "postgres"],
    ["PostgreSQL to SQLite", "postgres", "sqlite"],
    ["SQLite to SQLite", "sqlite", "sqlite"],
    ["PostgreSQL to PostgreSQL", "postgres", "postgres"],
  ] as const)("[CPY-2] from %s goes on where the source stopped", slow, async (_name, one, other) => {
    using place = folder();
    const own = (schemas += 1);
    const make = {
      sqlite: (name: string): Storage => sqlite(place.file(`${name}.db`)),
      postgres: (name: string): Storage => newSchema(`copy_${own}_${name}`),
    };
    const filled = await open(make[one]("from"));
    await fill(filled, 40);
    const heldByFiller = (await filled.nodes.list()).map(({ node }) => node);
    expect(heldByFiller).toEqual(["filler"]);
    await filled.close();
    const source = await open(make[one]("from"));
    // The node is dead, and so its lease is over at some time.
    await source.transaction((inside) => inside.sql(`UPDATE ${tableIn(own, one)} SET lease_until = 0`), {
      timeoutMs: 5_000,
    });
    const target = await open(make[other]("to"));
    await copyStorage(source, target);
    const head = await source.journal.head();
    await source.close();
    await target.close();

    await using runtime = await createRuntime({ storage: target, node: "heir", work: { concurrency: 10 } });
    defineActions(runtime);
    const counter = defineCounter(runtime);
    const counts = await runtime.runs.counts();
    expect(counts.running, "runs of the dead node").toBeGreaterThan(0);
    const again = await runtime.runs.enqueue("work:do", "other", { key: "once" });
    expect(again.params, "the key is taken").toBe("keyed");
    expect(await runtime.control.restore()).toBe(true);
    await runtime.start();
    const made = await runtime.runs.enqueue("work:do", "fresh");
    expect(await runtime.runs.wait(made.id, { timeout: "10s" })).toMatchObject({ state: "succeeded" });
    expect((await runtime.journal.read({ kind: "run.lost" })).length, "what it held is taken over").toBe(
      counts.running,
    );
    const [next] = await runtime.journal.read({ after: head, limit: 1 });
    expect(next?.seq).toBe(head + 1);
    const [limited] = (await runtime.runs.list({ action: "work:rate", state: "waiting" })).items;
    expect(limited?.reason).toContain("rate limit");
    const queued = (await runtime.runs.list({ action: "work:hold" })).items.map(({ state, reason }) => [
      state,
      reason,
    ]);
    expect(queued.filter(([, reason]) => reason?.includes('line "line"'))).toHaveLength(2);
    expect(await runtime.journal.verify()).toMatchObject({ ok: true });
    expect((await counter.send("room-0", "add", { by: 7 }, { key: "k4" })).slot, "the key is taken").toBe(2);
    expect(await runtime.gate.next("action:work:gated", { key: "first" }), "and so is this").toMatchObject({
      status: "released",
    });
    await counter.wait("room-0", 12);
    expect((await counter.state("room-0")).state).toEqual({ count: 132 + 100 });
    await counter.send("room-0-fork", "add", { by: 1 });
    await counter.wait("room-0-fork", 5);
    expect((await runtime.processes.verify("counter/room-0-fork")).ok).toBe(true);
    expect((await runtime.runs.retryMany({ error: "EBROKEN" }, { dryRun: true })).matched).toBeGreaterThan(0);
    await runtime.tasks.start("each");
    await expect
      .poll(async () => (await runtime.tasks.get("each"))?.runCount, { timeout: 20_000 })
      .toBeGreaterThan(0);
    expect((await runtime.doctor()).filter(({ ok }) => !ok)).toEqual([]);
    await runtime.stop({ drain: 0 });
  });

  test(
    "[CPY-3] that is killed at any moment goes on, and ends as if it had never been interrupted",
    slow,
    async () => {
      using place = folder();
      const filled = await open(sqlite(place.file("from.db")));
      await fill(filled, 2_000);
      await filled.close();
      const before = await withOpen(sqlite(place.file("from.db")), everything);
      const url = await newDatabase();
      let kills = 0;
      for (;;) {
        const ended = await copyIn(
          ["sqlite:" + place.file("from.db"), url],
          kills < 5 ? 1 + (kills % 3) : undefined,
        );
        if (ended.done !== undefined) {
          expect(
            Number(ended.done.split(" ")[2]),
            "what an earlier attempt has done is not done again",
          ).toBeGreaterThan(0);
          break;
        }
        kills += 1;
        // Nothing works on half of the data.
        await expect(createRuntime({ storage: postgres(url) })).rejects.toMatchObject({
          code: "copy.unfinished",
        });
      }
      expect(kills).toBe(5);
      expect(await withOpen(postgres(url), everything)).toEqual(before);
      // And back into a file, killed as well.
      const file = `sqlite:${place.file("back.db")}`;
      await copyIn([url, file], 4);
      expect((await copyIn([url, file])).done).toBeDefined();
      expect(await withOpen(sqlite(place.file("back.db")), everything)).toEqual(before);
    },
  );

  test(
    "[CPY-4] is refused into data, into another copy, and from a source that was worked on meanwhile",
    slow,
    async () => {
      using place = folder();
      const source = await open(sqlite(place.file("from.db")));
      await source.journal.append({ events: [{ at: 1, kind: "note", actor: "x", subject: "x" }] });
      const conflict = (text: string): object => ({
        code: "copy.conflict",
        message: expect.stringContaining(text),
      });
      for (const target of [await open(newSchema()), await open(sqlite(place.file("to.db")))]) {
        await target.dump.begin({ source: "another" });
        await expect(copyStorage(source, target)).rejects.toMatchObject(conflict("another copy"));
        await target.close();
      }
      for (const target of [await open(newSchema()), await open(sqlite(place.file("used.db")))]) {
        await target.control.kill({ scope: "all", reason: "x", actor: "x", at: 1 });
        await expect(copyStorage(source, target)).rejects.toMatchObject(conflict("data in it already"));
        await target.close();
      }
      const target = await open(newSchema());
      await copyStorage(source, target);
      await expect(copyStorage(source, target)).rejects.toMatchObject(conflict("complete already"));
      await target.close();
      const half = await open(newSchema());
      const identity = (await source.dump.source({ now: 0 })).identity;
      await half.dump.begin({ source: identity });
      await source.journal.append({ events: [{ at: 2, kind: "note", actor: "x", subject: "x" }] });
      await expect(copyStorage(source, half)).rejects.toMatchObject(conflict("worked on since"));
      await half.close();
      await source.close();
    },
  );

  test("[CPY-4] of two copies into one database one is told of the other", slow, async () => {
    const target = await open(newSchema());
    const rows = [{ key: "a", seats: 1 }];
    await target.dump.begin({ source: "one" });
    await target.dump.write({ table: "lane", rows, rowsBefore: 0 });
    await expect(target.dump.write({ table: "lane", rows, rowsBefore: 0 })).rejects.toMatchObject({
      code: "copy.conflict",
    });
    await target.close();
  });

  test("[CPY-5] from a source at work is refused, and names the nodes", slow, async () => {
    using place = folder();
    const url = await newDatabase();
    const node = await createRuntime({ storage: postgres(url), node: "busy" });
    await node.start();
    const ended = await runCommand(["copy", "--from", url, "--to", `sqlite:${place.file("to.db")}`]);
    expect(ended).toMatchObject({ code: 5, err: expect.stringContaining("busy") });
    await node.stop();
    const file = await createRuntime({ storage: sqlite(place.file("busy.db")) });
    const locked = await runCommand(["copy", "--from", `sqlite:${place.file("busy.db")}`, "--to", url]);
    expect(locked).toMatchObject({ code: 5, err: expect.stringContaining("Another Escapement is running") });
    await file.stop();
  });

  test("[CPY-6] a backup of PostgreSQL is one moment of it, while it is at work", slow, async () => {
    using place = folder();
    const url = await newDatabase();
    const node = await createRuntime({ storage: postgres(url), node: "busy", work: { concurrency: 20 } });
    defineActions(node);
    await node.start();
    const stop = new AbortController();
    const work = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!stop.signal.aborted) {
          await node.runs.enqueue("work:do", 1);
          await node.control.clusters.define(`c${Math.floor(performance.now())}`);
        }
      }),
    );
    await expect
      .poll(async () => (await node.runs.counts()).succeeded, { timeout: 20_000 })
      .toBeGreaterThan(10);
    const files = ["one.db", "two.db", "three.db"].map(place.file);
    for (const file of files)
      expect(await runCommand(["backup", file, "--storage", url])).toMatchObject({ code: 0, err: "" });
    stop.abort();
    await work;
    await node.stop();
    for (const file of files) {
      await using restored = await createRuntime({ storage: sqlite(file), node: "restored", work: false });
      expect((await restored.doctor()).filter(({ ok }) => !ok)).toEqual([]);
      expect(await restored.journal.verify()).toMatchObject({ ok: true });
      const { succeeded } = await restored.runs.counts();
      expect(succeeded).toBeGreaterThan(0);
      const ends = await endsOf(restored.journal);
      expect(ends.numbers).toEqual(Array.from({ length: ends.numbers.length }, (_, index) => index + 1));
      expect(ends.succeeded, "every run has its event").toBe(succeeded);
    }
  });

  test("[CPY-7] the command says what it did, and what it needs", slow, async () => {
    using place = folder();
    await withOpen(sqlite(place.file("from.db")), (storage) => fill(storage, 10));
    const [from, to] = [`sqlite:${place.file("from.db")}`, `sqlite:${place.file("to.db")}`];
    for (const words of [[], ["--from", from], ["--from", from, "--to", from], ["--from", "x", "--to", to]])
      expect(await runCommand(["copy", ...words])).toMatchObject({ code: 2, out: "" });
    const copied = await runCommand(["copy", "--from", from, "--to", to, "--json"]);
    expect(copied).toMatchObject({ code: 0, err: "" });
    expect(copied.json).toMatchObject({ before: 0, tables: { task: 3 } });
    expect(await runCommand(["copy", "--from", from, "--to", to])).toMatchObject({ code: 4 });
  });
});

function tableIn(own: number, engine: "sqlite" | "postgres"): string {
  return engine === "sqlite" ? "lease" : `copy_${own}_from.lease`;
}

interface Ends {
  readonly numbers: readonly number[];
  readonly succeeded: number;
}

async function endsOf(journal: {
  read(options: object): Promise<readonly { seq: number; kind: string }[]>;
}): Promise<Ends> {
  const numbers: number[] = [];
  let succeeded = 0;
  for (;;) {
    const events = await journal.read({ after: numbers.at(-1) ?? 0, limit: 1_000 });
    numbers.push(...events.map(({ seq }) => seq));
    succeeded += events.filter(({ kind }) => kind === "run.succeeded").length;
    if (events.length < 1_000) return { numbers, succeeded };
  }
}

async function withOpen<Result>(
  storage: Storage,
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  await storage.open();
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

/** Runs a copy in a process of its own, which is killed after so many parts. */
function copyIn(words: readonly string[], killAfter?: number): Promise<{ readonly done?: string }> {
  const child = spawn(
    process.execPath,
    [
      "--conditions=source",
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "copy-child.ts"),
      ...words,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let err = "";
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
    if (killAfter !== undefined && out.split("\n").length > killAfter) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("exit", (code, signal) => {
      if (signal === null && code !== 0) return reject(new Error(err));
      const done = out.split("\n").find((line) => line.startsWith("done"));
      return resolve(done === undefined ? {} : { done });
    });
  });
}
