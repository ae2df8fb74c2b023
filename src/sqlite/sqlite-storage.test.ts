import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { NewRun } from "../storage/runs.ts";
import type { Storage } from "../storage/storage.ts";
import { sqlite } from "./sqlite-storage.ts";

// Every storage starts two threads, which compile the sources anew unless they may keep the result.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

interface Folder extends Disposable {
  readonly file: (name?: string) => string;
}

function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "escapement-"));
  return {
    file: (name = "app.db") => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

let count = 0;

function run(given: Partial<NewRun> = {}): NewRun {
  return {
    id: `r${String(++count).padStart(6, "0")}`,
    action: "mail:send",
    params: "{}",
    scheduledFor: 0,
    dueAt: 0,
    priority: 0,
    maxAttempts: 3,
    passes: 1,
    lanes: [],
    rates: [],
    tags: [],
    ...given,
  };
}

function enqueue(storage: Storage, ...runs: readonly NewRun[]): Promise<unknown> {
  return storage.runs.enqueue({ runs, actor: "user:suite", now: 0 });
}

const code = (name: string): unknown => expect.objectContaining({ code: name });

test("[SQL-1] a second server on the same file is refused in one clear sentence, until the first is closed", async () => {
  using place = folder();
  const first = sqlite(place.file());
  await first.open();
  const second = sqlite(place.file());
  await expect(second.open()).rejects.toEqual(code("storage.in-use"));
  await expect(second.open()).rejects.toThrow(/Another Escapement is running on ".*app\.db"/);
  await enqueue(first, run());
  await first.close();
  await second.open();
  expect((await second.runs.counts()).waiting).toBe(1);
  await second.close();
});

test("[SQL-1] another name of the same file does not let a second server in", async () => {
  using place = folder();
  mkdirSync(place.file("data"));
  symlinkSync(place.file("data"), place.file("link"));
  const first = sqlite(join(place.file("data"), "app.db"));
  await first.open();
  await expect(sqlite(join(place.file("link"), "app.db")).open()).rejects.toEqual(code("storage.in-use"));
  symlinkSync(join(place.file("data"), "app.db"), place.file("other.db"));
  await expect(sqlite(place.file("other.db")).open()).rejects.toEqual(code("storage.in-use"));
  await first.close();
});

test("[SQL-2] the directory of a file is made when it is not there", async () => {
  using place = folder();
  const storage = sqlite(join(place.file("deep"), "er", "app.db"));
  await storage.open();
  await enqueue(storage, run());
  await storage.close();
  expect(existsSync(join(place.file("deep"), "er", "app.db"))).toBe(true);
});

test("[SQL-2] a place that cannot be written is told, with what to do", async () => {
  using place = folder();
  writeFileSync(place.file("occupied"), "a file");
  mkdirSync(place.file("directory.db"));
  for (const path of [join(place.file("occupied"), "app.db"), place.file("directory.db"), "/proc/app.db"]) {
    await expect(sqlite(path).open()).rejects.toEqual(code("storage.unwritable"));
  }
});

test("[SQL-2] a file that is no database is refused and left as it is, and the lock is given up", async () => {
  using place = folder();
  const letter = "Dear database,\n".repeat(500);
  writeFileSync(place.file(), letter);
  const storage = sqlite(place.file());
  await expect(storage.open()).rejects.toEqual(code("storage.broken"));
  rmSync(place.file());
  await storage.open();
  await enqueue(storage, run());
  await storage.close();
});

test.each([
  ["full", 2],
  ["relaxed", 1],
] as const)(
  "[SQL-3] durability %s waits for the disk as SQLite's level %d does",
  async (durability, level) => {
    using place = folder();
    const storage = sqlite(place.file(), { durability });
    await storage.open();
    const pragma = async (name: string): Promise<unknown> => {
      const [row] = await storage.transaction(({ sql }) => sql(`PRAGMA ${name}`), { timeoutMs: 1_000 });
      return Object.values(row ?? {})[0];
    };
    expect([await pragma("synchronous"), await pragma("journal_mode")]).toEqual([level, "wal"]);
    await storage.close();
  },
);

test("[SQL-4] many callers share one commit, and each is answered in its order", async () => {
  using place = folder();
  const storage = sqlite(place.file());
  await storage.open();
  let commits = 0;
  storage.onCommit(() => (commits += 1));
  const order: number[] = [];
  const calls = Array.from({ length: 1_000 }, (_, index) =>
    enqueue(storage, run()).then(() => order.push(index)),
  );
  await Promise.all(calls);
  expect(order).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  expect(commits).toBeLessThan(100);
  expect((await storage.runs.counts()).waiting).toBe(1_000);
  await storage.close();
});

test("[SQL-4] what was acknowledged can be read at once, on the connection of the readers", async () => {
  using place = folder();
  const storage = sqlite(place.file());
  await storage.open();
  for (let round = 0; round < 50; round++) {
    const one = run();
    await enqueue(storage, one);
    expect((await storage.runs.get({ id: one.id }))?.state).toBe("waiting");
  }
  await storage.close();
});

test("[SQL-5] a call that cannot cross to the thread of the writer harms nobody but its caller", async () => {
  using place = folder();
  const storage = sqlite(place.file());
  await storage.open();
  const ends = await Promise.allSettled([
    enqueue(storage, run()),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
    enqueue(storage, run({ params: (() => 1) as never })),
    enqueue(storage, run()),
  ]);
  expect(ends.map((end) => end.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await enqueue(storage, run());
  expect((await storage.runs.counts()).waiting).toBe(3);
  await storage.close();
});

test("[SQL-6] when the disk is full the call is refused, nothing of it stays, and work goes on when there is room", async () => {
  using place = folder();
  const storage = sqlite(place.file());
  await storage.open();
  const limit = (pages: number): Promise<unknown> =>
    storage.transaction(({ sql }) => sql(`PRAGMA max_page_count = ${pages}`), { timeoutMs: 1_000 });
  const [row] = await storage.transaction(({ sql }) => sql("PRAGMA page_count"), { timeoutMs: 1_000 });
  await enqueue(storage, run());
  await limit(Number(row?.["page_count"]) + 20);
  const big = "x".repeat(20_000);
  let kept = 1;
  for (;;) {
    const end = await enqueue(storage, run({ params: JSON.stringify(big) }), run()).catch(
      (error: unknown) => error,
    );
    if (Array.isArray(end)) {
      kept += 2;
      continue;
    }
    expect(end).toEqual(code("storage.unwritable"));
    break;
  }
  const small = await Promise.allSettled(
    Array.from({ length: 5 }, (_, index) =>
      enqueue(storage, run(index === 2 ? { params: JSON.stringify(big) } : {})),
    ),
  );
  kept += small.filter((end) => end.status === "fulfilled").length;
  expect(small[2]?.status).toBe("rejected");
  await limit(1_000_000);
  await enqueue(storage, run({ params: JSON.stringify(big) }));
  const seqs = (await storage.journal.read({ after: 0, limit: 1_000 })).map((event) => event.seq);
  expect(seqs).toEqual(Array.from({ length: kept + 1 }, (_, index) => index + 1));
  expect((await storage.runs.counts()).waiting).toBe(kept + 1);
  expect((await storage.inspect({ now: Date.now() })).filter((finding) => !finding.ok)).toEqual([]);
  await storage.close();
});

test("[SQL-7] a backup is a whole database of its own, made while work goes on", async () => {
  using place = folder();
  const storage = sqlite(place.file());
  await storage.open();
  await Promise.all(Array.from({ length: 500 }, () => enqueue(storage, run())));
  const over = new AbortController();
  const work = (async (): Promise<void> => {
    while (!over.signal.aborted) await Promise.all(Array.from({ length: 20 }, () => enqueue(storage, run())));
  })();
  await storage.backup?.(place.file("backup/copy.db"));
  over.abort();
  await work;
  await expect(storage.backup?.(place.file("backup/copy.db"))).rejects.toEqual(code("storage.unwritable"));
  const copy = sqlite(place.file("backup/copy.db"));
  await copy.open();
  expect((await copy.runs.counts()).waiting).toBeGreaterThanOrEqual(500);
  expect((await copy.inspect({ now: Date.now() })).filter((finding) => !finding.ok)).toEqual([]);
  await Promise.all([storage.close(), copy.close()]);
});

test("[SQL-8] an inspection finds counts that are wrong and runs that wait for nothing", async () => {
  using place = folder();
  const storage = sqlite(place.file());
  await storage.open();
  const lanes = [{ key: "one", limit: 1 }];
  await enqueue(storage, run({ lanes }), run({ lanes }));
  await storage.nodes.join({ node: "n1", now: 5, leaseMs: 1_000 });
  await storage.runs.claim({ node: "n1", now: 5, limit: 5, actions: ["mail:send"] });
  const before = await storage.inspect({ now: 6 });
  expect(before.map(({ what, ok }) => (ok ? what : `not ${what}`))).toEqual([
    "integrity",
    "schema",
    "counts",
    "lanes",
    "leases",
    "queue",
    "tasks",
    "subscriptions",
  ]);
  await storage.close();
  using database = new DatabaseSync(place.file());
  database.exec("UPDATE tally SET value = value + 1 WHERE name = 'live'; DELETE FROM lane");
  database.close();
  await storage.open();
  const faults = (await storage.inspect({ now: Date.now() })).filter((finding) => !finding.ok);
  expect(faults.map((fault) => [fault.what, fault.advice === undefined])).toEqual([
    ["counts", false],
    ["lanes", false],
  ]);
  await storage.close();
});

test("[SQL-9] what is remembered of limits goes when they have long been idle, and a claim never looks through it", async () => {
  const storage = sqlite(":memory:");
  await storage.open();
  const sql = (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    storage.transaction((inside) => inside.sql(text), { timeoutMs: 1_000 });
  const remembered = async (): Promise<unknown[]> =>
    (await sql("SELECT key FROM rate ORDER BY key")).map((row) => row["key"]);
  const claim = async (now: number): Promise<number> =>
    (await storage.runs.claim({ node: "n1", now, limit: 9, actions: ["mail:send"] })).runs.length;
  const rates = (key: string): NewRun["rates"] => [{ key, limit: 1, perMs: 10_000 }];
  await enqueue(storage, run({ rates: rates("a") }), run({ rates: rates("b") }), run({ rates: rates("b") }));
  expect(await claim(100_000)).toBe(2);
  const forget = (before: number): Promise<unknown> =>
    storage.retention.step({ runsBefore: before, limit: 100 });
  await forget(100_000);
  expect(await remembered()).toEqual(["a", "b"]);
  await forget(160_000);
  expect(await remembered(), "somebody waits behind it").toEqual(["b"]);
  expect(await claim(160_000)).toBe(1);
  await forget(220_000);
  expect(await remembered()).toEqual([]);
  const [plan] = await sql("EXPLAIN QUERY PLAN SELECT key FROM rate WHERE wake_at <= 5");
  expect(plan?.["detail"]).toContain("rate_wake");
  await storage.close();
});
