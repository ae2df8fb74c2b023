// Work inside transactions that callers hold open on connections of their own: it commits and rolls back with them.
import { Client, Pool } from "pg";
import { afterAll, expect, test } from "vitest";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { postgres, type PostgresStorage } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { now, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

interface Shop extends AsyncDisposable {
  readonly world: World;
  readonly storage: PostgresStorage;
  readonly runtime: Runtime;
  readonly client: Client;
  readonly orders: () => Promise<unknown[]>;
}

async function setup(): Promise<Shop> {
  const world = new World(server);
  const storage = await world.node();
  await world.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
  const runtime = await createRuntime({ storage, node: "shop" });
  runtime.action("mail:send", { run: (input) => input });
  const client = new Client(server.url);
  await client.connect();
  await client.query(`SET search_path = ${world.schema}`);
  return {
    world,
    storage,
    runtime,
    client,
    orders: () => world.execute("SELECT id FROM orders ORDER BY id"),
    async [Symbol.asyncDispose]() {
      await client.end();
      await runtime.stop();
      await world[Symbol.asyncDispose]();
    },
  };
}

const task = { id: "daily", type: "interval", schedule: "1d", action: "mail:send" } as const;

test("[PGS-23] what is done within a transaction of the caller's commits with it", async () => {
  await using shop = await setup();
  const { client, runtime } = shop;
  await client.query("BEGIN");
  await client.query("INSERT INTO orders VALUES (1)");
  const tx = runtime.within(client);
  const run = await tx.runs.enqueue("mail:send", { order: 1 }, { key: "order-1" });
  await tx.runs.enqueueMany([{ action: "mail:send", input: 2, fifo: "line" }]);
  await tx.tasks.register(task);
  await tx.tasks.trigger("daily");
  await tx.journal.note("order.placed", { order: 1 });
  expect(await tx.runs.counts()).toMatchObject({ waiting: 3 });
  expect(await runtime.runs.counts(), "nobody else sees it yet").toMatchObject({ waiting: 0 });
  await client.query("COMMIT");
  expect(await shop.orders()).toEqual([{ id: 1 }]);
  expect(await runtime.runs.get(run.id)).toMatchObject({ state: "waiting", params: { order: 1 } });
  const events = await runtime.journal.read({ after: 0 });
  expect(events.map(({ kind }) => kind)).toEqual([
    "run.enqueued",
    "run.enqueued",
    "task.registered",
    "run.enqueued",
    "order.placed",
  ]);
  expect(new Set(events.map(({ commit }) => commit)), "one transaction is one commit").toHaveProperty(
    "size",
    1,
  );
});

test("[PGS-23] what is rolled back never was, and gives its key back", async () => {
  await using shop = await setup();
  const { client, runtime } = shop;
  await client.query("BEGIN");
  await client.query("INSERT INTO orders VALUES (1)");
  const tx = runtime.within(client);
  await tx.runs.enqueue("mail:send", 1, { key: "once" });
  await tx.tasks.register(task);
  await tx.journal.note("order.placed");
  await client.query("ROLLBACK");
  expect([await shop.orders(), await runtime.tasks.all(), await runtime.journal.read()]).toEqual([
    [],
    [],
    [],
  ]);
  expect(await runtime.runs.counts()).toMatchObject({ waiting: 0 });
  expect(await runtime.runs.enqueue("mail:send", 2, { key: "once" })).toMatchObject({ params: 2 });
});

test("[PGS-23] a savepoint of the caller's takes back what was done since, and nothing before", async () => {
  await using shop = await setup();
  const { client, runtime } = shop;
  const tx = runtime.within(client);
  await client.query("BEGIN");
  const before = await tx.runs.enqueue("mail:send", "before");
  await client.query("SAVEPOINT mine");
  const inside = await tx.runs.enqueue("mail:send", "inside");
  await client.query("ROLLBACK TO mine");
  const after = await tx.runs.enqueue("mail:send", "after");
  await client.query("COMMIT");
  const states = await Promise.all([before, inside, after].map(({ id }) => runtime.runs.get(id)));
  expect(states.map((run) => run?.params)).toEqual(["before", undefined, "after"]);
  expect((await runtime.journal.read()).map(({ subject }) => subject)).toEqual([
    `run:${after.id}`,
    `run:${before.id}`,
  ]);
});

test("[PGS-23] a call that fails spoils nothing of the transaction around it", async () => {
  await using shop = await setup();
  const { client, storage } = shop;
  await client.query("BEGIN");
  await client.query("INSERT INTO orders VALUES (1)");
  const inside = storage.within(client);
  const { world } = shop;
  await inside.runs.enqueue({ runs: world.runs(2), actor: "system", now });
  const twice = [world.run({ id: "1" }), world.run({ id: "1" })];
  await expect(inside.runs.enqueue({ runs: twice, actor: "system", now })).rejects.toMatchObject({
    code: "table.refused",
  });
  await client.query("COMMIT");
  expect([await shop.orders(), (await storage.runs.counts()).waiting]).toEqual([[{ id: 1 }], 2]);
});

test("[PGS-26] a transaction of the caller's that stays open keeps no reader and no worker waiting, and is missed by none", async () => {
  await using shop = await setup();
  const { client, runtime } = shop;
  await runtime.start();
  await client.query("BEGIN");
  const tx = runtime.within(client);
  const held = await tx.runs.enqueue("mail:send", "held");
  await tx.journal.note("order.held");
  const seen: string[] = [];
  const stop = new AbortController();
  const tail = (async () => {
    for await (const event of runtime.journal.tail({ after: 0, signal: stop.signal }))
      seen.push(event.subject);
  })();
  for (let count = 0; count < 5; count++) {
    const { id } = await runtime.runs.enqueue("mail:send", count);
    expect(await runtime.runs.wait(id, { timeout: "5s" })).toMatchObject({ state: "succeeded" });
  }
  expect(await runtime.journal.read({ subject: `run:${held.id}` })).toEqual([]);
  const committing = performance.now();
  await client.query("COMMIT");
  expect(await runtime.runs.wait(held.id, { timeout: "10s" })).toMatchObject({ state: "succeeded" });
  // A worker that nobody told looks again after five seconds.
  expect(performance.now() - committing).toBeLessThan(3_000);
  const all = (await runtime.journal.read({ after: 0 })).map((event) => event.subject);
  await expect.poll(() => seen.length).toBe(all.length);
  stop.abort();
  await tail;
  expect(seen).toEqual(all);
  expect(all.filter((one) => one === `run:${held.id}`).length).toBe(3);
});

test("[PGS-27] a connection to another database is refused, and nothing is written there", async () => {
  await using shop = await setup();
  await server.execute("CREATE DATABASE elsewhere");
  const url = new URL(server.url);
  url.pathname = "/elsewhere";
  // It has the same tables under the same names.
  const other = postgres(url.href, { schema: shop.world.schema });
  await other.open();
  const client = new Client(url.href);
  await client.connect();
  try {
    await client.query("BEGIN");
    const refused = shop.runtime.within(client).runs.enqueue("mail:send", 1);
    await expect(refused).rejects.toMatchObject({
      code: "transaction.invalid",
      message: expect.stringMatching(/"elsewhere".*"postgres"/),
    });
    await client.query("COMMIT");
    expect(await other.runs.counts()).toMatchObject({ waiting: 0 });
  } finally {
    await client.end();
    await other.close();
    await server.execute("DROP DATABASE elsewhere");
  }
});

test("[PGS-27] a connection without a transaction, one whose transaction has failed, and a pool are refused", async () => {
  await using shop = await setup();
  const { client, runtime } = shop;
  const enqueue = (): Promise<unknown> => runtime.within(client).runs.enqueue("mail:send", 1);
  await expect(enqueue()).rejects.toMatchObject({
    code: "transaction.invalid",
    message: expect.stringContaining("BEGIN"),
  });
  await client.query("BEGIN");
  await expect(client.query("SELECT 1 / 0")).rejects.toThrow();
  await expect(enqueue()).rejects.toMatchObject({
    code: "transaction.invalid",
    message: expect.stringContaining("ROLLBACK"),
  });
  await client.query("ROLLBACK");
  const pool = new Pool({ connectionString: server.url });
  expect(() => runtime.within(pool)).toThrow(expect.objectContaining({ code: "transaction.invalid" }));
  await pool.end();
  expect(await runtime.runs.counts()).toMatchObject({ waiting: 0 });
});

test("[PGS-27] whoever may only use its own database can work in a transaction, too", async () => {
  await using shop = await setup();
  await server.execute(`CREATE ROLE clerk LOGIN PASSWORD 'test';
    GRANT USAGE ON SCHEMA ${shop.world.schema} TO clerk;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${shop.world.schema} TO clerk`);
  const url = new URL(server.url);
  url.username = "clerk";
  const client = new Client(url.href);
  await client.connect();
  try {
    await client.query("BEGIN");
    await shop.runtime.within(client).runs.enqueue("mail:send", 1);
    await client.query("COMMIT");
    expect(await shop.runtime.runs.counts()).toMatchObject({ waiting: 1 });
  } finally {
    await client.end();
    await server.execute(`DROP OWNED BY clerk; DROP ROLE clerk`);
  }
});

test("[RTM-11] SQLite says what to use instead of a connection of the caller's own", async () => {
  await using runtime = await createRuntime({ storage: sqlite(":memory:") });
  const client = { query: () => Promise.resolve() };
  expect(() => runtime.within(client)).toThrow(
    expect.objectContaining({
      code: "transaction.invalid",
      message: expect.stringContaining("runtime.transaction"),
    }),
  );
});
