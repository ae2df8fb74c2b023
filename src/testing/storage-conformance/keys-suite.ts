// Keys that make a run the only one of its action, lines in which runs go one after another, and limits of runs.
import assert from "node:assert/strict";
import type { KeyConflict, NewRun, OnConflict } from "../../storage/runs.ts";
import type { Rule } from "./conformance.ts";
import { errorText, rejectsWith, type World } from "./world.ts";

function enqueue(world: World, ...given: readonly Partial<NewRun>[]): Promise<readonly KeyConflict[]> {
  const runs = given.map((one) => world.run(one));
  return world.storage.runs.enqueue({ runs, actor: "user:suite", now: world.now });
}

export function keysSuite(rule: Rule): void {
  keyRules(rule);
  lineRules(rule);
  rateRules(rule);
}

function keyRules(rule: Rule): void {
  rule(
    "[STO-16] a key is of its action: others may have the same one, and a run without a key meets nobody",
    async (world) => {
      const conflicts = await enqueue(
        world,
        { key: "k" },
        { key: "k", action: "mail:sort" },
        { key: "l" },
        {},
        {},
      );
      assert.deepEqual(conflicts, []);
      assert.equal((await world.storage.runs.counts()).waiting, 5);
    },
  );

  rule(
    "[STO-16] a run that returns the other one is not kept, whether that waits, runs or is over",
    async (world) => {
      const first = await world.enqueueOne({ key: "k" });
      for (const move of [
        async (): Promise<unknown> => undefined,
        () => world.claimOne(),
        () => world.succeed({ id: first, attempt: 1 }),
      ]) {
        await move();
        const second = world.run({ key: "k", params: "2" });
        const conflicts = await world.storage.runs.enqueue({
          runs: [second],
          actor: "user:suite",
          now: world.now,
        });
        assert.deepEqual(conflicts, [{ id: second.id, existing: await world.get(first) }]);
        assert.equal(await world.storage.runs.get({ id: second.id }), undefined);
      }
      assert.deepEqual(await world.claimIds(), []);
    },
  );

  rule("[STO-16] two runs with one key in one call are one run", async (world) => {
    const conflicts = await enqueue(world, { key: "k", params: "1" }, { key: "k", params: "2" });
    assert.equal(conflicts.length, 1);
    assert.equal(conflicts[0]?.existing.params, "1");
    assert.equal((await world.claim()).runs.length, 1);
  });

  rule("[STO-16] of calls made at the same time with one key, one is kept", async (world) => {
    const ends = await Promise.all(Array.from({ length: 8 }, () => enqueue(world, { key: "k" })));
    assert.equal(ends.filter((conflicts) => conflicts.length === 0).length, 1);
    assert.equal(new Set(ends.flat().map((conflict) => conflict.existing.id)).size, 1);
    assert.equal((await world.storage.runs.counts()).waiting, 1);
  });

  rule("[STO-16] a run that rejects makes its whole call fail, and nothing of it is kept", async (world) => {
    const first = await world.enqueueOne({ key: "k" });
    const head = await world.storage.journal.head();
    await rejectsWith("run.conflict", enqueue(world, {}, { key: "k", onConflict: "reject" }, {}));
    assert.equal((await world.storage.runs.counts()).waiting, 1);
    assert.equal(await world.storage.journal.head(), head);
    assert.equal((await world.get(first)).state, "waiting");
  });

  rule("[STO-16] a run that is dropped leaves a line in the journal and nothing else", async (world) => {
    const first = await world.enqueueOne({ key: "k" });
    const dropped = world.run({ key: "k", onConflict: "drop" });
    await world.storage.runs.enqueue({ runs: [dropped], actor: "user:suite", now: world.now });
    const [event] = await world.events({ subject: `run:${dropped.id}` });
    assert.deepEqual([event?.kind, event?.parent], ["run.skipped", `run:${first}`]);
    assert.equal((await world.storage.runs.counts()).waiting, 1);
  });

  rule(
    "[STO-16] a run that replaces cancels the one that waits, and stands beside the one that runs",
    async (world) => {
      const replace: { key: string; onConflict: OnConflict } = { key: "k", onConflict: "replace" };
      const first = await world.enqueueOne(replace);
      const second = await world.enqueueOne(replace);
      assert.deepEqual(
        [(await world.get(first)).state, (await world.get(second)).state],
        ["cancelled", "waiting"],
      );
      assert.equal((await world.claimOne()).id, second);
      const third = await world.enqueueOne(replace);
      assert.deepEqual(
        [(await world.get(second)).state, (await world.get(third)).state],
        ["running", "waiting"],
      );
      const [conflict] = await enqueue(world, { key: "k" });
      assert.equal(conflict?.existing.id, third, "the key is the newest's");
      assert.ok(await world.fail({ id: second, attempt: 1 }));
      const fourth = await world.enqueueOne(replace);
      assert.deepEqual(
        [(await world.get(third)).state, (await world.get(fourth)).state],
        ["cancelled", "waiting"],
      );
      assert.deepEqual(await world.claimIds(), [fourth]);
    },
  );

  rule("[STO-16] a failed run whose key another has by now is redriven without it", async (world) => {
    const first = await world.enqueueOne({ key: "k" });
    await world.fail(await world.claimOne());
    const second = await world.enqueueOne({ key: "k", onConflict: "replace" });
    await world.storage.runs.redrive({ ids: [first], actor: "user:suite", now: world.now });
    assert.deepEqual(new Set(await world.claimIds()), new Set([first, second]));
    const [conflict] = await enqueue(world, { key: "k" });
    assert.equal(conflict?.existing.id, second);
  });
}

