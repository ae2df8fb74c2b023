// Retention: only what is over goes, a bounded number of rows at a time, and never a hole in the journal.
import assert from "node:assert/strict";
import type { RetentionReport } from "../../storage/retention.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

export function retentionSuite(rule: Rule): void {
  const step = (
    world: World,
    given: { readonly runs?: number; readonly limit?: number },
  ): Promise<RetentionReport> =>
    world.storage.retention.step({
      runsBefore: given.runs ?? 0,
      limit: given.limit ?? 100,
    });

  rule("[STO-120] runs that finished before the given time go, and no others", async (world) => {
    const live = await world.enqueueOne({ dueAt: world.now + 1e9 });
    const [early = "", late = ""] = await world.enqueue({}, {});
    await world.succeed(await world.claimOne());
    const held = await world.claimOne();
    world.now += 1_000;
    const limit = world.now;
    await world.fail(held);
    const report = await step(world, { runs: limit });
    assert.deepEqual([report.runs, report.more], [1, false]);
    assert.equal(await world.storage.runs.get({ id: early }), undefined);
    assert.equal((await world.get(late)).state, "failed", "it finished at the time, not before");
    assert.equal((await world.get(live)).state, "waiting");
    const counts = await world.storage.runs.counts();
    assert.deepEqual([counts.waiting, counts.succeeded, counts.failed], [1, 0, 1]);
  });

  rule("[STO-120] a step takes at most so many rows, and says whether there is more", async (world) => {
    await world.enqueue(...Array.from({ length: 5 }, () => ({})));
    for (const run of (await world.claim()).runs) await world.succeed(run);
    world.now += 1_000;
    const first = await step(world, { runs: world.now, limit: 3 });
    assert.deepEqual([first.runs, first.more], [3, true]);
    const second = await step(world, { runs: world.now, limit: 3 });
    assert.deepEqual([second.runs, second.more], [2, false]);
    assert.equal((await world.storage.runs.counts()).succeeded, 0);
  });

  rule("[STO-121] lines of the ledger that ended before the given time go", async (world) => {
    await world.register({ overlap: "allow" });
    for (let minute = 0; minute < 3; minute++) {
      world.now += 60_000;
      await world.fire();
    }
    const report = await step(world, { runs: world.now });
    assert.equal(report.occurrences, 2);
    const left = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
    assert.deepEqual(
      left.map((line) => line.at),
      [world.now],
    );
    assert.equal((await world.storage.runs.counts()).waiting, 3, "live runs stay, however old");
  });

  journalRules(rule);
}

function journalRules(rule: Rule): void {
  const at = (world: World, ms: number): Promise<unknown> =>
    world.storage.journal.append({
      events: [{ at: world.now + ms, kind: "note", actor: "user:suite", subject: "note" }],
    });
  const seqs = async (world: World): Promise<number[]> => (await world.events()).map((event) => event.seq);

  rule(
    "[STO-122] only the oldest stretch of the journal is closed, and its newest event stays",
    async (world) => {
      const { journal } = world.storage;
      // The fourth was written while the clock was behind: it stays, because an older number does.
      for (const ms of [0, 10, 500, 20, 600]) await at(world, ms);
      const closed = await journal.closed({ before: world.now + 100, limit: 100 });
      assert.deepEqual(closed, { from: 1, to: 2 });
      assert.deepEqual(await journal.closed({ before: world.now + 100, limit: 100, upTo: 1 }), {
        from: 1,
        to: 1,
      });
      assert.equal(await journal.closed({ before: world.now + 100, limit: 100, upTo: 0 }), undefined);
      assert.equal(await journal.closed({ before: world.now, limit: 100 }), undefined);
      assert.deepEqual(await seqs(world), [1, 2, 3, 4, 5], "to look changes nothing");
      assert.equal(await journal.drop({ to: 2 }), 2);
      assert.deepEqual(await seqs(world), [3, 4, 5]);
      assert.deepEqual(await journal.closed({ before: world.now + 1e9, limit: 100 }), { from: 3, to: 4 });
    },
  );

  rule(
    "[STO-122] what is dropped goes from the front and whole, and no number is given twice",
    async (world) => {
      const { journal } = world.storage;
      for (let count = 0; count < 3; count++) await at(world, 0);
      await world.enqueue({}, {}, {});
      await at(world, 0);
      assert.equal(await journal.drop({ to: 5 }), 3, "a set goes as a whole or not at all");
      assert.deepEqual(await seqs(world), [4, 5, 6, 7]);
      assert.equal((await journal.bounds()).first, 4);
      assert.equal(await journal.drop({ to: 1_000 }), 3, "the newest stays");
      assert.equal(await journal.drop({ to: 1_000 }), 0);
      assert.deepEqual(await seqs(world), [7]);
      const { first, head } = await journal.bounds();
      assert.deepEqual([first, head, await journal.head()], [7, 7, 7]);
      await at(world, 0);
      assert.deepEqual(await seqs(world), [7, 8]);
    },
  );

  rule("[STO-122] the closed stretch is asked for in parts", async (world) => {
    const { journal } = world.storage;
    for (let count = 0; count < 8; count++) await world.enqueue({});
    const before = world.now + 1;
    assert.deepEqual(await journal.closed({ before, limit: 4 }), { from: 1, to: 4 });
    await journal.drop({ to: 4 });
    assert.deepEqual(await journal.closed({ before, limit: 4 }), { from: 5, to: 7 });
  });
}
