// What holds work back by order of people: kill switches, clusters and limits; and that each lets go again.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

export function holdsSuite(rule: Rule): void {
  const scopes = ["all", "cluster:c1", "action:mail:send", "task:t1"];
  for (const scope of scopes) {
    rule(
      `[STO-45] after a kill of ${scope} no claim takes its runs, and a restore lets them go`,
      async (world) => {
        const held = await world.enqueueOne({ cluster: "c1", taskId: "t1" });
        const free = await world.enqueueOne({ action: "page:fetch", cluster: "c2", taskId: "t2" });
        await world.kill(scope);
        assert.deepEqual(await world.claimIds(), scope === "all" ? [] : [free]);
        const later = await world.enqueueOne({ cluster: "c1", taskId: "t1" });
        assert.deepEqual(await world.claimIds(), []);
        assert.equal(await world.restore(scope), true);
        assert.deepEqual(await world.claimIds(), scope === "all" ? [held, free, later] : [held, later]);
      },
    );
  }

  rule("[STO-45] a kill leaves running work alone", async (world) => {
    await world.enqueueOne();
    const running = await world.claimOne();
    await world.kill("all");
    assert.equal(await world.succeed(running), true);
  });

  rule("[STO-45] a run under several switches waits until the last is lifted", async (world) => {
    const id = await world.enqueueOne({ cluster: "c1" });
    await world.kill("cluster:c1");
    await world.kill("action:mail:send");
    assert.deepEqual(await world.claimIds(), []);
    await world.restore("cluster:c1");
    assert.deepEqual(await world.claimIds(), []);
    await world.restore("action:mail:send");
    assert.deepEqual(await world.claimIds(), [id]);
  });

  rule("[STO-46] a switch with an end lifts itself then, and the claim says when", async (world) => {
    for (const scope of ["all", "cluster:c1"]) {
      const id = await world.enqueueOne({ cluster: "c1" });
      await world.kill(scope, world.now + 500);
      assert.deepEqual(await world.claim(), { runs: [], nextDueAt: world.now + 500 });
      world.now += 499;
      assert.deepEqual(await world.claimIds(), []);
      world.now += 1;
      assert.deepEqual(await world.claimIds(), [id]);
      assert.deepEqual((await world.storage.control.state()).switches, []);
      assert.equal(await world.restore(scope), false);
    }
    assert.equal((await world.events({ kind: "switch.restored" })).length, 2);
  });

  exemptRules(rule);

  rule("[STO-48] runs of a disabled cluster wait until it is enabled", async (world) => {
    const [held = "", free = ""] = await world.enqueue({ cluster: "c1" }, { cluster: "c2" });
    await world.cluster({ id: "c1", enabled: false, reason: "rebuild" });
    assert.deepEqual(await world.claimIds(), [free]);
    assert.match((await world.get(held)).reason ?? "", /c1/);
    await world.cluster({ id: "c1", enabled: true });
    assert.deepEqual(await world.claimIds(), [held]);
  });

  limitRules(rule);
}

function exemptRules(rule: Rule): void {
  const exempt = { action: "kill_switch:disable", cluster: "c1", taskId: "t1" };

  rule(
    "[STO-47] the control actions run while everything is killed and their cluster is disabled",
    async (world) => {
      await world.kill("all");
      await world.kill("action:kill_switch:disable");
      await world.kill("task:t1");
      await world.cluster({ id: "c1", enabled: false });
      await world.enqueue({ priority: 9 });
      const ids = await world.enqueue(
        exempt,
        { action: "cluster:enable" },
        { action: "kill_switch:enable", cluster: "c1" },
      );
      assert.deepEqual(new Set(await world.claimIds()), new Set(ids));
    },
  );

  /** Wherever a control action had to wait, it comes back to the line that no switch holds. */
  const waits: readonly (readonly [string, (world: World) => Promise<unknown>])[] = [
    [
      "in a lane",
      async (world) => {
        const lanes = [{ key: "one", limit: 1 }];
        const [first = ""] = await world.enqueue({ ...exempt, lanes }, { ...exempt, lanes });
        assert.deepEqual(await world.claimIds(), [first]);
        assert.deepEqual(await world.claimIds(), []);
        await world.succeed({ id: first, attempt: 1 });
      },
    ],
    [
      "behind a limit that is changed",
      async (world) => {
        await world.cluster({ id: "c1", limit: { limit: 0, perMs: 1_000 } });
        await world.enqueue(exempt);
        assert.deepEqual(await world.claimIds(), []);
        await world.cluster({ id: "c1", limit: null });
      },
    ],
    [
      "behind a limit",
      async (world) => {
        await world.cluster({ id: "c1", limit: { limit: 1, perMs: 1_000 } });
        await world.enqueue(exempt, exempt);
        assert.equal((await world.claimIds()).length, 1);
        assert.deepEqual(await world.claimIds(), []);
        world.now += 1_000;
      },
    ],
    [
      "for its next attempt",
      async (world) => {
        await world.enqueue(exempt);
        await world.settle(await world.claimOne(), { kind: "return" });
      },
    ],
    [
      "for a new node",
      async (world) => {
        await world.join();
        await world.enqueue(exempt);
        await world.claimOne();
        world.now += 60_000;
        await world.storage.runs.recover({ now: world.now });
      },
    ],
    [
      "as failed and was redriven",
      async (world) => {
        const id = await world.enqueueOne(exempt);
        await world.fail(await world.claimOne());
        await world.storage.runs.redrive({ ids: [id], actor: "user:suite", now: world.now });
      },
    ],
  ];
  for (const [name, wait] of waits) {
    rule(
      `[STO-47] a control action that waited ${name} still runs while everything is killed`,
      async (world) => {
        await world.kill("all");
        await wait(world);
        assert.equal((await world.claim({ node: "n2" })).runs.length, 1);
      },
    );
  }
}

