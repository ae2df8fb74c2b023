// Durable steps: what is kept of them under which fence, whose attempts still hold their runs, and runs that sleep.
import assert from "node:assert/strict";
import type { ClaimedRun } from "../../storage/runs.ts";
import type { NewStep } from "../../storage/steps.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

async function running(world: World, node = "n1"): Promise<ClaimedRun> {
  await world.enqueueOne();
  return world.claimOne({ node });
}

function stepOf(world: World, run: ClaimedRun, name: string, more: Partial<NewStep> = {}): NewStep {
  return {
    runId: run.id,
    fence: run.fence,
    attempt: run.attempt,
    pass: run.pass,
    name,
    result: `"${name}"`,
    at: world.now,
    durationMs: 5,
    ...more,
  };
}

export function stepsSuite(rule: Rule): void {
  rule("[STP-15] a step is kept with everything it was given, in the order of completion", async (world) => {
    const run = await running(world);
    const other = await running(world);
    const { steps } = world.storage;
    assert.deepEqual(await steps.load({ runId: run.id, pass: 1 }), []);
    const result = JSON.stringify({ text: "é\ud83d\0", list: [1, null], big: "x".repeat(300_000) });
    await steps.save({ node: "n1", steps: [stepOf(world, run, "b", { result }), stepOf(world, other, "x")] });
    world.now += 10;
    await steps.save({ node: "n1", steps: [stepOf(world, run, "a", { parent: "b" })] });
    assert.deepEqual(await steps.load({ runId: run.id, pass: 1 }), [
      { name: "b", result, attempt: 1, at: world.now - 10 },
      { name: "a", parent: "b", result: '"a"', attempt: 1, at: world.now },
    ]);
    assert.deepEqual(await steps.load({ runId: run.id, pass: 2 }), []);
    assert.deepEqual(await steps.load({ runId: "nobody", pass: 1 }), []);
  });

  rule("[STP-15] a name that is kept already stays as it is, and is no second event", async (world) => {
    const run = await running(world);
    const { steps } = world.storage;
    const first = stepOf(world, run, "a");
    assert.deepEqual(await steps.save({ node: "n1", steps: [first] }), [true]);
    assert.deepEqual(await steps.save({ node: "n1", steps: [{ ...first, result: "2" }] }), [true]);
    const [kept] = await steps.load({ runId: run.id, pass: 1 });
    assert.equal(kept?.result, '"a"');
    const events = await world.events({ subject: `run:${run.id}`, kind: "run.stepped" });
    assert.deepEqual(
      events.map(({ label, durationMs, actor }) => [label, durationMs, actor]),
      [["a", 5, "node:n1"]],
    );
  });

  rule("[STP-16] of steps that travel together each is judged by its own fence", async (world) => {
    const run = await running(world);
    const other = await running(world);
    const { steps } = world.storage;
    const kept = await steps.save({
      node: "n1",
      steps: [
        stepOf(world, run, "fine"),
        stepOf(world, run, "of the claim before", { fence: run.fence - 1 }),
        stepOf(world, run, "of the next pass", { pass: run.pass + 1 }),
        stepOf(world, run, "of nobody", { runId: "nobody" }),
        stepOf(world, other, "fine, too"),
      ],
    });
    assert.deepEqual(kept, [true, false, false, false, true]);
    assert.deepEqual(await steps.save({ node: "n2", steps: [stepOf(world, run, "elsewhere")] }), [false]);
    const names = (await steps.load({ runId: run.id, pass: 1 })).map((step) => step.name);
    assert.deepEqual(names, ["fine"]);
    assert.deepEqual(await steps.load({ runId: run.id, pass: 2 }), []);
    const stale = await world.events({ kind: "run.stale" });
    assert.deepEqual(
      stale.map(({ label, actor }) => [label, actor]),
      [
        ["of the claim before", "node:n1"],
        ["of the next pass", "node:n1"],
        ["of nobody", "node:n1"],
        ["elsewhere", "node:n2"],
      ],
    );
  });

  rule(
    "[STP-6] a run that waits, has ended or is on its next pass keeps no step of those before",
    async (world) => {
      const { steps } = world.storage;
      const endings = [
        { kind: "succeeded", result: "1" },
        { kind: "snooze", dueAt: world.now },
        { kind: "again", params: "2" },
        { kind: "return" },
      ] as const;
      for (const ending of endings) {
        const run = await running(world);
        await world.settle(run, ending);
        assert.deepEqual(await steps.save({ node: "n1", steps: [stepOf(world, run, "late")] }), [false]);
        assert.deepEqual(await steps.load({ runId: run.id, pass: 1 }), []);
        const kinds = await world.kinds({ subject: `run:${run.id}` });
        assert.equal(kinds.at(-1), "run.stale", "an event after the end of its run is found as well");
        await world.cancel(run.id);
      }
      const run = await running(world);
      await world.settle(run, { kind: "again", params: "2" });
      const next = await world.claimOne();
      assert.deepEqual([next.pass, next.attempt], [2, 1]);
      assert.deepEqual(await steps.save({ node: "n1", steps: [stepOf(world, run, "late")] }), [false]);
      assert.deepEqual(await steps.save({ node: "n1", steps: [stepOf(world, next, "early")] }), [true]);
    },
  );

  rule("[STP-9] steps outlive the end of their run and its redrive", async (world) => {
    const run = await running(world);
    const { steps } = world.storage;
    await steps.save({ node: "n1", steps: [stepOf(world, run, "a")] });
    await world.fail(run);
    assert.equal((await steps.load({ runId: run.id, pass: 1 })).length, 1);
    await world.storage.runs.redrive({ ids: [run.id], actor: "user:suite", now: world.now });
    const again = await world.claimOne();
    await steps.save({ node: "n1", steps: [stepOf(world, again, "b")] });
    const names = (await steps.load({ runId: run.id, pass: 1 })).map((step) => step.name);
    assert.deepEqual(names, ["a", "b"]);
  });

  rule("[STP-10] retention deletes the steps of the runs it deletes, and no others", async (world) => {
    const old = await running(world);
    const { steps, retention } = world.storage;
    await steps.save({ node: "n1", steps: [stepOf(world, old, "a"), stepOf(world, old, "b")] });
    await world.succeed(old);
    world.now += 1_000;
    const young = await running(world);
    await steps.save({ node: "n1", steps: [stepOf(world, young, "a")] });
    await world.succeed(young);
    const asleep = await running(world);
    await steps.save({ node: "n1", steps: [stepOf(world, asleep, "a")] });
    await world.settle(asleep, { kind: "sleep", dueAt: world.now + 1_000_000 });
    const step = await retention.step({ runsBefore: world.now - 1, limit: 100 });
    assert.equal(step.runs, 1);
    const left = await Promise.all(
      [old, young, asleep].map(async ({ id }) => (await steps.load({ runId: id, pass: 1 })).length),
    );
    assert.deepEqual(left, [0, 1, 1]);
  });

  rule(
    "[STP-17] which attempts still hold their runs is told one by one, in the order asked",
    async (world) => {
      const { runs } = world.storage;
      const run = await running(world);
      const elsewhere = await running(world, "n2");
      const ended = await running(world);
      await world.succeed(ended);
      const attempts = [
        run,
        { id: run.id, fence: run.fence + 1 },
        elsewhere,
        ended,
        { id: "nobody", fence: 1 },
        run,
      ].map(({ id, fence }) => ({ id, fence }));
      const held = await runs.held({ node: "n1", attempts });
      assert.deepEqual(held, [true, false, false, false, false, true]);
      assert.deepEqual(await runs.held({ node: "n1", attempts: [] }), []);
    },
  );

  rule(
    "[STP-18] a sleep puts its run back until it is over, does not count, and leaves its lanes",
    async (world) => {
      const lanes = [{ key: "one", limit: 1 }];
      const [id = "", other] = await world.enqueue({ lanes }, { lanes });
      const run = await world.claimOne();
      assert.equal(await world.settle(run, { kind: "sleep", dueAt: world.now + 50 }), true);
      assert.deepEqual(await world.claimIds(), [other], "the seat is free");
      const waiting = await world.get(id);
      assert.deepEqual([waiting.state, waiting.attempt, waiting.dueAt], ["waiting", 0, world.now + 50]);
      const [slept] = await world.events({ subject: `run:${id}`, kind: "run.slept" });
      assert.equal(slept?.data, JSON.stringify({ dueAt: world.now + 50 }));
      await world.succeed({ id: other ?? "", attempt: 1 });
      world.now += 50;
      const again = await world.claimOne();
      assert.deepEqual([again.id, again.attempt], [id, 1]);
      assert.equal(await world.settle(run, { kind: "sleep", dueAt: world.now }), false);
    },
  );
}
