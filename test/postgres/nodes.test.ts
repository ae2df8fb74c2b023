import { Pool } from "pg";
import { afterAll, expect, test } from "vitest";
import { createRuntime } from "../../src/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import { migrations } from "../../src/postgres/migrate.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { claimOf, now, until, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

test("[PGS-20] a node whose clock is ten minutes off goes by the time of the database", async () => {
  await using world = new World(server);
  for (const offMs of [600_000, -600_000]) {
    await withClockOff(offMs, async (rightNow) => {
      const storage = postgres(server.url, { schema: world.schema });
      await using runtime = await createRuntime({ storage, node: `off${offMs}` });
      expect(Math.abs(storage.clock.now() - rightNow())).toBeLessThan(1_000);
      const started: number[] = [];
      runtime.action("test:stamp", { run: () => void started.push(rightNow()) });
      await runtime.start();
      const asked = rightNow();
      const run = await runtime.runs.enqueue("test:stamp", null, { delay: 400 });
      expect((await runtime.runs.wait(run.id, { timeout: "10s" })).state).toBe("succeeded");
      expect(started[0]! - asked).toBeGreaterThanOrEqual(395);
      expect(started[0]! - asked).toBeLessThan(3_000);
      const [lease] = await runtime.nodes.list();
      expect(Math.abs(lease!.leaseUntil - rightNow() - 30_000)).toBeLessThan(5_000);
    });
  }
});

test("[PGS-20] the lease of a node is not over because another node's clock is ten minutes ahead", async () => {
  await using world = new World(server);
  const storage = await world.node();
  await storage.nodes.join({ node: "n1", now: storage.clock.now(), leaseMs: 30_000 });
  await storage.runs.enqueue({ runs: world.runs(1), actor: "system", now });
  await storage.runs.claim(claimOf("n1"));
  await withClockOff(600_000, async () => {
    const ahead = postgres(server.url, { schema: world.schema });
    await using runtime = await createRuntime({ storage: ahead, node: "n2", work: false });
    await runtime.start();
    expect(await runtime.runs.counts()).toMatchObject({ running: 1, waiting: 0 });
  });
});

test("[PGS-21] an event loop that is blocked for longer than a lease loses none", async () => {
  await using world = new World(server);
  const [busy, other] = await Promise.all([world.node(), world.node()]);
  const leaseMs = 1_200;
  const time = busy.clock;
  await busy.nodes.join({ node: "busy", now: time.now(), leaseMs, renewal: "unattended" });
  await busy.nodes.join({ node: "gone", now: time.now(), leaseMs });
  await busy.runs.enqueue({ runs: world.runs(2), actor: "system", now });
  await busy.runs.claim(claimOf("busy", 1));
  await busy.runs.claim(claimOf("gone", 1));
  const leaseOf = async (node: string): Promise<number> =>
    (await other.nodes.list()).find((one) => one.node === node)?.leaseUntil ?? 0;
  const first = await leaseOf("busy");
  await until(async () => (await leaseOf("busy")) > first);
  // Nothing of this thread runs now: no timer, no answer, no renewal.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, leaseMs * 2);
  const recovered = await other.runs.recover({ now: time.now() });
  expect(recovered.length).toBe(1);
  expect((await other.nodes.list()).map((one) => one.node)).toEqual(["busy"]);
  expect(await other.runs.counts()).toMatchObject({ running: 1, waiting: 1 });
  await busy.nodes.leave({ node: "busy", now: time.now() });
  await new Promise((resolve) => setTimeout(resolve, leaseMs));
  expect(await other.nodes.list()).toEqual([]);
});

test("[PGS-22] work that one node makes is taken by another at once", async () => {
  await using world = new World(server);
  const options = { storage: postgres(server.url, { schema: world.schema }) };
  await using worker = await createRuntime({ ...options, node: "worker" });
  worker.action("test:nothing", { run: () => "done" });
  await worker.start();
  const storage = postgres(server.url, { schema: world.schema });
  await using asker = await createRuntime({ storage, node: "asker", work: false });
  asker.action("test:nothing", { run: () => null });
  const taken: number[] = [];
  for (let count = 0; count < 5; count++) {
    const start = performance.now();
    const run = await asker.runs.enqueue("test:nothing", null);
    expect((await asker.runs.wait(run.id, { timeout: "10s" })).node).toBe("worker");
    taken.push(performance.now() - start);
  }
  // Notified, not polled: a worker polls every five seconds.
  expect(taken.toSorted((a, b) => a - b)[2]).toBeLessThan(2_000);
});

test("[PGS-24] a pool of the caller's is used and stays open, whatever parsers it has", async () => {
  await using world = new World(server);
  const types = { getTypeParser: () => (value: string) => `odd ${value}` };
  const pool = new Pool({ connectionString: server.url, types, max: 3 });
  const storage = postgres(pool, { schema: world.schema });
  await storage.open();
  await storage.runs.enqueue({ runs: world.runs(3), actor: "system", now });
  expect((await storage.runs.claim(claimOf("n1"))).runs.map((run) => run.attempt)).toEqual([1, 1, 1]);
  await storage.close();
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: "odd 1" }]);
  await pool.end();
});

test("[PGS-25] two nodes that open an empty database at the same time both find it migrated", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node(), world.node()]);
  expect(await nodes[3].runs.counts()).toMatchObject({ waiting: 0 });
  const ids = (await world.execute("SELECT id FROM migration ORDER BY id")).map((row) => Number(row["id"]));
  expect(ids).toEqual(migrations.map(({ id }) => id));
});

test("[PGS-25] a schema or an address that cannot be is refused with what to write", () => {
  expect(() => postgres(server.url, { schema: 'x"; DROP' })).toThrow(/letters, digits and underscores/);
  expect(() => postgres("mysql://host/db")).toThrow(/postgres:\/\/user/);
  expect(postgres("postgres://ann:secret@host:5432/db").address).toBe("postgres://ann@host:5432/db");
});

/** Runs `work` while this process believes in another time; gives it the true one. */
async function withClockOff(offMs: number, work: (rightNow: () => number) => Promise<void>): Promise<void> {
  const rightNow = Date.now;
  Date.now = () => rightNow() + offMs;
  try {
    await work(rightNow);
  } finally {
    Date.now = rightNow;
  }
}
