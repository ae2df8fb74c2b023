// What holds for every call of the port, whatever the noun: durable when acknowledged, all or nothing, hinted.
import assert from "node:assert/strict";
import type { CommitHint } from "../../storage/storage.ts";
import type { Rule } from "./conformance.ts";
import { rejectsWith } from "./world.ts";

export function promiseSuite(rule: Rule): void {
  rule("[STO-1] opening twice and closing twice does no harm", async ({ storage }) => {
    await storage.open();
    assert.equal(await storage.journal.head(), 0);
    await storage.close();
    await storage.close();
  });

  rule("[STO-2] a call on a closed storage is refused with a clear error", async (world) => {
    await world.storage.close();
    await rejectsWith("runtime.stopped", world.enqueue({}));
    await rejectsWith("runtime.stopped", world.storage.runs.counts());
  });

  rule("[STO-3] what was acknowledged is there when the data is opened again", async (world) => {
    const [waiting = "", finished = ""] = await world.enqueue({ tags: ["a"] }, { priority: 1 });
    await world.succeed(await world.claimOne());
    await world.register();
    await world.kill("cluster:c1");
    const before = await world.events();
    const run = await world.get(waiting);
    await world.reopen();
    assert.deepEqual(await world.get(waiting), run);
    assert.equal((await world.get(finished)).state, "succeeded");
    assert.deepEqual(await world.events(), before);
    assert.equal((await world.taskOf()).version, 1);
    assert.equal((await world.storage.control.state()).switches.length, 1);
    assert.equal((await world.storage.runs.counts()).waiting, 1);
  });

  rule("[STO-3] a storage that is closed at once keeps what it had accepted", async (world) => {
    const accepted = Array.from({ length: 20 }, () => world.run());
    const calls = accepted.map((run) =>
      world.storage.runs.enqueue({ runs: [run], actor: "user:suite", now: world.now }),
    );
    await world.reopen();
    await Promise.all(calls);
    assert.equal((await world.storage.runs.counts()).waiting, 20);
  });

  rule("[STO-4] a call that fails leaves nothing behind", async (world) => {
    const taken = await world.enqueueOne();
    const head = await world.storage.journal.head();
    const fresh = world.run();
    const request = { runs: [fresh, world.run({ id: taken })], actor: "user:suite", now: world.now };
    await assert.rejects(world.storage.runs.enqueue(request));
    assert.equal(await world.storage.runs.get({ id: fresh.id }), undefined);
    assert.equal(await world.storage.journal.head(), head);
    assert.equal((await world.storage.runs.counts()).waiting, 1);
  });

  rule("[STO-4] calls made beside one that fails are not harmed by it", async (world) => {
    const taken = await world.enqueueOne();
    const call = (id?: string): Promise<unknown> =>
      world.storage.runs.enqueue({
        runs: [id === undefined ? world.run() : world.run({ id })],
        actor: "user:suite",
        now: world.now,
      });
    const ends = await Promise.allSettled([call(), call(), call(taken), call(), call(taken), call()]);
    assert.deepEqual(
      ends.map((end) => end.status),
      ["fulfilled", "fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
    );
    const events = await world.events();
    assert.deepEqual(
      events.map((event) => event.seq),
      [1, 2, 3, 4, 5],
    );
    assert.equal((await world.storage.runs.counts()).waiting, 5);
    assert.equal((await world.claimIds()).length, 5);
  });

  rule(
    "[STO-5] every commit is hinted, with the head of the journal where that is known, and with what became due",
    async (world) => {
      const hints: CommitHint[] = [];
      const unlisten = world.storage.onCommit((hint) => hints.push(hint));
      await world.enqueue({ dueAt: world.now + 5_000 }, { dueAt: world.now + 3_000 });
      await world.storage.settled();
      assert.ok(hints.some((hint) => (hint.head ?? 2) === 2 && hint.runsDueAt === world.now + 3_000));
      await world.register({ schedule: "1m" });
      await world.storage.settled();
      assert.ok(hints.some((hint) => (hint.head ?? 3) === 3 && hint.tasksDueAt === world.now + 60_000));
      unlisten();
      const heard = hints.length;
      await world.enqueue({});
      await world.storage.settled();
      assert.equal(hints.length, heard);
    },
  );

  rule("[STO-5] whatever lets a run go hints that it is due", async (world) => {
    const hints: CommitHint[] = [];
    world.storage.onCommit((hint) => hints.push(hint));
    const hinted = async (change: () => Promise<unknown>): Promise<void> => {
      await world.storage.settled();
      hints.length = 0;
      await change();
      await world.storage.settled();
      assert.ok(
        hints.some((hint) => hint.runsDueAt !== undefined && hint.runsDueAt <= world.now),
        "no hint told of work that became due",
      );
    };
    const lanes = [{ key: "one", limit: 1 }];
    await world.enqueue({ lanes, cluster: "c1" });
    await world.enqueue({ lanes, cluster: "c1" });
    await world.kill("cluster:c1");
    assert.deepEqual(await world.claimIds(), []);
    await hinted(() => world.restore("cluster:c1"));
    await world.cluster({ id: "c1", enabled: false });
    assert.deepEqual(await world.claimIds(), []);
    await hinted(() => world.cluster({ id: "c1", enabled: true }));
    await world.cluster({ id: "c1", limit: { limit: 0, perMs: 1_000 } });
    assert.deepEqual(await world.claimIds(), []);
    await hinted(() => world.cluster({ id: "c1", limit: null }));
    const { runs } = await world.claim();
    assert.equal(runs.length, 1);
    await hinted(() => world.succeed(runs[0] ?? { id: "", attempt: 0 }));
    await world.kill("all");
    await hinted(() => world.restore("all"));
  });

  rule("[STO-6] settled tells whether there was anything to wait for", async (world) => {
    await world.storage.settled();
    assert.equal(await world.storage.settled(), false);
    let answered = false;
    const call = world.enqueue({}).then(() => {
      answered = true;
    });
    assert.equal(await world.storage.settled(), true);
    await call;
    assert.ok(answered);
  });
}
