// Lanes: only so many runs at a time under one key, and a seat that is left goes to the next in line.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";
import { errorText, type World } from "./world.ts";

const one = [{ key: "one", limit: 1 }];

/** Every way in which a running run leaves its seat. */
const leaving: readonly (readonly [string, (world: World, id: string) => Promise<unknown>])[] = [
  ["succeeds", (world, id) => world.succeed({ id, attempt: 1 })],
  ["fails", (world, id) => world.fail({ id, attempt: 1 })],
  ["is cancelled", (world, id) => world.cancel(id)],
  [
    "is to be tried again later",
    (world, id) =>
      world.settle(
        { id, attempt: 1 },
        { kind: "retry", error: errorText("busy"), dueAt: world.now + 60_000 },
      ),
  ],
  [
    "is snoozed",
    (world, id) => world.settle({ id, attempt: 1 }, { kind: "snooze", dueAt: world.now + 60_000 }),
  ],
  [
    "is lost with its node",
    async (world) => {
      await world.join("n2");
      world.now += 120_000;
      await world.storage.runs.recover({ now: world.now });
    },
  ],
];

export function lanesSuite(rule: Rule): void {
  rule("[STO-40] a lane lets no more through than its limit", async (world) => {
    await world.enqueue(...Array.from({ length: 5 }, () => ({ lanes: [{ key: "two", limit: 2 }] })), {
      priority: -9,
    });
    const { runs } = await world.claim();
    assert.equal(runs.length, 3, "two of the lane and the one beside it");
    assert.deepEqual(await world.claimIds({ node: "n2" }), []);
    assert.equal((await world.storage.runs.counts()).waiting, 3);
  });

  for (const [name, leave] of leaving) {
    rule(`[STO-41] when a run ${name}, the next of its lane can start`, async (world) => {
      await world.join();
      const [first = "", second = ""] = await world.enqueue({ lanes: one }, { lanes: one });
      assert.deepEqual(await world.claimIds(), [first]);
      assert.deepEqual(await world.claimIds(), []);
      await leave(world, first);
      const next = await world.claimIds({ limit: 1, node: "n2" });
      assert.deepEqual(next, [second]);
      assert.deepEqual(await world.claimIds({ node: "n3" }), []);
    });
  }

  rule(
    "[STO-41] a run handed back, and one that goes on to its next pass, share the lane with the others",
    async (world) => {
      await world.enqueue({ lanes: one }, { lanes: one });
      for (const ending of [{ kind: "return" }, { kind: "again", params: "1" }] as const) {
        assert.ok(await world.settle(await world.claimOne(), ending));
      }
      const seen = new Set<string>();
      for (let turn = 0; turn < 2; turn++) {
        const claimed = await world.claimOne();
        seen.add(claimed.id);
        assert.deepEqual(await world.claimIds(), []);
        await world.succeed(claimed);
      }
      assert.equal(seen.size, 2);
    },
  );

  rule("[STO-41] several seats that are left at once go to as many runs", async (world) => {
    const lanes = [{ key: "three", limit: 3 }];
    await world.enqueue(...Array.from({ length: 7 }, () => ({ lanes })));
    const first = await world.claim();
    assert.equal(first.runs.length, 3);
    assert.deepEqual(await world.claimIds(), []);
    for (const run of first.runs) await world.succeed(run);
    const second = await world.claim();
    assert.equal(second.runs.length, 3);
    await world.cancel(...second.runs.map((run) => run.id));
    assert.equal((await world.claim()).runs.length, 1);
  });

  rule("[STO-42] the line of a lane keeps the order of priority, due time and id", async (world) => {
    await world.enqueue({ lanes: one, priority: 9 });
    const holder = await world.claimOne();
    const ids = await world.enqueue(
      { lanes: one },
      { lanes: one, dueAt: world.now - 10 },
      { lanes: one, priority: 4 },
      { lanes: one },
    );
    assert.deepEqual(await world.claimIds(), []);
    const order: number[] = [];
    for (let held = holder; order.length < 4;) {
      await world.succeed(held);
      held = await world.claimOne();
      order.push(ids.indexOf(held.id));
    }
    assert.deepEqual(order, [2, 1, 0, 3]);
  });

  rule("[STO-42] a run that waits in a lane says so", async (world) => {
    const [, second = ""] = await world.enqueue({ lanes: one }, { lanes: one });
    await world.claim();
    const run = await world.get(second);
    assert.equal(run.state, "waiting");
    assert.match(run.reason ?? "", /one/);
  });

  rule("[STO-43] a run of several lanes takes a seat in each of them or in none", async (world) => {
    const left = { key: "left", limit: 1 };
    const right = { key: "right", limit: 1 };
    const [holder = ""] = await world.enqueue({ lanes: [right] });
    await world.claim();
    const [both = ""] = await world.enqueue({ lanes: [left, right] });
    assert.deepEqual(await world.claimIds(), []);
    // It waits for the right lane, so it must not sit in the left one.
    const [leftOnly = ""] = await world.enqueue({ lanes: [left] });
    assert.deepEqual(await world.claimIds(), [leftOnly]);
    await world.succeed({ id: holder, attempt: 1 });
    assert.deepEqual(await world.claimIds(), []);
    await world.succeed({ id: leftOnly, attempt: 1 });
    assert.deepEqual(await world.claimIds(), [both]);
    const more = await world.enqueue({ lanes: [left] }, { lanes: [right] });
    assert.deepEqual(await world.claimIds(), []);
    await world.succeed({ id: both, attempt: 1 });
    assert.deepEqual(new Set(await world.claimIds()), new Set(more));
  });

  passedOver(rule);
}

