// Tasks as they are kept: register, edit, start, stop, remove, list.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";
import { rejectsWith, start, type World } from "./world.ts";

const minute = 60_000;

const setEnabled = (
  world: World,
  enabled: boolean,
  note?: string,
): ReturnType<typeof world.storage.tasks.setEnabled> =>
  world.storage.tasks.setEnabled({
    id: "t1",
    enabled,
    traits: {},
    actor: "user:suite",
    now: world.now,
    ...(note === undefined ? {} : { note }),
  });

export function tasksSuite(rule: Rule): void {
  rule(
    "[STO-100] a task that is registered is kept with its definition, a cursor and counters of 0",
    async (world) => {
      const definition = world.task({ tags: ["a"], params: { deep: [1, "é"] }, jitter: 0 });
      const state = await world.register(definition);
      assert.deepEqual(state, {
        id: "t1",
        definition,
        enabled: true,
        cursor: start,
        nextDue: start + minute,
        fired: 0,
        runCount: 0,
        errorCount: 0,
        version: 1,
        createdAt: start,
      });
      assert.deepEqual(await world.taskOf(), state);
      const [event] = await world.events();
      assert.deepEqual(
        [event?.kind, event?.subject, event?.actor, event?.label],
        ["task.registered", "task:t1", "user:suite", "t1"],
      );
      assert.equal(await world.storage.tasks.get({ id: "t2" }), undefined);
    },
  );

  rule("[STO-100] a task that is registered switched off is due at no time", async (world) => {
    assert.equal((await world.register({ enabled: false })).nextDue, undefined);
    world.now += minute;
    assert.equal((await world.fire()).tasks, 0);
  });

  rule("[STO-101] the same definition again changes nothing, and another is a new version", async (world) => {
    await world.register();
    world.now += minute;
    await world.fire();
    const before = await world.taskOf();
    assert.deepEqual(await world.register(), before);
    world.now += 1;
    const edited = await world.register({ schedule: "2m", params: { n: 1 } });
    assert.equal(edited.version, 2);
    assert.deepEqual([edited.fired, edited.createdAt], [1, start]);
    assert.equal(edited.nextDue, start + 2 * minute);
    assert.deepEqual(await world.storage.tasks.definitionAt({ id: "t1", version: 1 }), before.definition);
    assert.deepEqual(await world.storage.tasks.definitionAt({ id: "t1", version: 2 }), edited.definition);
    assert.equal(await world.storage.tasks.definitionAt({ id: "t1", version: 3 }), undefined);
  });

  rule("[STO-102] a change that expects another version is refused and stores nothing", async (world) => {
    await rejectsWith("task.conflict", world.register({}, { expectedVersion: 1 }));
    assert.equal(await world.storage.tasks.get({ id: "t1" }), undefined);
    const first = await world.register({}, { expectedVersion: 0 });
    await rejectsWith("task.conflict", world.register({ schedule: "5m" }, { expectedVersion: 0 }));
    assert.deepEqual(await world.taskOf(), first);
    assert.equal((await world.register({ schedule: "5m" }, { expectedVersion: 1 })).version, 2);
  });

  rule("[STO-102] of changes made at the same time with one expectation, one wins", async (world) => {
    await world.register();
    const ends = await Promise.allSettled(
      ["2m", "3m", "5m"].map((schedule) => world.register({ schedule }, { expectedVersion: 1 })),
    );
    assert.equal(ends.filter((end) => end.status === "fulfilled").length, 1);
    assert.equal((await world.taskOf()).version, 2);
  });

  rule("[STO-103] before an edit, what came due gets its outcome under the old definition", async (world) => {
    await world.register({ missed: "all", overlap: "allow" });
    world.now += 3 * minute;
    const state = await world.register({ schedule: "1h", anchor: start });
    assert.deepEqual(
      (await world.runsOf("t1")).map((run) => run.scheduledFor - start),
      [minute, 2 * minute, 3 * minute],
    );
    assert.deepEqual([state.cursor, state.nextDue, state.fired], [world.now, start + 60 * minute, 3]);
    const lines = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
    assert.deepEqual(
      lines.map((line) => line.version),
      [1, 1, 1],
    );
  });

  rule(
    "[STO-103] a time that still waits for its jitter when an edit takes its schedule away runs all the same",
    async (world) => {
      await world.register({ jitter: 50_000 });
      world.now += minute + 1;
      await world.fire();
      await world.register({ schedule: "1h", anchor: start });
      const lines = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
      assert.deepEqual(
        lines.map(({ at, outcome }) => [at - start, outcome]),
        [[minute, "run"]],
      );
      await world.register({ jitter: 50_000 });
      await setEnabled(world, false);
      world.now += minute;
      await world.register({ schedule: "1h", anchor: start, enabled: false });
      const after = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
      assert.deepEqual(
        after.map(({ at, reason }) => [at - start, reason]),
        [
          [minute, undefined],
          [2 * minute, "paused"],
        ],
      );
    },
  );

  lifeRules(rule);

  rule("[STO-108] tasks are listed by id, in pages, by tag and by whether they are on", async (world) => {
    for (const id of ["b", "a", "d", "c"]) {
      await world.register({ id, enabled: id !== "c", tags: id < "c" ? ["x", "y"] : ["y"] });
    }
    const list = async (filter: Parameters<typeof world.storage.tasks.list>[0]): Promise<string> =>
      (await world.storage.tasks.list(filter)).map((task) => task.id).join("");
    assert.equal(await list({ limit: 10 }), "abcd");
    assert.equal(await list({ limit: 3 }), "abc");
    assert.equal(await list({ limit: 3, after: "c" }), "d");
    assert.equal(await list({ limit: 9, tag: "x" }), "ab");
    assert.equal(await list({ limit: 9, enabled: false }), "c");
    assert.equal(await list({ limit: 9, enabled: true, tag: "y", after: "a" }), "bd");
  });
}

