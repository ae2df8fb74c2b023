// Retention: only what is over goes, a bounded number of rows at a time, and never a hole in the journal.
import assert from "node:assert/strict";
import type { RetentionReport } from "../../storage/retention.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

export function retentionSuite(rule: Rule): void {
  const step = (
    world: World,
    given: { readonly runs?: number; readonly journal?: number; readonly limit?: number },
  ): Promise<RetentionReport> =>
    world.storage.retention.step({
      runsBefore: given.runs ?? 0,
      journalBefore: given.journal ?? 0,
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

  rule("[STO-122] only the oldest stretch of the journal goes, and its newest event stays", async (world) => {
    const at = (ms: number): Promise<unknown> =>
      world.storage.journal.append({
        events: [{ at: world.now + ms, kind: "note", actor: "user:suite", subject: "note" }],
      });
    // The fourth was written while the clock was behind: it stays, because an older number does.
    for (const ms of [0, 10, 500, 20, 600]) await at(ms);
    const report = await step(world, { journal: world.now + 100 });
    assert.equal(report.events, 2);
    assert.deepEqual(
      (await world.events()).map((event) => event.seq),
      [3, 4, 5],
    );
    await step(world, { journal: world.now + 1e9 });
    assert.deepEqual(
      (await world.events()).map((event) => event.seq),
      [5],
    );
    assert.equal(await world.storage.journal.head(), 5);
    await at(0);
    assert.equal(await world.storage.journal.head(), 6, "numbers are never given twice");
  });

  rule("[STO-122] the journal goes in steps, too", async (world) => {
    for (let count = 0; count < 8; count++) await world.enqueue({});
    const first = await step(world, { journal: world.now + 1, limit: 4 });
    assert.deepEqual([first.events, first.more], [4, true]);
    const second = await step(world, { journal: world.now + 1, limit: 4 });
    assert.deepEqual([second.events, second.more], [3, false]);
  });
}