function lineRules(rule: Rule): void {
  const fifo = "line";

  rule(
    "[STO-17] runs of one line go one at a time, in the order in which they came, whatever their priority",
    async (world) => {
      const ids = await world.enqueue({ fifo }, { fifo, priority: 9 }, { fifo }, { fifo: "other" }, {});
      assert.deepEqual(await world.claimIds(), [ids[0], ids[3], ids[4]]);
      const order = [ids[0]];
      for (let turn = 0; turn < 2; turn++) {
        await world.succeed({ id: order.at(-1) ?? "", attempt: 1 });
        const claimed = await world.claimIds();
        assert.equal(claimed.length, 1);
        order.push(...claimed);
      }
      assert.deepEqual(order, ids.slice(0, 3));
    },
  );

  rule(
    "[STO-17] the front of a line holds it while it waits for its time, its next attempt or its next pass",
    async (world) => {
      const [first = "", second = ""] = await world.enqueue({ fifo, dueAt: world.now + 100 }, { fifo });
      assert.deepEqual(await world.claimIds(), []);
      world.now += 100;
      const endings = [
        { kind: "retry", error: errorText("busy"), dueAt: world.now + 50 },
        { kind: "snooze", dueAt: world.now + 100 },
        { kind: "again", params: "2" },
        { kind: "return" },
      ] as const;
      for (const ending of endings) {
        const held = await world.claimOne();
        assert.equal(held.id, first);
        await world.settle(held, ending);
        if ("dueAt" in ending) assert.deepEqual(await world.claimIds(), []);
        world.now += 50;
      }
      const last = await world.claimOne();
      assert.equal(last.id, first);
      await world.fail(last);
      assert.deepEqual(await world.claimIds(), [second]);
    },
  );

  rule(
    "[STO-17] a line goes on when its front is cancelled, and when one in the middle is",
    async (world) => {
      const ids = await world.enqueue({ fifo }, { fifo }, { fifo }, { fifo });
      await world.cancel(ids[1] ?? "");
      await world.cancel(ids[0] ?? "");
      assert.deepEqual(await world.claimIds(), [ids[2]]);
      await world.cancel(ids[2] ?? "");
      assert.deepEqual(await world.claimIds(), [ids[3]]);
    },
  );

  rule(
    "[STO-17] a lost front is tried again before the others of its line, and a redriven one goes behind whoever is at it",
    async (world) => {
      await world.join();
      const [first = "", second = ""] = await world.enqueue({ fifo, maxAttempts: 2 }, { fifo });
      await world.claimOne();
      world.now += 60_000;
      await world.storage.runs.recover({ now: world.now });
      assert.deepEqual(await world.claimIds({ node: "n2" }), [first]);
      const ending = { kind: "failed", error: errorText("broken"), reason: "attempts used up" } as const;
      assert.ok(await world.settle({ id: first, attempt: 2 }, ending, "n2"));
      assert.deepEqual(await world.claimIds(), [second]);
      await world.storage.runs.redrive({ ids: [first], actor: "user:suite", now: world.now });
      assert.deepEqual(await world.claimIds(), []);
      await world.succeed({ id: second, attempt: 1 });
      assert.deepEqual(await world.claimIds(), [first]);
    },
  );

  rule("[STO-17] a run that waits in a line says so", async (world) => {
    const ids = await world.enqueue({ fifo }, { fifo });
    assert.match((await world.get(ids[1] ?? "")).reason ?? "", /line/);
  });
}

function rateRules(rule: Rule): void {
  const rate = { key: "customer", limit: 2, perMs: 1_000 };

  rule(
    "[STO-18] runs that share a limit of their own never exceed it, and all of them come through",
    async (world) => {
      const ids = await world.enqueue(...Array.from({ length: 5 }, () => ({ rates: [rate] })), {});
      assert.deepEqual(await world.claimIds(), [ids[0], ids[1], ids[5]]);
      const starts: number[] = [];
      for (let ms = 0; ms < 2_000; ms += 100) {
        for (const _ of await world.claimIds()) starts.push(ms);
        world.now += 100;
      }
      assert.deepEqual(starts, [500, 1_000, 1_500]);
    },
  );

  rule("[STO-18] a run under several limits takes a unit of each or of none", async (world) => {
    const other = { key: "other", limit: 1, perMs: 10_000 };
    await world.enqueue({ rates: [other] });
    assert.equal((await world.claimIds()).length, 1);
    await world.enqueue({ rates: [rate, other] }, { rates: [rate, other] });
    assert.deepEqual(await world.claimIds(), []);
    await world.enqueue({ rates: [rate] }, { rates: [rate] });
    assert.equal((await world.claimIds()).length, 2, "the units of the one limit were not used up in vain");
  });
}
