import { afterAll, expect, test } from "vitest";
import { postgresServer } from "../support/postgres-server.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";
import { claimOf, now, succeeded, until, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

test("[PGS-1] nodes that claim at the same time never get the same run", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node(), world.node()]);
  const [first] = nodes;
  await first?.runs.enqueue({ runs: world.runs(2_000), actor: "system", now });
  const taken: string[] = [];
  const claim = (index: number) => nodes[index]!.runs.claim(claimOf(`n${index}`, 37));
  // All at once, while there is more than enough for everybody: none waits for another, none goes away empty.
  const begun = await Promise.all(nodes.map((_node, index) => claim(index)));
  expect(begun.map(({ runs }) => runs.length)).toEqual([37, 37, 37, 37]);
  const work = async (index: number): Promise<void> => {
    for (let runs = begun[index]!.runs; runs.length > 0; runs = (await claim(index)).runs) {
      taken.push(...runs.map((run) => run.id));
      const stale = await nodes[index]!.runs.settle({ node: `n${index}`, outcomes: runs.map(succeeded) });
      expect(stale).toEqual([]);
    }
  };
  await Promise.all(nodes.map((_node, index) => work(index)));
  expect(taken.length).toBe(2_000);
  expect(new Set(taken).size).toBe(2_000);
  expect(await first?.runs.counts()).toMatchObject({ waiting: 0, running: 0, succeeded: 2_000 });
});

test("[PGS-1] lanes, limits and clusters do not let two nodes have the same run, nor one too many", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node()]);
  const lanes = [{ key: "narrow", limit: 3 }];
  const rates = [{ key: "slow", limit: 40, perMs: 1_000, burst: 40 }];
  await nodes[0]?.runs.enqueue({ runs: world.runs(60, { lanes }), actor: "system", now });
  await nodes[0]?.runs.enqueue({ runs: world.runs(60, { rates }), actor: "system", now });
  const results = await Promise.all(
    nodes.flatMap((node, index) => [
      node.runs.claim(claimOf(`n${index}`)),
      node.runs.claim(claimOf(`n${index}`)),
    ]),
  );
  const taken = results.flatMap((result) => result.runs.map((run) => run.id));
  expect(new Set(taken).size).toBe(taken.length);
  // Three seats of the lane, and a burst of forty.
  expect(taken.length).toBe(43);
});

test("[PGS-1] a lane is full at every moment of a drain by several nodes, and never fuller", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node()]);
  const lanes = [{ key: "narrow", limit: 2 }];
  await nodes[0]?.runs.enqueue({ runs: world.runs(40, { lanes }), actor: "system", now });
  let running = 0;
  let most = 0;
  let done = 0;
  const work = async (index: number): Promise<void> => {
    while (done < 40) {
      const { runs } = await nodes[index]!.runs.claim(claimOf(`n${index}`));
      running += runs.length;
      most = Math.max(most, running);
      running -= runs.length;
      done += runs.length;
      if (runs.length > 0)
        await nodes[index]!.runs.settle({ node: `n${index}`, outcomes: runs.map(succeeded) });
      else await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await Promise.all(nodes.map((_node, index) => work(index)));
  expect(most).toBeLessThanOrEqual(2);
  expect(await world.execute("SELECT * FROM lane")).toEqual([]);
  expect((await nodes[0].inspect({ now })).filter((finding) => !finding.ok)).toEqual([]);
});

test("[PGS-2] a claim passes over rows that another transaction holds, and takes those behind them", async () => {
  await using world = new World(server);
  const [one, other] = await Promise.all([world.node(), world.node()]);
  const runs = world.runs(10);
  await one.runs.enqueue({ runs, actor: "system", now });
  await one.transaction(
    async (inside) => {
      const held = await inside.runs.claim(claimOf("n1", 4));
      expect(held.runs.map((run) => run.id)).toEqual(runs.slice(0, 4).map((run) => run.id));
      const beside = await other.runs.claim(claimOf("n2"));
      expect(beside.runs.map((run) => run.id)).toEqual(runs.slice(4).map((run) => run.id));
    },
    { timeoutMs: 5_000 },
  );
});

test("[PGS-3] no claim commits after a kill switch has", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node(), world.node()]);
  const [killer, ...claimers] = nodes;
  await killer.runs.enqueue({ runs: world.runs(3_000), actor: "system", now });
  for (const round of [1, 2, 3]) {
    const over = new AbortController();
    const working = claimers.map(async (node, index) => {
      while (!over.signal.aborted) await node.runs.claim(claimOf(`n${index}`, 7));
    });
    await new Promise((resolve) => setTimeout(resolve, 40));
    await killer.control.kill({ scope: "all", reason: "drill", actor: "user:ann", at: now + round });
    for (const node of claimers) expect((await node.runs.claim(claimOf("late"))).runs).toEqual([]);
    over.abort();
    await Promise.all(working);
    const events = await killer.journal.read({ limit: 1_000_000 });
    const kill = events.find((event) => event.kind === "switch.killed");
    const after = events.filter((event) => event.kind === "run.started" && event.seq > (kill?.seq ?? 0));
    expect(kill).toBeDefined();
    expect(after).toEqual([]);
    expect(events.some((event) => event.kind === "run.started" && event.seq < (kill?.seq ?? 0))).toBe(true);
    await killer.control.restore({ scope: "all", actor: "user:ann", now });
  }
});