function limitRules(rule: Rule): void {
  rule(
    "[STO-49] a limit lets its burst start at once and then one per interval, and the claim says when",
    async (world) => {
      await world.cluster({ id: "c1", limit: { limit: 10, perMs: 1_000, burst: 3 } });
      const ids = await world.enqueue(...Array.from({ length: 5 }, () => ({ cluster: "c1" })));
      const first = await world.claim();
      assert.deepEqual(
        first.runs.map((run) => run.id),
        ids.slice(0, 3),
      );
      assert.equal(first.nextDueAt, world.now + 100);
      world.now += 99;
      assert.deepEqual(await world.claimIds(), []);
      world.now += 1;
      assert.deepEqual(await world.claimIds(), [ids[3]]);
      assert.deepEqual(await world.claimIds(), []);
      world.now += 100;
      assert.deepEqual(await world.claimIds(), [ids[4]]);
    },
  );

  rule("[STO-49] a limit of less than one per period still lets one through per interval", async (world) => {
    await world.cluster({ id: "c1", limit: { limit: 0.5, perMs: 1_000 } });
    const ids = await world.enqueue({ cluster: "c1" }, { cluster: "c1" });
    assert.deepEqual(await world.claimIds(), [ids[0]]);
    world.now += 1_999;
    assert.deepEqual(await world.claimIds(), []);
    world.now += 1;
    assert.deepEqual(await world.claimIds(), [ids[1]]);
  });

  rule("[STO-49] a limit holds back its own cluster only, and says so", async (world) => {
    await world.cluster({ id: "c1", limit: { limit: 1, perMs: 60_000 } });
    const ids = await world.enqueue({ cluster: "c1" }, { cluster: "c1" }, { cluster: "c2" }, {});
    assert.deepEqual(await world.claimIds(), [ids[0], ids[2], ids[3]]);
    assert.match((await world.get(ids[1] ?? "")).reason ?? "", /limit.*c1/);
  });

  rule("[STO-49] a run that has to wait for a lane does not use up the limit", async (world) => {
    const lanes = [{ key: "one", limit: 1 }];
    await world.cluster({ id: "c1", limit: { limit: 2, perMs: 60_000 } });
    await world.enqueue({ cluster: "c1", lanes }, { cluster: "c1", lanes }, { cluster: "c1" });
    const claimed = await world.claimIds();
    assert.equal(claimed.length, 2, "one of the lane and the one without");
  });

  rule(
    "[STO-50] a limit of 0 lets nothing through, and the claim does not ask to be made again",
    async (world) => {
      await world.cluster({ id: "c1", limit: { limit: 0, perMs: 1_000 } });
      await world.enqueueOne({ cluster: "c1" });
      assert.deepEqual(await world.claim(), { runs: [] });
      world.now += 1e9;
      assert.deepEqual(await world.claim(), { runs: [] });
    },
  );

  for (const limit of [null, { limit: 5, perMs: 1_000 }]) {
    rule(
      `[STO-50] a limit that is ${limit === null ? "taken away" : "changed"} lets go of what it held`,
      async (world) => {
        await world.cluster({ id: "c1", limit: { limit: 1, perMs: 1e9 } });
        const ids = await world.enqueue({ cluster: "c1" }, { cluster: "c1" }, { cluster: "c1" });
        assert.equal((await world.claimIds()).length, 1);
        await world.cluster({ id: "c1", limit });
        assert.deepEqual(await world.claimIds(), ids.slice(1));
      },
    );
  }

  rule("[STO-51] a clock that is set back does not close a limit until it has caught up", async (world) => {
    await world.cluster({ id: "c1", limit: { limit: 2, perMs: 1_000 } });
    await world.enqueue(...Array.from({ length: 4 }, () => ({ cluster: "c1", dueAt: 0 })));
    assert.equal((await world.claimIds()).length, 2);
    world.now -= 86_400_000;
    let started = 0;
    for (let step = 0; step < 20; step++) {
      started += (await world.claimIds()).length;
      world.now += 500;
    }
    assert.equal(started, 2);
  });

  rule(
    "[STO-85] what waits because everything is killed is no backlog that anybody has to look at",
    async (world) => {
      const isWell = async (): Promise<boolean | undefined> =>
        (await world.storage.inspect({ now: world.now })).find(({ what }) => what === "queue")?.ok;
      await world.storage.nodes.join({ node: "n1", now: world.now, leaseMs: 3_600_000 });
      await world.enqueueOne();
      world.now += 600_000;
      assert.equal(await isWell(), false);
      await world.kill("all", world.now + 5);
      assert.equal(await isWell(), true);
      world.now += 10;
      assert.equal(await isWell(), false);
    },
  );
}
