import { afterAll, expect, test } from "vitest";
import { createRuntime, type Runtime } from "../../src/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { claimOf, now, succeeded, until, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

const terminateAll =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";

/** Enqueues one by one, and keeps the ids that were acknowledged. */
async function enqueueAll(runtime: Runtime, count: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let number = 0; number < count; number++) {
    try {
      acknowledged.push((await runtime.runs.enqueue("test:count", { number })).id);
    } catch (error) {
      expect(error).toMatchObject({ code: "storage.busy", family: "unavailable" });
    }
  }
  return acknowledged;
}

/** Whatever happens to the server in the middle: nothing acknowledged is lost, and nothing ends twice. */
async function survives(world: World, trouble: () => Promise<void>): Promise<void> {
  const storage = postgres(server.url, { schema: world.schema });
  await using runtime = await createRuntime({ storage, node: "n1", work: { concurrency: 20 } });
  runtime.action("test:count", { run: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) });
  await runtime.start();
  const half = enqueueAll(runtime, 300);
  await until(async () => (await runtime.runs.counts()).succeeded > 30);
  await trouble();
  const acknowledged = [...(await half), ...(await enqueueAll(runtime, 50))];
  expect(acknowledged.length).toBeGreaterThan(50);
  await until(async () => {
    const counts = await runtime.runs.counts();
    return counts.waiting + counts.running === 0;
  }, 25_000);
  for (const id of acknowledged) expect((await runtime.runs.get(id))?.state).toBe("succeeded");
  const ends = await world.execute(
    "SELECT number_journal(); SELECT subject, count(*)::integer AS n FROM journal, unnest(subjects) AS subject WHERE kind = 'run.succeeded' GROUP BY subject HAVING count(*) > 1",
  );
  expect(ends).toEqual([]);
  expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
}

test("[PGS-30] a server that restarts in the middle loses nothing that was acknowledged, and work goes on by itself", async () => {
  await using world = new World(server);
  await survives(world, async () => {
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.start();
  });
});

test("[PGS-31] connections that are all terminated, twice, are made anew", async () => {
  await using world = new World(server);
  await survives(world, async () => {
    await server.execute(terminateAll);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await server.execute(terminateAll);
  });
});

test("[PGS-32] while the server is away, reads wait for it, and what cannot wait fails as unavailable", async () => {
  await using world = new World(server);
  const storage = await world.node();
  await storage.runs.enqueue({ runs: world.runs(1), actor: "system", now });
  await server.stop();
  const reading = storage.runs.counts();
  const writing = storage.runs.enqueue({ runs: world.runs(1), actor: "system", now });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await server.start();
  expect((await reading).waiting).toBeGreaterThanOrEqual(1);
  await writing;
  expect(await storage.runs.counts()).toMatchObject({ waiting: 2 });
});

test("[PGS-33] nothing is told of a commit that the connection did not survive: asked again, it is stale or done", async () => {
  await using world = new World(server);
  const storage = await world.node();
  await storage.runs.enqueue({ runs: world.runs(1), actor: "system", now });
  const { runs } = await storage.runs.claim(claimOf("n1"));
  await storage.runs.settle({ node: "n1", outcomes: runs.map(succeeded) });
  expect(await storage.runs.settle({ node: "n1", outcomes: runs.map(succeeded) })).toEqual(
    runs.map((run) => run.id),
  );
  expect(await storage.runs.counts()).toMatchObject({ succeeded: 1, running: 0 });
});
