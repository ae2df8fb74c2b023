// Runs in line: what enqueueing keeps, and which of them a claim takes.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";

export function claimSuite(rule: Rule): void {
  rule("[STO-10] an enqueued run waits under its id with everything it was given", async (world) => {
    const given = world.run({
      params: '{"to":"é\\ud83d"}',
      taskId: "t1",
      scheduledFor: world.now - 5,
      dueAt: world.now + 7,
      priority: -3,
      maxAttempts: 9,
      passes: 4,
      cluster: "c1",
      parentId: "parent",
      tags: ["a", 'b"c'],
      options: '{"timeoutMs":5}',
    });
    await world.storage.runs.enqueue({ runs: [given], actor: "user:suite", now: world.now });
    const { lanes: _lanes, rates: _rates, ...kept } = given;
    const { options: _options, ...record } = await world.get(given.id);
    const { options: _alsoOptions, ...expected } = kept;
    assert.deepEqual(record, { ...expected, state: "waiting", attempt: 0, pass: 1 });
    const [event] = await world.events({ subject: `run:${given.id}` });
    assert.equal(event?.kind, "run.enqueued");
    assert.equal(event?.actor, "user:suite");
    assert.equal(event?.parent, "task:t1");
  });

  rule("[STO-10] a run that was never made is not found", async ({ storage }) => {
    assert.equal(await storage.runs.get({ id: "nobody" }), undefined);
  });

  rule("[STO-11] runs are claimed by priority, then by due time, then by id", async (world) => {
    world.now += 100;
    const due = (dueAt: number, priority: number): { dueAt: number; priority: number } => ({
      dueAt,
      priority,
    });
    const ids = await world.enqueue(
      due(world.now, 0),
      due(world.now - 50, 0),
      due(world.now, 5),
      due(world.now - 90, -5),
      due(world.now, 0),
      due(world.now - 1, 5),
    );
    const claimed = [...(await world.claimIds({ limit: 2 })), ...(await world.claimIds({ limit: 4 }))];
    assert.deepEqual(
      claimed.map((id) => ids.indexOf(id)),
      [5, 2, 1, 0, 4, 3],
    );
  });

  rule("[STO-12] no run is claimed before it is due, and the claim says when to ask again", async (world) => {
    await world.enqueue({ dueAt: world.now + 10, priority: 1 }, { dueAt: world.now + 5 });
    assert.deepEqual(await world.claim(), { runs: [], nextDueAt: world.now + 5 });
    world.now += 4;
    assert.deepEqual((await world.claim()).runs, []);
    world.now += 1;
    const first = await world.claim();
    assert.equal(first.runs.length, 1);
    assert.equal(first.nextDueAt, world.now + 5);
    world.now += 5;
    const second = await world.claim();
    assert.equal(second.runs.length, 1);
    assert.equal(second.nextDueAt, undefined);
  });

  rule("[STO-12] a claim that takes fewer than it was asked for has left nothing behind", async (world) => {
    await world.enqueue({}, {}, {}, {}, {});
    const taken: number[] = [];
    for (let turn = 0; turn < 3; turn++) taken.push((await world.claimIds({ limit: 2 })).length);
    assert.deepEqual(taken, [2, 2, 1]);
  });

  rule(
    "[STO-13] a claim takes only the actions it names, and the others wait for a node that can",
    async (world) => {
      const [mine, other] = await world.enqueue(
        { action: "mail:sort", priority: 1 },
        { action: "page:fetch" },
      );
      const named = await world.claim({ actions: ["page:fetch"] });
      assert.deepEqual(
        named.runs.map((run) => run.id),
        [other],
      );
      assert.deepEqual(await world.claimIds({ actions: [] }), []);
      assert.deepEqual(await world.claimIds({ node: "n2", actions: ["mail:sort"] }), [mine]);
    },
  );

  rule("[STO-13] work of other actions does not make a node ask again and again", async (world) => {
    await world.enqueue({ action: "mail:sort" }, { action: "mail:sort", priority: 3 });
    await world.enqueue({ action: "page:fetch", dueAt: world.now + 500, priority: 2 });
    assert.deepEqual(await world.claim({ actions: ["page:fetch"] }), {
      runs: [],
      nextDueAt: world.now + 500,
    });
  });

  rule("[STO-14] claims made at the same time never take the same run", async (world) => {
    await world.enqueue(...Array.from({ length: 40 }, () => ({})));
    const nodes = ["n1", "n2", "n3", "n4"];
    const taken = await Promise.all(nodes.map((node) => world.claimIds({ node, limit: 12 })));
    assert.ok(taken.every((ids) => ids.length <= 12));
    const all = [...taken.flat(), ...(await world.claimIds())];
    assert.equal(all.length, 40);
    assert.equal(new Set(all).size, 40);
  });

  rule(
    "[STO-15] a claimed run is running on its node, one attempt further, and the journal says so",
    async (world) => {
      const id = await world.enqueueOne({
        taskId: "t1",
        options: '{"timeoutMs":5}',
        params: "[1]",
        passes: 2,
      });
      world.now += 3;
      const claimed = await world.claimOne({ node: "n7" });
      assert.deepEqual(claimed, {
        id,
        fence: claimed.fence,
        action: "mail:send",
        params: "[1]",
        taskId: "t1",
        scheduledFor: world.now - 3,
        attempt: 1,
        maxAttempts: 3,
        pass: 1,
        passes: 2,
        options: '{"timeoutMs":5}',
      });
      const run = await world.get(id);
      assert.equal(run.state, "running");
      assert.equal(run.node, "n7");
      assert.equal(run.startedAt, world.now);
      assert.equal(run.attempt, 1);
      const started = await world.events({ subject: `run:${id}`, kind: "run.started" });
      assert.equal(started.length, 1);
      assert.equal(started[0]?.actor, "node:n7");
    },
  );
}