test("[PGS-4] what a claim took whose answer was lost with the connection is given to the next claim", async () => {
  await using wire = await tcpProxy(Number(new URL(server.url).port));
  await using world = new World(server);
  const [node, watcher] = await Promise.all([world.node(wire.port), world.node()]);
  const runs = world.runs(5);
  // From the second claim on it is one statement.
  for (let count = 0; count < 2; count++) expect((await node.runs.claim(claimOf("n1"))).runs).toEqual([]);
  await node.runs.enqueue({ runs, actor: "system", now });
  wire.swallow();
  const claim = node.runs.claim(claimOf("n1", 3));
  claim.catch(() => undefined);
  await until(async () => (await watcher.runs.counts()).running === 3);
  wire.cut();
  await expect(claim).rejects.toMatchObject({ code: "storage.busy" });
  // Two at the same time: neither gives what the other does.
  const [again, beside] = await Promise.all([node.runs.claim(claimOf("n1")), node.runs.claim(claimOf("n1"))]);
  expect(again.runs.map((run) => [run.id, run.attempt])).toEqual(runs.slice(0, 3).map((run) => [run.id, 1]));
  expect(again.nextDueAt).toBe(now);
  expect(beside.runs.map((run) => run.id)).toEqual(runs.slice(3).map((run) => run.id));
  expect(await watcher.runs.counts()).toMatchObject({ running: 5, waiting: 0 });
});

test("[PGS-4] the same where the runs had to be judged", async () => {
  await using wire = await tcpProxy(Number(new URL(server.url).port));
  await using world = new World(server);
  const [node, watcher] = await Promise.all([world.node(wire.port), world.node()]);
  const runs = world.runs(3, { lanes: [{ key: "wide", limit: 10 }] });
  await node.runs.enqueue({ runs, actor: "system", now });
  await world.execute(`
    CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER hold_up AFTER UPDATE ON run DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_up()`);
  const claim = node.runs.claim(claimOf("n1"));
  claim.catch(() => undefined);
  // The commit has been sent and takes a while.
  await until(async () => {
    const busy = await world.server.execute(
      "SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'",
    );
    return busy.length > 0;
  });
  wire.swallow();
  await until(async () => (await watcher.runs.counts()).running === 3);
  wire.cut();
  await expect(claim).rejects.toMatchObject({ code: "storage.busy" });
  await world.execute("DROP TRIGGER hold_up ON run");
  expect((await node.runs.claim(claimOf("n1"))).runs.map((run) => run.id)).toEqual(runs.map((run) => run.id));
});

test("[PGS-5] runs of one line go one at a time, in their order, whichever node takes them", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node()]);
  const lines = ["a", "b", "c", "d"];
  const order = new Map(lines.map((line): [string, string[]] => [line, []]));
  await Promise.all(
    lines.flatMap((fifo) =>
      nodes.map((node) =>
        node.runs.enqueue({
          runs: world.runs(5, { fifo, params: JSON.stringify(fifo) }),
          actor: "system",
          now,
        }),
      ),
    ),
  );
  const active = new Set<string>();
  let done = 0;
  const work = async (index: number): Promise<void> => {
    while (done < 60) {
      const { runs } = await nodes[index]!.runs.claim(claimOf(`n${index}`, 2));
      for (const run of runs) {
        expect(active.has(run.params)).toBe(false);
        active.add(run.params);
        order.get(JSON.parse(run.params))?.push(run.id);
      }
      if (runs.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      for (const run of runs) {
        active.delete(run.params);
        await nodes[index]!.runs.settle({ node: `n${index}`, outcomes: [succeeded(run)] });
        done += 1;
      }
    }
  };
  await Promise.all(nodes.map((_node, index) => work(index)));
  for (const ids of order.values()) expect(ids.length).toBe(15);
  expect(await world.execute("SELECT * FROM fifo")).toEqual([]);
});

test("[PGS-6] a key is given away once, however many nodes ask for it at the same time", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([world.node(), world.node(), world.node()]);
  const keys = Array.from({ length: 20 }, (_, index) => `order-${index}`);
  const answers = await Promise.all(
    nodes.flatMap((node) =>
      keys.map((key) => node.runs.enqueue({ runs: [world.run({ key })], actor: "system", now })),
    ),
  );
  expect(answers.filter((conflicts) => conflicts.length === 0).length).toBe(keys.length);
  expect(await nodes[0].runs.counts()).toMatchObject({ waiting: keys.length });
});
