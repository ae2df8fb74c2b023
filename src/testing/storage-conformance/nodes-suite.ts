// Nodes and their leases: whose runs go on, and whose are taken over.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

const leaseMs = 60_000;

export function nodesSuite(rule: Rule): void {
  const recover = (world: World): Promise<readonly string[]> =>
    world.storage.runs.recover({ now: world.now });

  rule(
    "[STO-90] a node joins, renews and leaves, and the journal tells of its coming and going",
    async (world) => {
      await world.join("n2");
      await world.join("n1");
      world.now += 10;
      await world.storage.nodes.renew({ node: "n1", now: world.now, leaseMs });
      const startedAt = world.now - 10;
      assert.deepEqual(await world.storage.nodes.list(), [
        { node: "n1", startedAt, leaseUntil: world.now + leaseMs },
        { node: "n2", startedAt, leaseUntil: startedAt + leaseMs },
      ]);
      await world.storage.nodes.leave({ node: "n2", now: world.now });
      await world.storage.nodes.leave({ node: "n2", now: world.now });
      assert.deepEqual(
        (await world.storage.nodes.list()).map((node) => node.node),
        ["n1"],
      );
      assert.deepEqual(await world.kinds(), ["node.started", "node.started", "node.stopped"]);
    },
  );

  rule(
    "[STO-91] the runs of a node whose lease is over wait again, and the lost attempt counts",
    async (world) => {
      await world.join();
      const id = await world.enqueueOne({ dueAt: world.now - 7 });
      const late = await world.claimOne();
      world.now += leaseMs - 1;
      assert.deepEqual(await recover(world), []);
      world.now += 1;
      assert.deepEqual(await recover(world), [id]);
      const run = await world.get(id);
      assert.deepEqual([run.state, run.attempt, run.dueAt, run.node], ["waiting", 1, world.now, undefined]);
      const error: unknown = JSON.parse(run.error ?? "null");
      assert.equal(typeof error === "object" && error !== null && "code" in error && error.code, "run.lost");
      assert.deepEqual(await world.kinds({ subject: `run:${id}` }), [
        "run.enqueued",
        "run.started",
        "run.lost",
      ]);
      assert.equal((await world.events({ kind: "node.lost" }))[0]?.subject, "node:n1");
      assert.deepEqual(await world.storage.nodes.list(), []);
      assert.equal(await world.succeed(late), false, "the lost attempt is stale");
      assert.equal((await world.claimOne({ node: "n2" })).attempt, 2);
    },
  );

  rule("[STO-91] a lost run whose attempts are used up has failed as lost", async (world) => {
    await world.join();
    const id = await world.enqueueOne({ maxAttempts: 1 });
    await world.claimOne();
    world.now += leaseMs;
    assert.deepEqual(await recover(world), [id]);
    const run = await world.get(id);
    assert.deepEqual([run.state, run.reason, run.node], ["failed", "lost", "n1"]);
    assert.match(run.error ?? "", /run\.lost/);
  });

  rule("[STO-91] the runs of a node that renews its lease are left alone", async (world) => {
    await world.join("n1");
    await world.join("n2");
    const [mine = "", theirs = ""] = await world.enqueue({}, {});
    assert.equal((await world.claimOne({ node: "n1" })).id, mine);
    assert.equal((await world.claimOne({ node: "n2" })).id, theirs);
    world.now += leaseMs - 1;
    await world.storage.nodes.renew({ node: "n1", now: world.now, leaseMs });
    world.now += leaseMs - 1;
    assert.deepEqual(await recover(world), [theirs]);
    assert.equal((await world.get(mine)).state, "running");
  });

  rule(
    "[STO-92] a node that joins under a known name gives back what the one before it held",
    async (world) => {
      await world.join();
      const [again = "", last = ""] = await world.enqueue({}, { maxAttempts: 1 });
      assert.equal((await world.claimIds()).length, 2);
      world.now += 5;
      await world.join();
      await recover(world);
      assert.equal((await world.get(again)).state, "waiting");
      assert.equal((await world.get(last)).state, "failed");
      assert.equal((await world.claimOne()).attempt, 2);
      assert.equal((await world.storage.nodes.list()).length, 1);
    },
  );

  rule("[STO-95] a crash loses no run, whatever the node is called afterwards", async (world) => {
    for (const node of ["n1", "n2"]) {
      await world.join("n1");
      const id = await world.enqueueOne({ maxAttempts: 9 });
      await world.claimOne({ node: "n1" });
      await world.reopen();
      await world.join(node);
      world.now += leaseMs;
      await world.storage.nodes.renew({ node, now: world.now, leaseMs });
      await recover(world);
      assert.equal((await world.get(id)).state, "waiting");
      await world.cancel(id);
    }
  });

  rule("[STO-93] a renewal after the lease was lost is a new lease", async (world) => {
    await world.join();
    world.now += leaseMs;
    await recover(world);
    await world.storage.nodes.renew({ node: "n1", now: world.now, leaseMs });
    const id = await world.enqueueOne();
    await world.claimOne();
    world.now += leaseMs;
    assert.deepEqual(await recover(world), [id], "what it claimed since is found when it dies");
  });

  rule("[STO-94] what a node still holds when it leaves is taken over", async (world) => {
    await world.join();
    const id = await world.enqueueOne();
    await world.claimOne();
    await world.storage.nodes.leave({ node: "n1", now: world.now });
    world.now += leaseMs;
    await recover(world);
    assert.equal((await world.get(id)).state, "waiting");
    assert.equal((await world.claimOne({ node: "n2" })).id, id);
  });
}
