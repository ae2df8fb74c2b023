// Runs after the line: cancelling, redriving, lists and counts.
import assert from "node:assert/strict";
import type { RunFilter, RunRecord } from "../../storage/runs.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

export function runsSuite(rule: Rule): void {
  rule("[STO-30] cancelling ends unfinished runs wherever they stand, and no others", async (world) => {
    const lanes = [{ key: "one", limit: 1 }];
    const [running = "", parked = "", finished = ""] = await world.enqueue(
      { lanes },
      { lanes },
      { priority: 9 },
    );
    const { runs } = await world.claim();
    assert.equal(runs.length, 2);
    await world.succeed({ id: finished, attempt: 1 });
    const waiting = await world.enqueueOne({ dueAt: world.now + 1_000 });
    world.now += 10;
    const cancelled = await world.cancel(running, parked, finished, waiting, "nobody");
    assert.deepEqual(cancelled, [running, parked, waiting]);
    for (const id of cancelled) {
      const run = await world.get(id);
      assert.deepEqual([run.state, run.reason, run.finishedAt], ["cancelled", "no longer needed", world.now]);
      const [event] = await world.events({ subject: `run:${id}`, kind: "run.cancelled" });
      assert.equal(event?.actor, "user:suite");
    }
    assert.equal((await world.get(finished)).state, "succeeded");
    assert.deepEqual(await world.cancel(running), []);
    world.now += 1_000;
    assert.deepEqual(await world.claimIds(), []);
  });

  rule("[STO-30] runs that are taken away from their workers are hinted, with the reason", async (world) => {
    const [running = "", waiting = ""] = await world.enqueue({ priority: 1 }, {});
    await world.claimOne();
    await world.register({ overlap: "cancel running" });
    world.now += 60_000;
    await world.fire();
    const scheduled = await world.claim({ actions: ["mail:send"], limit: 9 });
    const cancelled: string[] = [];
    world.storage.onCommit((hint) => cancelled.push(...(hint.cancelled ?? []).map((run) => run.id)));
    await world.cancel(running);
    await world.storage.settled();
    assert.deepEqual(cancelled, [running]);
    world.now += 60_000;
    await world.register({ overlap: "cancel running", priority: 1 });
    await world.storage.settled();
    const ofTask = scheduled.runs.find((run) => run.taskId === "t1");
    assert.deepEqual(cancelled, [running, ofTask?.id], "an edit brings the next run as well as a tick does");
    assert.equal((await world.get(waiting)).state, "running");
  });

  rule(
    "[STO-31] a redriven run waits again under its id, with all its attempts and the error it had",
    async (world) => {
      const id = await world.enqueueOne({
        maxAttempts: 1,
        tags: ["a"],
        priority: 4,
        taskId: "t1",
        parentId: "p",
        options: '{"timeoutMs":5}',
        lanes: [{ key: "one", limit: 1 }],
      });
      await world.fail(await world.claimOne(), "no such mailbox");
      const before = await world.get(id);
      world.now += 10;
      const redrive = (ids: readonly string[]): Promise<readonly string[]> =>
        world.storage.runs.redrive({ ids, actor: "user:suite", now: world.now });
      assert.deepEqual(await redrive([id, "nobody"]), [id]);
      const run = await world.get(id);
      assert.deepEqual(
        [run.state, run.attempt, run.dueAt, run.error],
        ["waiting", 0, world.now, before.error],
      );
      assert.deepEqual([run.finishedAt, run.reason, run.node], [undefined, undefined, undefined]);
      assert.deepEqual(
        [run.params, run.tags, run.priority, run.taskId, run.parentId, run.scheduledFor],
        [before.params, before.tags, before.priority, before.taskId, before.parentId, before.scheduledFor],
      );
      assert.equal((await world.events({ kind: "run.redriven" })).length, 1);
      const claimed = await world.claimOne();
      assert.deepEqual([claimed.attempt, claimed.maxAttempts, claimed.options], [1, 1, '{"timeoutMs":5}']);
      await world.enqueue({ lanes: [{ key: "one", limit: 1 }] });
      assert.deepEqual(await world.claimIds(), [], "it holds its seat again");
    },
  );

  rule("[STO-31] only a failed run can be redriven", async (world) => {
    const [waiting = "", succeeded = "", cancelled = ""] = await world.enqueue({}, { priority: 1 }, {});
    await world.succeed(await world.claimOne());
    await world.cancel(cancelled);
    const ids = [waiting, succeeded, cancelled];
    assert.deepEqual(await world.storage.runs.redrive({ ids, actor: "user:suite", now: world.now }), []);
    assert.equal((await world.get(succeeded)).state, "succeeded");
  });

  listRules(rule);

  rule("[STO-62] the counts are those of the runs that are there", async (world) => {
    const ids = await world.enqueue(...Array.from({ length: 8 }, () => ({})));
    const { runs } = await world.claim({ limit: 5 });
    const [one, two, three, four] = runs;
    assert.ok(one && two && three && four);
    await world.succeed(one);
    await world.succeed(two);
    await world.fail(three);
    await world.cancel(four.id, ids[7] ?? "");
    assert.deepEqual(await world.storage.runs.counts(), {
      waiting: 2,
      running: 1,
      succeeded: 2,
      failed: 1,
      cancelled: 2,
      skipped: 0,
    });
  });
}

