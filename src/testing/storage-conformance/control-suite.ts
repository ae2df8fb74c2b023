// Switches, clusters and limits as they are kept and changed. What they do to runs is in holds-suite.ts.
import assert from "node:assert/strict";
import { takeOne } from "../../run/gcra.ts";
import type { Rule } from "./conformance.ts";

export function controlSuite(rule: Rule): void {
  rule("[STO-80] a switch is kept with its reason, actor, time and end, and journaled", async (world) => {
    await world.kill("task:t1", world.now + 9);
    await world.kill("all");
    const { switches } = await world.storage.control.state();
    const base = { reason: "drill", actor: "user:suite", at: world.now };
    assert.deepEqual(switches, [
      { scope: "all", ...base },
      { scope: "task:t1", ...base, until: world.now + 9 },
    ]);
    const events = await world.events();
    assert.deepEqual(
      events.map(({ kind, subject, actor, label }) => [kind, subject, actor, label]),
      [
        ["switch.killed", "switch:task:t1", "user:suite", "drill"],
        ["switch.killed", "switch:all", "user:suite", "drill"],
      ],
    );
  });

  rule("[STO-80] killing a scope again replaces what was said of it", async (world) => {
    await world.kill("all", world.now + 5);
    await world.storage.control.kill({
      scope: "all",
      reason: "for good",
      actor: "user:ann",
      at: world.now + 1,
    });
    const { switches } = await world.storage.control.state();
    assert.deepEqual(switches, [{ scope: "all", reason: "for good", actor: "user:ann", at: world.now + 1 }]);
  });

  rule("[STO-81] a restore tells whether the scope was killed, and journals only then", async (world) => {
    await world.kill("all");
    assert.equal(await world.restore("task:t1"), false);
    assert.equal(await world.restore("all"), true);
    assert.equal(await world.restore("all"), false);
    assert.deepEqual(await world.kinds(), ["switch.killed", "switch.restored"]);
    assert.deepEqual((await world.storage.control.state()).switches, []);
  });

  rule("[STO-82] a change of a cluster creates it or leaves the rest of it alone", async (world) => {
    const change = (one: Parameters<typeof world.cluster>[0]): Promise<unknown> =>
      world.storage.control.changeCluster({ change: one, actor: "user:suite", now: world.now });
    assert.deepEqual(await change({ id: "c2", label: "Two" }), { id: "c2", enabled: true, label: "Two" });
    const limit = { limit: 2.5, perMs: 60_000, burst: 4 };
    assert.deepEqual(await change({ id: "c2", limit }), { id: "c2", enabled: true, label: "Two", limit });
    const off = { id: "c2", enabled: false, label: "Two", reason: "rebuild", limit };
    assert.deepEqual(await change({ id: "c2", enabled: false, reason: "rebuild" }), off);
    assert.deepEqual(await change({ id: "c2", label: "Second" }), { ...off, label: "Second" });
    await change({ id: "c1", enabled: false });
    const { clusters } = await world.storage.control.state();
    assert.deepEqual(clusters, [
      { id: "c1", enabled: false },
      { ...off, label: "Second" },
    ]);
    const on = await change({ id: "c2", enabled: true, limit: null });
    assert.deepEqual(on, { id: "c2", enabled: true, label: "Second" });
  });

  rule(
    "[STO-82] the journal tells what of a cluster changed, with before and after, and nothing when nothing did",
    async (world) => {
      await world.cluster({ id: "c1" });
      await world.cluster({ id: "c1", enabled: true });
      await world.cluster({ id: "c1", limit: { limit: 5, perMs: 1_000 } });
      await world.cluster({ id: "c1", limit: { limit: 5, perMs: 1_000 } });
      await world.cluster({ id: "c1", enabled: false, reason: "rebuild" });
      await world.cluster({ id: "c1", enabled: false, reason: "rebuild" });
      await world.cluster({ id: "c1", enabled: true });
      await world.cluster({ id: "c1", limit: null });
      const events = await world.events({ subject: "cluster:c1" });
      assert.deepEqual(
        events.map((event) => event.kind),
        ["cluster.defined", "limit.updated", "cluster.disabled", "cluster.enabled", "limit.updated"],
      );
      assert.deepEqual(
        events
          .filter((event) => event.kind === "limit.updated")
          .map((event) => JSON.parse(event.data ?? "{}")),
        [
          { before: null, after: { limit: 5, perMs: 1_000 } },
          { before: { limit: 5, perMs: 1_000 }, after: null },
        ],
      );
      assert.equal(events[2]?.label, "rebuild");
    },
  );

  rule("[STO-83] a unit of a limit is given as the rule of cells says", async (world) => {
    const limit = { limit: 3, perMs: 700, burst: 2 };
    await world.cluster({ id: "c1", limit });
    assert.equal(await world.storage.control.take({ clusterId: "unlimited", now: world.now }), undefined);
    let tat: number | undefined;
    for (const wait of [0, 0, 0, 100, 133, 1, 2_000, 0, 0, 234]) {
      world.now += wait;
      const expected = takeOne(limit, tat, world.now);
      assert.deepEqual(await world.storage.control.take({ clusterId: "c1", now: world.now }), expected);
      tat = expected.tat;
    }
  });

  rule(
    "[STO-83] takes made at the same time and claims share one limit and never exceed it",
    async (world) => {
      await world.cluster({ id: "c1", limit: { limit: 6, perMs: 60_000 } });
      await world.enqueue({ cluster: "c1" }, { cluster: "c1" });
      assert.equal((await world.claimIds()).length, 2);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => world.storage.control.take({ clusterId: "c1", now: world.now })),
      );
      assert.equal(answers.filter((answer) => answer?.allowed).length, 4);
      await world.enqueue({ cluster: "c1" });
      assert.deepEqual(await world.claimIds(), []);
    },
  );

  rule(
    "[STO-84] a limit that is changed starts anew, and the same limit set again goes on",
    async (world) => {
      const take = async (): Promise<boolean | undefined> =>
        (await world.storage.control.take({ clusterId: "c1", now: world.now }))?.allowed;
      await world.cluster({ id: "c1", limit: { limit: 1, perMs: 60_000 } });
      assert.deepEqual([await take(), await take()], [true, false]);
      await world.cluster({ id: "c1", limit: { limit: 1, perMs: 60_000 } });
      assert.equal(await take(), false);
      await world.cluster({ id: "c1", limit: { limit: 2, perMs: 60_000 } });
      assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
    },
  );
}
