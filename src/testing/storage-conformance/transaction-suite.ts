// Transactions that a caller holds open: all of it or nothing, whatever happens inside.
import assert from "node:assert/strict";
import type { Storage, Transaction } from "../../storage/storage.ts";
import type { Rule } from "./conformance.ts";
import { rejectsWith, type World } from "./world.ts";

const timeoutMs = 5_000;

function transact<Result>(world: World, work: (inside: Transaction) => Promise<Result>): Promise<Result> {
  return world.storage.transaction(work, { timeoutMs });
}

function enqueue(world: World, inside: Pick<Storage, "runs">, ...ids: readonly string[]): Promise<unknown> {
  const runs = ids.map((id) => world.run({ id }));
  return inside.runs.enqueue({ runs, actor: "user:suite", now: world.now });
}

export function transactionSuite(rule: Rule): void {
  rule("[STO-140] what is done in a transaction is committed together, under one commit", async (world) => {
    const result = await transact(world, async (inside) => {
      await enqueue(world, inside, "a", "b");
      const definition = world.task();
      const asked = { id: "t1", definition, enabled: true, traits: {}, actor: "user:suite", now: world.now };
      await inside.tasks.register(asked);
      await inside.control.kill({ scope: "all", reason: "drill", actor: "user:suite", at: world.now });
      return "done";
    });
    assert.equal(result, "done");
    const events = await world.events();
    assert.deepEqual(
      events.map(({ seq, commit, kind }) => [seq, commit, kind]),
      [
        [1, 1, "run.enqueued"],
        [2, 1, "run.enqueued"],
        [3, 1, "task.registered"],
        [4, 1, "switch.killed"],
      ],
    );
    assert.equal((await world.storage.runs.counts()).waiting, 2);
    assert.deepEqual(await world.claimIds(), [], "the switch that it pulled holds");
  });

  rule("[STO-140] inside a transaction its own work is seen", async (world) => {
    await world.enqueueOne({ id: "before" });
    await transact(world, async (inside) => {
      await enqueue(world, inside, "a");
      assert.equal((await inside.runs.get({ id: "a" }))?.state, "waiting");
      assert.equal((await inside.runs.list({ limit: 10 })).items.length, 2);
      assert.equal((await inside.runs.counts()).waiting, 2);
      const [, second] = await inside.journal.read({ after: 0, limit: 10 });
      assert.equal(second?.subject, "run:a");
      const { runs } = await inside.runs.claim({
        node: "n1",
        now: world.now,
        limit: 9,
        actions: ["mail:send"],
      });
      assert.deepEqual(new Set(runs.map((run) => run.id)), new Set(["before", "a"]));
    });
    assert.equal((await world.storage.runs.counts()).running, 2);
  });

  rule("[STO-141] a transaction that throws leaves nothing behind, and says why it threw", async (world) => {
    await world.enqueueOne({ id: "before" });
    await world.kill("task:t9");
    const before = [
      await world.events(),
      await world.storage.control.state(),
      await world.storage.runs.counts(),
    ];
    const why = new Error("changed my mind");
    const work = transact(world, async (inside) => {
      await enqueue(world, inside, "a", "b");
      await inside.runs.cancel({ ids: ["before"], reason: "x", actor: "user:suite", now: world.now });
      await inside.control.kill({ scope: "all", reason: "drill", actor: "user:suite", at: world.now });
      await inside.control.restore({ scope: "task:t9", actor: "user:suite", now: world.now });
      await inside.journal.append({ events: [{ at: world.now, kind: "note", actor: "x", subject: "x" }] });
      throw why;
    });
    await assert.rejects(work, (error) => error === why);
    const after = [
      await world.events(),
      await world.storage.control.state(),
      await world.storage.runs.counts(),
    ];
    assert.deepEqual(after, before);
    const claimed = await world.claimOne();
    assert.equal(claimed.id, "before", "the switch that was rolled back holds nothing");
    await world.enqueueOne({ id: "a" });
    const seqs = (await world.events()).map((event) => event.seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index + 1),
    );
  });

  rule(
    "[STO-141] of a task that was rolled back nothing is remembered, not even its times",
    async (world) => {
      const work = transact(world, async (inside) => {
        const definition = world.task({ schedule: "1m" });
        const asked = {
          id: "t1",
          definition,
          enabled: true,
          traits: {},
          actor: "user:suite",
          now: world.now,
        };
        await inside.tasks.register(asked);
        const off = { id: "t1", enabled: false, traits: {}, actor: "user:suite", now: world.now };
        await inside.tasks.setEnabled(off);
        throw new Error("no");
      });
      await work.catch(() => undefined);
      const state = await world.register({ schedule: "7m" });
      assert.equal(state.version, 1);
      world.now += 7 * 60_000;
      const report = await world.fire();
      assert.deepEqual([report.latenessMs, report.skipped], [[0], {}]);
      assert.equal((await world.runsOf("t1")).length, 1);
    },
  );

  rule(
    "[STO-142] a call that fails inside leaves nothing of itself, and the transaction can go on",
    async (world) => {
      await world.enqueueOne({ id: "taken", key: "k" });
      await transact(world, async (inside) => {
        await enqueue(world, inside, "a");
        await assert.rejects(enqueue(world, inside, "b", "taken"));
        const rejecting = [world.run({ id: "c" }), world.run({ id: "d", key: "k", onConflict: "reject" })];
        await rejectsWith(
          "run.conflict",
          inside.runs.enqueue({ runs: rejecting, actor: "user:suite", now: world.now }),
        );
        await enqueue(world, inside, "e");
      });
      const { items } = await world.storage.runs.list({ limit: 10 });
      assert.deepEqual(
        items.map((run) => run.id),
        ["taken", "e", "a"].toSorted().toReversed(),
      );
      assert.equal((await world.storage.runs.counts()).waiting, 3, "the counts are those of what stayed");
      const subjects = (await world.events()).map((event) => event.subject);
      assert.deepEqual(subjects, ["run:taken", "run:a", "run:e"]);
    },
  );

  rule(
    "[STO-143] others come through beside a transaction or after it, and see nothing of it before it commits",
    async (world) => {
      const order: string[] = [];
      const note = (name: string) => (): void => void order.push(name);
      await world.enqueueOne({ id: "early" });
      const first = transact(world, async (inside) => {
        order.push("first begins");
        await enqueue(world, inside, "a");
        await new Promise((resolve) => setImmediate(resolve));
        order.push("first ends");
      });
      const second = transact(world, async (inside) => {
        order.push("second begins");
        const seen = await inside.runs.get({ id: "a" });
        if (!order.includes("first ends")) assert.equal(seen, undefined);
        if (!world.storage.shared) assert.equal(seen?.state, "waiting");
        throw new Error("no");
      }).catch(note("second threw"));
      const other = world.enqueueOne({ id: "b" }).then(note("other"));
      await Promise.all([first, second, other]);
      // Where there are many writers, they may well go at the same time; where there is one, they take turns.
      const steps = ["first begins", "first ends", "second begins", "second threw"];
      const transactions = order.filter((name) => name !== "other");
      assert.deepEqual(world.storage.shared ? transactions.toSorted() : transactions, steps);
      assert.ok(order.includes("other"));
      assert.equal((await world.storage.runs.counts()).waiting, 3);
    },
  );

  rule(
    "[STO-144] a transaction that takes too long is rolled back, and what it does then is refused",
    async (world) => {
      let late: Transaction | undefined;
      const work = world.storage.transaction(
        async (inside) => {
          late = inside;
          await enqueue(world, inside, "a");
          await new Promise(() => undefined);
        },
        { timeoutMs: 20 },
      );
      await rejectsWith("storage.busy", work);
      assert.ok(late);
      await rejectsWith("runtime.stopped", enqueue(world, late, "b"));
      await world.enqueueOne({ id: "c" });
      assert.deepEqual(await world.claimIds(), ["c"]);
      assert.deepEqual(await world.kinds(), ["run.enqueued", "run.started"]);
    },
  );

  rule("[STO-144] what is done through a transaction after its end is refused", async (world) => {
    const kept = await transact(world, (inside) => Promise.resolve(inside));
    await rejectsWith("runtime.stopped", enqueue(world, kept, "a"));
    await rejectsWith("runtime.stopped", kept.sql("SELECT 1"));
    assert.equal((await world.storage.runs.counts()).waiting, 0);
  });

  rule("[STO-145] statements on tables of the caller's own are part of the transaction", async (world) => {
    await transact(world, async ({ sql }) => void (await sql("CREATE TABLE own (name TEXT PRIMARY KEY)")));
    await transact(world, async (inside) => {
      await inside.sql("INSERT INTO own (name) VALUES ('kept')");
      await enqueue(world, inside, "a");
    });
    const broken = transact(world, async (inside) => {
      await inside.sql("INSERT INTO own (name) VALUES ('lost')");
      await enqueue(world, inside, "b");
      await inside.sql("INSERT INTO own (name) VALUES ('kept')");
    });
    await assert.rejects(broken);
    const rows = await transact(world, ({ sql }) => sql("SELECT name FROM own"));
    assert.deepEqual(
      rows.map((row) => row["name"]),
      ["kept"],
    );
    assert.equal(await world.storage.runs.get({ id: "b" }), undefined);
  });

  rule("[STO-146] a transaction is hinted when it commits, and not when it is rolled back", async (world) => {
    const due: number[] = [];
    // A hint of time 0 only says that something may have been missed.
    world.storage.onCommit(({ runsDueAt = 0 }) => runsDueAt > 0 && due.push(runsDueAt));
    const work = transact(world, async (inside) => {
      await enqueue(world, inside, "a", "b");
      throw new Error("no");
    });
    await work.catch(() => undefined);
    await world.storage.settled();
    assert.deepEqual(due, []);
    await transact(world, (inside) => enqueue(world, inside, "a", "b"));
    await world.storage.settled();
    assert.deepEqual(due, [world.now]);
  });
}