/** All pages, and that every page but the last is full. */
async function listAll(
  world: World,
  filter: Omit<RunFilter, "limit" | "before">,
  limit: number,
): Promise<RunRecord[]> {
  const found: RunRecord[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await world.storage.runs.list({
      ...filter,
      limit,
      ...(before === undefined ? {} : { before }),
    });
    found.push(...page.items);
    if (page.next === undefined) return found;
    assert.equal(page.items.length, limit);
    before = page.next;
  }
}

/** Twelve runs over two tasks, two actions and two tags, in every state that a run can reach. */
async function variety(world: World): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < 12; index++) {
    world.now += 1_000;
    const id = await world.enqueueOne({
      action: index % 2 === 0 ? "mail:send" : "mail:sort",
      tags: index % 3 === 0 ? ["x", "y"] : ["y"],
      ...(index % 4 === 0 ? { taskId: "t1" } : {}),
    });
    ids.push(id);
  }
  const { runs } = await world.claim({ limit: 8 });
  for (const [index, run] of runs.entries()) {
    if (index < 3) await world.succeed(run);
    else if (index < 5) await world.fail(run);
  }
  await world.cancel(ids[10] ?? "");
  return ids;
}

function listRules(rule: Rule): void {
  rule(
    "[STO-60] a list is newest first, and its pages leave nothing out and repeat nothing",
    async (world) => {
      const ids = await variety(world);
      for (const limit of [1, 5, 12, 50]) {
        const listed = await listAll(world, {}, limit);
        assert.deepEqual(
          listed.map((run) => run.id),
          ids.toReversed(),
        );
      }
    },
  );

  rule("[STO-60] a run that finishes between two pages is listed once", async (world) => {
    const ids = await world.enqueue(...Array.from({ length: 9 }, () => ({})));
    const left = [...(await world.claim()).runs];
    const seen: string[] = [];
    let before: string | undefined;
    for (;;) {
      const page = await world.storage.runs.list({ limit: 2, ...(before === undefined ? {} : { before }) });
      seen.push(...page.items.map((run) => run.id));
      for (const run of left.splice(0, 2)) await world.succeed(run);
      if (page.next === undefined) break;
      before = page.next;
    }
    assert.deepEqual(seen, ids.toReversed());
  });

  rule("[STO-61] a list holds exactly the runs that the filter names", async (world) => {
    const ids = await variety(world);
    const all = await Promise.all(ids.map((id) => world.get(id)));
    const from = ids.indexOf(ids[3] ?? "");
    const at = (index: number): number => start0(all[index]);
    const filters: readonly (readonly [
      Omit<RunFilter, "limit">,
      (run: RunRecord, index: number) => boolean,
    ])[] = [
      ...(["waiting", "running", "succeeded", "failed", "cancelled", "skipped"] as const).map(
        (state) => [{ state }, (run: RunRecord) => run.state === state] as const,
      ),
      [{ action: "mail:sort" }, (run) => run.action === "mail:sort"],
      [{ taskId: "t1" }, (run) => run.taskId === "t1"],
      [{ tag: "x" }, (run) => run.tags.includes("x")],
      [{ tag: "z" }, () => false],
      [{ error: "Error" }, (run) => run.error !== undefined],
      [{ state: "failed", error: "RangeError" }, () => false],
      [{ from: at(from) }, (_run, index) => index >= from],
      [{ to: at(from) }, (_run, index) => index < from],
      [
        { from: at(2), to: at(9), tag: "y", state: "succeeded" },
        (run, index) => index >= 2 && index < 9 && run.state === "succeeded",
      ],
      [
        { action: "mail:send", taskId: "t1", tag: "x" },
        (run) => run.taskId === "t1" && run.tags.includes("x"),
      ],
    ];
    for (const [filter, fits] of filters) {
      const expected = all.filter(fits).toReversed();
      assert.deepEqual(await listAll(world, filter, 2), expected, JSON.stringify(filter));
    }
  });
}

/** When a run of this suite was enqueued. */
function start0(run: RunRecord | undefined): number {
  assert.ok(run);
  return run.scheduledFor;
}