function lifeRules(rule: Rule): void {
  rule(
    "[STO-104] a stopped task is due at no time, keeps its note, and fires again when it is started",
    async (world) => {
      await world.register();
      const stopped = await setEnabled(world, false, "moving house");
      assert.deepEqual(
        [stopped?.enabled, stopped?.nextDue, stopped?.pausedNote],
        [false, undefined, "moving house"],
      );
      world.now += 2.5 * minute;
      assert.equal((await world.fire()).tasks, 0);
      const started = await setEnabled(world, true);
      assert.deepEqual(
        [started?.enabled, started?.nextDue, started?.pausedNote, started?.version],
        [true, start + 3 * minute, undefined, 1],
      );
      assert.deepEqual(await world.kinds({ subject: "task:t1" }), [
        "task.registered",
        "task.stopped",
        "task.skipped",
        "task.started",
      ]);
      world.now = start + 3 * minute;
      assert.equal((await world.fire()).tasks, 1);
      assert.equal((await world.runsOf("t1")).length, 1);
    },
  );

  rule("[STO-104] starting what is on and stopping what is off change nothing", async (world) => {
    const before = await world.register();
    assert.deepEqual(await setEnabled(world, true), before);
    const stopped = await setEnabled(world, false);
    const head = await world.storage.journal.head();
    assert.deepEqual(await setEnabled(world, false), stopped);
    assert.equal(await world.storage.journal.head(), head);
    assert.equal(
      await world.storage.tasks.setEnabled({
        id: "t9",
        enabled: true,
        traits: {},
        actor: "user:suite",
        now: world.now,
      }),
      undefined,
    );
  });

  rule("[STO-105] the times that passed while a task was stopped are skipped as paused", async (world) => {
    await world.register();
    await setEnabled(world, false);
    world.now += 3 * minute;
    await setEnabled(world, true);
    const lines = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
    assert.deepEqual(
      lines.map(({ at, until, outcome, reason, count }) => [
        at - start,
        until - start,
        outcome,
        reason,
        count,
      ]),
      [[minute, 3 * minute, "skipped", "paused", 3]],
    );
    assert.deepEqual(await world.runsOf("t1"), []);
  });

  rule(
    "[STO-105] the times that passed before the edit of a stopped task are skipped as paused, too",
    async (world) => {
      await world.register();
      await setEnabled(world, false, "moving house");
      world.now += 3 * minute;
      const edited = await world.register({ schedule: "7m", enabled: false });
      assert.deepEqual(
        [edited.enabled, edited.pausedNote, edited.cursor],
        [false, "moving house", world.now],
      );
      const lines = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
      assert.deepEqual(
        lines.map(({ at, until, reason, version }) => [at - start, until - start, reason, version]),
        [[minute, 3 * minute, "paused", 1]],
      );
    },
  );

  rule("[STO-106] what came due before a stop runs, as the action and the task want it", async (world) => {
    const traits = {
      "mail:send": {
        maxAttempts: 7,
        priority: 5,
        cluster: "c1",
        lanes: [{ key: "action:mail:send", limit: 2 }],
        rates: [],
      },
    };
    await world.register({}, { traits });
    world.now += minute;
    await world.storage.tasks.setEnabled({
      id: "t1",
      enabled: false,
      traits,
      actor: "user:suite",
      now: world.now,
    });
    const [run] = await world.runsOf("t1");
    assert.deepEqual([run?.maxAttempts, run?.priority, run?.cluster], [7, 5, "c1"]);
    await world.kill("cluster:c1");
    assert.deepEqual(await world.claimIds(), []);
  });

  rule("[STO-147] skipped times are counted by reason, whatever skipped them", async (world) => {
    await world.register();
    await world.kill("task:t1");
    world.now += 2 * minute;
    await world.fire();
    const held = await world.storage.tasks.skipCounts();
    assert.deepEqual(held, { switch: 2 });
    await setEnabled(world, false);
    world.now += 3 * minute;
    await setEnabled(world, true);
    assert.deepEqual(await world.storage.tasks.skipCounts(), { ...held, paused: 3 });
  });

  rule("[STO-107] a removed task is gone, and its runs and its ledger stay", async (world) => {
    await world.register();
    world.now += minute;
    await world.fire();
    const remove = (): Promise<boolean> =>
      world.storage.tasks.remove({ id: "t1", actor: "user:suite", now: world.now });
    assert.equal(await remove(), true);
    assert.equal(await remove(), false);
    assert.equal(await world.storage.tasks.get({ id: "t1" }), undefined);
    world.now += 10 * minute;
    assert.equal((await world.fire()).tasks, 0);
    const run = await world.claimOne();
    assert.equal(run.taskId, "t1");
    assert.equal(await world.succeed(run), true);
    assert.equal((await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 })).length, 1);
  });

  rule(
    "[STO-107] a task registered anew is a further version, so that its old ledger can still be read",
    async (world) => {
      await world.register();
      await setEnabled(world, false);
      world.now += 5 * minute;
      await setEnabled(world, true);
      await world.storage.tasks.remove({ id: "t1", actor: "user:suite", now: world.now });
      const anew = await world.register({ type: "cron", schedule: "0 0 1 1 *" }, { expectedVersion: 0 });
      assert.deepEqual([anew.fired, anew.runCount], [0, 0]);
      const [line] = await world.storage.tasks.occurrences({ taskId: "t1", limit: 1 });
      assert.equal(line?.reason, "paused");
      const under = await world.storage.tasks.definitionAt({ id: "t1", version: line?.version ?? 0 });
      assert.equal(under?.schedule, "1m", "the definition under which those times were skipped");
    },
  );

  rule(
    "[STO-107] a task registered anew under another schedule follows the new one at once",
    async (world) => {
      await world.register({ overlap: "allow" });
      world.now += minute;
      await world.fire();
      await world.storage.tasks.remove({ id: "t1", actor: "user:suite", now: world.now });
      await world.register({ overlap: "allow", schedule: "7m", anchor: world.now });
      world.now += 7 * minute;
      await world.fire();
      assert.deepEqual(
        (await world.runsOf("t1")).map((run) => run.scheduledFor - start),
        [minute, 8 * minute],
      );
    },
  );
}
