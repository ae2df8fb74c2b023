// How attempts end, and that only the attempt that holds a run can end it.
import assert from "node:assert/strict";
import type { Outcome } from "../../storage/runs.ts";
import type { Rule } from "./conformance.ts";
import { errorText, type World } from "./world.ts";

export function settleSuite(rule: Rule): void {
  rule("[STO-20] an attempt that succeeded ends its run with the result", async (world) => {
    const id = await world.enqueueOne();
    const claimed = await world.claimOne();
    world.now += 250;
    assert.ok(await world.settle(claimed, { kind: "succeeded", result: '{"sent":1}' }));
    const run = await world.get(id);
    assert.equal(run.state, "succeeded");
    assert.equal(run.result, '{"sent":1}');
    assert.equal(run.finishedAt, world.now);
    assert.equal(run.startedAt, world.now - 250);
    assert.equal(run.node, "n1");
    assert.equal(run.attempt, 1);
    assert.equal(run.error, undefined);
    const [event] = await world.events({ subject: `run:${id}`, kind: "run.succeeded" });
    assert.equal(event?.actor, "node:n1");
    assert.deepEqual(await world.claimIds(), []);
  });

  rule("[STO-20] an attempt that failed for good ends its run with the error", async (world) => {
    const id = await world.enqueueOne();
    await world.fail(await world.claimOne(), "no such mailbox");
    const run = await world.get(id);
    assert.equal(run.state, "failed");
    assert.equal(run.error, errorText("no such mailbox"));
    assert.equal(run.reason, "attempts used up");
    assert.equal(run.result, undefined);
    assert.deepEqual(await world.kinds({ subject: `run:${id}` }), [
      "run.enqueued",
      "run.started",
      "run.failed",
    ]);
  });

  rule("[STO-20] an attempt can end its run as cancelled", async (world) => {
    const id = await world.enqueueOne();
    await world.settle(await world.claimOne(), { kind: "cancelled", reason: "not needed" });
    const run = await world.get(id);
    assert.deepEqual([run.state, run.reason, run.error], ["cancelled", "not needed", undefined]);
  });

  rule(
    "[STO-21] a retry waits until it is due, and keeps the error and the count of attempts",
    async (world) => {
      const id = await world.enqueueOne();
      await world.settle(await world.claimOne(), {
        kind: "retry",
        error: errorText("busy"),
        dueAt: world.now + 40,
      });
      const run = await world.get(id);
      assert.deepEqual(
        [run.state, run.attempt, run.dueAt, run.error],
        ["waiting", 1, world.now + 40, errorText("busy")],
      );
      assert.deepEqual(await world.claim(), { runs: [], nextDueAt: world.now + 40 });
      world.now += 40;
      assert.equal((await world.claimOne({ node: "n2" })).attempt, 2);
    },
  );

  rule("[STO-22] a snooze waits until it is due and does not count as an attempt", async (world) => {
    const id = await world.enqueueOne();
    await world.settle(await world.claimOne(), { kind: "snooze", dueAt: world.now + 40 });
    const run = await world.get(id);
    assert.deepEqual([run.state, run.attempt, run.dueAt], ["waiting", 0, world.now + 40]);
    world.now += 40;
    assert.equal((await world.claimOne()).attempt, 1);
  });

  rule("[STO-23] the next pass has the output as its input and all its attempts before it", async (world) => {
    const id = await world.enqueueOne({ passes: 3, params: "1" });
    await world.settle(await world.claimOne(), { kind: "retry", error: errorText("busy"), dueAt: world.now });
    const second = await world.claimOne();
    assert.deepEqual([second.attempt, second.pass], [2, 1]);
    await world.settle(second, { kind: "again", params: '{"page":2}' });
    const next = await world.claimOne();
    assert.deepEqual([next.id, next.attempt, next.pass, next.params], [id, 1, 2, '{"page":2}']);
    assert.equal((await world.get(id)).error, undefined);
  });

  rule("[STO-24] a run handed back waits again at once and the attempt does not count", async (world) => {
    const id = await world.enqueueOne();
    await world.settle(await world.claimOne(), { kind: "return" });
    const run = await world.get(id);
    assert.deepEqual([run.state, run.attempt, run.node], ["waiting", 0, undefined]);
    assert.equal((await world.claimOne({ node: "n2" })).attempt, 1);
  });

  staleRules(rule);

  rule("[STO-26] outcomes that travel together are judged one by one", async (world) => {
    await world.enqueue({}, {});
    const { runs } = await world.claim();
    const outcome = (id: string, fence: number): Outcome => ({
      id,
      fence,
      attempt: 1,
      startedAt: world.now,
      at: world.now,
      kind: "succeeded",
      result: "null",
    });
    const [one, two] = runs;
    assert.ok(one && two);
    const outcomes = [outcome(one.id, one.fence + 7), outcome(two.id, two.fence), outcome("nobody", 1)];
    assert.deepEqual(await world.storage.runs.settle({ node: "n1", outcomes }), [one.id, "nobody"]);
    assert.equal((await world.get(one.id)).state, "running");
    assert.equal((await world.get(two.id)).state, "succeeded");
  });

  rule("[STO-26] an outcome that travels twice is stale the second time", async (world) => {
    const id = await world.enqueueOne();
    const { fence, attempt } = await world.claimOne();
    const head = { id, fence, attempt, startedAt: world.now, at: world.now };
    const outcomes: Outcome[] = [
      { ...head, kind: "succeeded", result: "1" },
      { ...head, kind: "succeeded", result: "2" },
      { ...head, kind: "return" },
    ];
    assert.deepEqual(await world.storage.runs.settle({ node: "n1", outcomes }), [id, id]);
    const run = await world.get(id);
    assert.deepEqual([run.state, run.result], ["succeeded", "1"]);
    const counts = await world.storage.runs.counts();
    assert.deepEqual([counts.waiting, counts.running, counts.succeeded], [0, 0, 1]);
  });

  rule("[STO-27] progress is kept with the run, and a new attempt begins without any", async (world) => {
    const id = await world.enqueueOne();
    const { fence } = await world.claimOne();
    const report = (fraction: number): Promise<boolean> =>
      world.storage.runs.progress({ node: "n1", id, fence, fraction, note: "half way", now: world.now });
    assert.equal(await report(0.5), true);
    assert.equal((await world.get(id)).progress, 0.5);
    assert.equal((await world.events({ kind: "run.progressed" }))[0]?.label, "half way");
    await world.settle({ id }, { kind: "retry", error: errorText("busy"), dueAt: world.now });
    assert.equal((await world.get(id)).progress, undefined);
    assert.equal(await report(0.9), false);
    assert.equal((await world.get(id)).progress, undefined);
    assert.equal((await world.events({ kind: "run.stale" })).length, 1);
  });
}

