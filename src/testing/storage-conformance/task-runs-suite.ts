// What the end of a run does to its task: counters, the last error, the events of the field, the pause after a failure.
import assert from "node:assert/strict";
import type { TaskDefinition } from "../../task/task.ts";
import type { ClaimedRun } from "../../storage/runs.ts";
import type { Rule } from "./conformance.ts";
import { errorText, start, type World } from "./world.ts";

const minute = 60_000;

async function fireAndClaim(world: World, given: Partial<TaskDefinition> = {}): Promise<ClaimedRun> {
  await world.register(given);
  world.now += minute;
  await world.fire();
  return world.claimOne();
}

export function taskRunsSuite(rule: Rule): void {
  rule(
    "[STO-125] a run that ends counts for its task, and its start and its error are kept there",
    async (world) => {
      const first = await fireAndClaim(world);
      const startedAt = world.now;
      world.now += 10;
      await world.fail(first, "no such mailbox");
      let task = await world.taskOf();
      assert.deepEqual(
        [task.runCount, task.errorCount, task.lastRun, task.lastError],
        [1, 1, startedAt, "no such mailbox"],
      );
      world.now = start + 2 * minute;
      await world.fire();
      await world.succeed(await world.claimOne());
      task = await world.taskOf();
      assert.deepEqual(
        [task.runCount, task.errorCount, task.lastRun, task.lastError],
        [2, 1, world.now, undefined],
      );
    },
  );

  rule(
    "[STO-125] an attempt that is followed by another does not count, nor does a run that never started",
    async (world) => {
      const first = await fireAndClaim(world, { overlap: "allow" });
      await world.settle(first, { kind: "retry", error: errorText("busy"), dueAt: world.now + 1e6 });
      assert.equal((await world.taskOf()).runCount, 0);
      world.now += minute;
      await world.fire();
      const [, second] = await world.runsOf("t1");
      await world.cancel(second?.id ?? "");
      assert.equal((await world.taskOf()).runCount, 0);
    },
  );

  rule("[STO-125] a run that was cancelled under way counts, and not as an error", async (world) => {
    const run = await fireAndClaim(world);
    await world.cancel(run.id);
    const task = await world.taskOf();
    assert.deepEqual([task.runCount, task.errorCount], [1, 0]);
  });

  rule(
    "[STO-126] the end of a task's run is told as an event of the task, with the error of a failed one",
    async (world) => {
      await world.succeed(await fireAndClaim(world, { name: "Digest" }));
      world.now += minute;
      await world.fire();
      const second = await world.claimOne();
      await world.fail(second, "no such mailbox");
      const told = (await world.events({ subject: "task:t1" })).filter((event) =>
        event.kind.startsWith("scheduled_task_"),
      );
      assert.deepEqual(
        told.map(({ kind, severity, label, parent }) => [
          kind,
          severity,
          label,
          parent === `run:${second.id}`,
        ]),
        [
          ["scheduled_task_executed", "info", "Digest", false],
          ["scheduled_task_failed", "error", "Digest", true],
        ],
      );
      assert.match(told[1]?.data ?? "", /no such mailbox/);
    },
  );

  rule(
    "[STO-127] a task that pauses on failure stops with a note when a run of it has failed for good",
    async (world) => {
      const first = await fireAndClaim(world, { pauseOnFailure: true });
      await world.settle(first, { kind: "retry", error: errorText("busy"), dueAt: world.now });
      assert.equal((await world.taskOf()).enabled, true);
      await world.fail(await world.claimOne(), "no such mailbox");
      const task = await world.taskOf();
      assert.deepEqual([task.enabled, task.nextDue], [false, undefined]);
      assert.match(task.pausedNote ?? "", /no such mailbox/);
      assert.ok((await world.kinds({ subject: "task:t1" })).includes("task.stopped"));
      world.now += 5 * minute;
      assert.equal((await world.fire()).tasks, 0);
    },
  );

  rule("[STO-127] success, and a failure without that policy, pause nothing", async (world) => {
    await world.succeed(await fireAndClaim(world, { pauseOnFailure: true }));
    await world.register({ pauseOnFailure: false });
    world.now += minute;
    await world.fire();
    await world.fail(await world.claimOne());
    assert.equal((await world.taskOf()).enabled, true);
  });

  rule("[STO-128] the end of a run whose task was removed harms nothing", async (world) => {
    const run = await fireAndClaim(world, { pauseOnFailure: true });
    await world.storage.tasks.remove({ id: "t1", actor: "user:suite", now: world.now });
    assert.equal(await world.fail(run), true);
    assert.equal((await world.get(run.id)).state, "failed");
  });
}
