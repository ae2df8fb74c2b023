import { afterAll, expect, test } from "vitest";
import { createRuntime } from "../../src/index.ts";
import { postgres } from "../../src/postgres/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { claimOf, succeeded, until, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

/** What the longest pause between two looks allows, and something for a busy machine. */
const secondsMs = 8_000;

test("[PGS-28] what a node ran that is gone is taken over within seconds of the end of its lease, and goes on or has failed as lost", async () => {
  await using world = new World(server);
  const gone = await world.node();
  const time = gone.clock;
  const again = world.run();
  const last = world.run({ maxAttempts: 1 });
  await gone.nodes.join({ node: "gone", now: time.now(), leaseMs: 1_000 });
  await gone.runs.enqueue({ runs: [again, last], actor: "system", now: time.now() });
  const { runs: held } = await gone.runs.claim({ ...claimOf("gone"), now: time.now() });
  expect(held.map((run) => run.id)).toEqual([again.id, last.id]);
  const lostAt = time.now() + 1_000;

  await using runtime = await createRuntime({
    storage: postgres(server.url, { schema: world.schema }),
    node: "next",
  });
  const attempts: number[] = [];
  runtime.action("mail:send", { run: (_input, ctx) => void attempts.push(ctx.attempt) });
  await runtime.start();
  await until(async () => {
    const { waiting, running } = await runtime.runs.counts();
    return waiting + running === 0;
  }, secondsMs + 10_000);
  expect(time.now()).toBeGreaterThanOrEqual(lostAt);
  expect(time.now() - lostAt).toBeLessThan(secondsMs);
  expect(attempts).toEqual([2]);
  expect(await runtime.runs.get(again.id)).toMatchObject({ state: "succeeded", attempt: 2, node: "next" });
  expect(await runtime.runs.get(last.id)).toMatchObject({ state: "failed", reason: "lost", attempt: 1 });

  // The node was only cut off, and says what it has to say.
  const said = await gone.runs.settle({ node: "gone", outcomes: held.map(succeeded) });
  expect(said).toEqual(held.map((run) => run.id));
  const told = await gone.runs.progress({
    node: "gone",
    id: again.id,
    fence: held[0]?.fence ?? 0,
    fraction: 0.5,
    now: time.now(),
  });
  expect(told).toBe(false);
  expect(await runtime.runs.get(again.id)).toMatchObject({ state: "succeeded", attempt: 2, node: "next" });
  expect(await runtime.runs.get(last.id)).toMatchObject({ state: "failed", reason: "lost" });
  const events = await runtime.journal.read({ after: 0, subject: `run:${again.id}` });
  expect(events.map((event) => `${event.kind} ${event.actor}`)).toEqual([
    "run.enqueued system",
    "run.started node:gone",
    "run.lost system",
    "run.started node:next",
    "run.succeeded node:next",
    "run.stale node:gone",
    "run.stale node:gone",
  ]);
});