/** Ways in which an attempt loses its run; each leaves the run out of its reach. */
const losses: readonly (readonly [string, (world: World, id: string) => Promise<unknown>])[] = [
  ["was cancelled", (world, id) => world.cancel(id)],
  ["has failed", (world, id) => world.fail({ id })],
  [
    "was given to the next attempt",
    async (world, id) => {
      await world.settle({ id }, { kind: "retry", error: errorText("busy"), dueAt: world.now });
      await world.claimOne();
    },
  ],
  [
    "waits for its next attempt",
    (world, id) => world.settle({ id }, { kind: "retry", error: errorText("busy"), dueAt: world.now }),
  ],
  [
    "was taken over by another node",
    async (world, id) => {
      await world.settle({ id }, { kind: "return" });
      await world.claimOne({ node: "n2" });
    },
  ],
  // Of the last ones the number of the attempt is the same, and so is the node.
  [
    "was handed back and claimed again",
    async (world, id) => {
      await world.settle({ id }, { kind: "return" });
      await world.claimOne();
    },
  ],
  [
    "was snoozed and claimed again",
    async (world, id) => {
      await world.settle({ id }, { kind: "snooze", dueAt: world.now });
      await world.claimOne();
    },
  ],
  [
    "has begun its next pass",
    async (world, id) => {
      await world.settle({ id }, { kind: "again", params: "1" });
      await world.claimOne();
    },
  ],
  [
    "was redriven and claimed again",
    async (world, id) => {
      await world.fail({ id });
      await world.storage.runs.redrive({ ids: [id], actor: "user:suite", now: world.now });
      await world.claimOne();
    },
  ],
];

function staleRules(rule: Rule): void {
  for (const [name, lose] of losses) {
    rule(`[STO-25] an attempt whose run ${name} changes nothing any more`, async (world) => {
      const id = await world.enqueueOne();
      const late = await world.claimOne();
      await lose(world, id);
      const before = await world.get(id);
      const counts = await world.storage.runs.counts();
      for (const ending of [
        { kind: "succeeded", result: "1" },
        { kind: "failed", error: errorText("late"), reason: "late" },
        { kind: "cancelled", reason: "late" },
        { kind: "retry", error: errorText("late"), dueAt: world.now },
        { kind: "snooze", dueAt: world.now },
        { kind: "again", params: "2" },
        { kind: "return" },
      ] as const) {
        assert.equal(await world.settle(late, ending), false);
        assert.deepEqual(await world.get(id), before);
      }
      assert.deepEqual(await world.storage.runs.counts(), counts);
      assert.equal((await world.events({ subject: `run:${id}`, kind: "run.stale" })).length, 7);
    });
  }

  rule("[STO-25] a node cannot end the run of another", async (world) => {
    const id = await world.enqueueOne();
    const claimed = await world.claimOne({ node: "n1" });
    assert.equal(await world.succeed(claimed, "n2"), false);
    assert.equal((await world.get(id)).state, "running");
    assert.equal(await world.succeed(claimed, "n1"), true);
  });
}