/** A run that is called to a free seat but cannot take it must not keep the seat from the others. */
function passedOver(rule: Rule): void {
  rule("[STO-44] a seat is not kept from others by a run behind a kill switch", async (world) => {
    const [holder = "", held = "", free = ""] = await world.enqueue(
      { lanes: one },
      { lanes: one, cluster: "c1" },
      { lanes: one },
    );
    assert.deepEqual(await world.claimIds(), [holder]);
    await world.kill("cluster:c1");
    await world.succeed({ id: holder, attempt: 1 });
    assert.deepEqual(await world.claimIds(), [free]);
    await world.succeed({ id: free, attempt: 1 });
    await world.restore("cluster:c1");
    assert.deepEqual(await world.claimIds(), [held]);
  });

  rule("[STO-44] a seat is not kept from others by a run whose limit is used up", async (world) => {
    await world.cluster({ id: "c1", limit: { limit: 1, perMs: 60_000 } });
    const [holder = "", , free = ""] = await world.enqueue(
      { lanes: one, cluster: "c1" },
      { lanes: one, cluster: "c1" },
      { lanes: one },
    );
    assert.deepEqual(await world.claimIds(), [holder]);
    await world.succeed({ id: holder, attempt: 1 });
    assert.deepEqual(await world.claimIds(), [free]);
  });

  rule("[STO-44] a seat is not kept from others by a run that waits for another lane", async (world) => {
    const other = { key: "other", limit: 1 };
    const [holder = "", busy = ""] = await world.enqueue({ lanes: one }, { lanes: [other] });
    assert.equal((await world.claimIds()).length, 2);
    const [both = "", free = ""] = await world.enqueue({ lanes: [...one, other] }, { lanes: one });
    assert.deepEqual(await world.claimIds(), []);
    await world.succeed({ id: holder, attempt: 1 });
    assert.deepEqual(await world.claimIds(), [free]);
    await world.succeed({ id: free, attempt: 1 });
    await world.succeed({ id: busy, attempt: 1 });
    assert.deepEqual(await world.claimIds(), [both]);
  });

  rule(
    "[STO-44] a seat is not kept from others by a run that is cancelled when its turn has come",
    async (world) => {
      const [holder = "", called = "", free = ""] = await world.enqueue(
        { lanes: one },
        { lanes: one },
        { lanes: one },
      );
      assert.deepEqual(await world.claimIds(), [holder]);
      await world.succeed({ id: holder, attempt: 1 });
      await world.cancel(called);
      assert.deepEqual(await world.claimIds(), [free]);
    },
  );
}
