// Firing: every due nominal time gets exactly one outcome, a run or a skip with its reason.
import assert from "node:assert/strict";
import type { OccurrenceRecord } from "../../storage/tasks.ts";
import type { Rule } from "./conformance.ts";
import { start, type World } from "./world.ts";

const minute = 60_000;

/** The ledger of t1 in short: minutes since the start, and what became of them. */
async function ledger(world: World, id = "t1"): Promise<string[]> {
  const lines = await world.storage.tasks.occurrences({ taskId: id, limit: 1_000 });
  return lines.map(short);
}

function short({ at, until, outcome, reason }: OccurrenceRecord): string {
  const span = at === until ? "" : `-${(until - start) / minute}`;
  return `${(at - start) / minute}${span} ${reason ?? outcome}`;
}

export function fireSuite(rule: Rule): void {
  rule(
    "[STO-110] a due time becomes a run and a line of the ledger, in the same transaction",
    async (world) => {
      await world.register({ params: { to: "ann" }, tags: ["x"], passes: 2 });
      world.now += minute + 250;
      const report = await world.fire();
      assert.deepEqual(report, {
        tasks: 1,
        latenessMs: [250],
        skipped: {},
        cancelled: [],
        nextDueAt: start + 2 * minute,
      });
      const [run] = await world.runsOf("t1");
      assert.ok(run);
      assert.deepEqual(
        [run.scheduledFor, run.dueAt, run.action, run.params, run.tags, run.passes],
        [start + minute, start + minute, "mail:send", '{"to":"ann"}', ["x"], 2],
      );
      const [line] = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10 });
      assert.deepEqual(line, {
        taskId: "t1",
        at: start + minute,
        until: start + minute,
        outcome: "run",
        count: 1,
        runId: run.id,
        version: 1,
      });
      const state = await world.taskOf();
      assert.deepEqual([state.cursor, state.fired, state.nextDue], [world.now, 1, start + 2 * minute]);
      assert.equal((await world.events({ kind: "run.enqueued" }))[0]?.actor, "task:t1");
    },
  );

  rule("[STO-110] nothing fires before it is due, and nothing twice", async (world) => {
    await world.register();
    world.now += minute - 1;
    assert.deepEqual(await world.fire(), {
      tasks: 0,
      latenessMs: [],
      skipped: {},
      cancelled: [],
      nextDueAt: start + minute,
    });
    world.now += 1;
    await Promise.all([world.fire(), world.fire(), world.fire()]);
    assert.equal((await world.runsOf("t1")).length, 1);
    world.now -= 5 * minute;
    await world.fire();
    world.now = start + minute;
    await world.fire();
    assert.deepEqual(await ledger(world), ["1 run"]);
  });

  rule(
    "[STO-111] a step looks at no more tasks than asked for, the most overdue first, and says when the next is due",
    async (world) => {
      for (const [index, id] of ["a", "b", "c"].entries())
        await world.register({ id, type: "once", schedule: String(start + 300 - index * 100) });
      world.now += 400;
      const first = await world.fire({ limit: 2 });
      assert.deepEqual([first.tasks, first.nextDueAt], [2, start + 300]);
      assert.deepEqual([await ledger(world, "a"), (await ledger(world, "b")).length], [[], 1]);
      const second = await world.fire({ limit: 2 });
      assert.deepEqual([second.tasks, second.nextDueAt], [1, undefined]);
    },
  );

  rule(
    "[STO-112] runs of a task have what the task says, and where it says nothing what the action says",
    async (world) => {
      const lanes = [{ key: "action:mail:send", limit: 1 }];
      const traits = { "mail:send": { maxAttempts: 7, priority: 5, cluster: "c1", lanes, rates: [] } };
      await world.register({ id: "plain", overlap: "allow" }, { traits });
      await world.register(
        { id: "own", overlap: "allow", priority: 9, cluster: "c2", retry: { attempts: 2 }, timeout: 5 },
        { traits },
      );
      await world.register({ id: "other", action: "page:fetch" }, { traits });
      world.now += minute;
      await world.fire({ traits });
      const [plain] = await world.runsOf("plain");
      const [own] = await world.runsOf("own");
      const [other] = await world.runsOf("other");
      assert.deepEqual([plain?.maxAttempts, plain?.priority, plain?.cluster], [7, 5, "c1"]);
      assert.deepEqual([own?.maxAttempts, own?.priority, own?.cluster], [2, 9, "c2"]);
      assert.deepEqual([other?.maxAttempts, other?.priority, other?.cluster], [3, 0, undefined]);
      const claimed = await world.claimIds();
      assert.deepEqual(claimed, [own?.id, other?.id], "both of mail:send stand in its one lane");
    },
  );

  uniqueRules(rule);
  skipRules(rule);
  overlapRules(rule);
}

function uniqueRules(rule: Rule): void {
  const backfill = (
    world: World,
    minutes: readonly number[],
  ): Promise<{ readonly enqueued: number; readonly skipped: number }> =>
    world.storage.tasks.backfill({
      id: "t1",
      times: minutes.map((one) => start + one * minute),
      traits: {},
      actor: "user:suite",
      now: world.now,
    });

  rule("[STO-113] a nominal time that has a run never gets another by a backfill", async (world) => {
    await world.register();
    world.now += 2 * minute;
    await world.fire();
    assert.deepEqual(await backfill(world, [1, 2]), { enqueued: 1, skipped: 1 });
    assert.deepEqual(await backfill(world, [1, 2]), { enqueued: 0, skipped: 2 });
    assert.deepEqual(
      (await world.runsOf("t1")).map((run) => (run.scheduledFor - start) / minute),
      [1, 2],
    );
  });

  rule("[STO-113] backfills made at the same time make one run per time", async (world) => {
    await world.register();
    const ends = await Promise.all([
      backfill(world, [-3, -2, -1]),
      backfill(world, [-3, -2, -1]),
      backfill(world, [-2]),
    ]);
    assert.equal(
      ends.reduce((sum, end) => sum + end.enqueued, 0),
      3,
    );
    assert.equal((await world.runsOf("t1")).length, 3);
  });

  rule("[STO-113] a time named twice in one backfill runs once", async (world) => {
    await world.register();
    assert.deepEqual(await backfill(world, [-1, -1]), { enqueued: 1, skipped: 1 });
  });

  rule("[STO-113] a time that a backfill ran before it was due does not fire again", async (world) => {
    await world.register({ overlap: "allow" });
    await backfill(world, [1]);
    world.now += minute;
    await world.fire();
    assert.deepEqual(await ledger(world), ["1 run"]);
    assert.equal((await world.runsOf("t1")).length, 1);
  });

  rule("[STO-113] a task removed and registered again does not run a time that has run", async (world) => {
    const once = { type: "once", schedule: String(start + minute) } as const;
    await world.register(once);
    world.now += minute;
    await world.fire();
    await world.storage.tasks.remove({ id: "t1", actor: "user:suite", now: world.now });
    await world.register(once);
    await world.fire();
    world.now += 1;
    await world.fire();
    assert.equal((await world.runsOf("t1")).length, 1);
  });

  rule("[STO-114] a backfill of an unknown task makes nothing", async (world) => {
    assert.deepEqual(await backfill(world, [1]), { enqueued: 0, skipped: 0 });
  });
}

function skipRules(rule: Rule): void {
  rule(
    "[STO-115] times that were missed beyond the policy are skipped as spans, with reason and count",
    async (world) => {
      await world.register({ missedWindow: 10 * minute });
      world.now += 20 * minute;
      const report = await world.fire();
      assert.deepEqual(report.skipped, { window: 9, limit: 10 });
      assert.deepEqual(await ledger(world), ["1-9 window", "10-19 limit", "20 run"]);
      const skipped = await world.events({ kind: "task.skipped" });
      assert.deepEqual(
        skipped.map((event) => event.label),
        ["window", "limit"],
      );
    },
  );

  rule("[STO-116] what comes due while its task is held by a switch is skipped as switch", async (world) => {
    for (const scope of ["all", "task:t1", "action:mail:send", "cluster:c1"]) {
      await world.register({ cluster: "c1" });
      await world.kill(scope);
      world.now += minute;
      const report = await world.fire();
      assert.deepEqual(report.skipped, { switch: 1 });
      await world.restore(scope);
    }
    await world.cluster({ id: "c1", enabled: false });
    world.now += minute;
    assert.deepEqual((await world.fire()).skipped, { switch: 1 });
    await world.cluster({ id: "c1", enabled: true });
    world.now += minute;
    assert.deepEqual((await world.fire()).skipped, {});
    assert.equal((await world.runsOf("t1")).length, 1);
  });

  rule(
    "[STO-116] a switch whose end has come skips nothing, and control actions fire in spite of all switches",
    async (world) => {
      await world.register();
      await world.register({ id: "lift", action: "kill_switch:disable" });
      await world.kill("all", start + 90_000);
      world.now += minute;
      await world.fire();
      assert.deepEqual([await ledger(world), await ledger(world, "lift")], [["1 switch"], ["1 run"]]);
      world.now += minute;
      await world.fire();
      assert.deepEqual(await ledger(world), ["1 switch", "2 run"]);
    },
  );

  rule("[STO-116] the cluster of the action counts when the task names none", async (world) => {
    const traits = { "mail:send": { maxAttempts: 3, priority: 0, cluster: "c1", lanes: [], rates: [] } };
    await world.register({}, { traits });
    await world.kill("cluster:c1");
    world.now += minute;
    assert.deepEqual((await world.fire({ traits })).skipped, { switch: 1 });
  });

  rule(
    "[STO-117] a task whose runs are used up, and one whose times are over, is due no more and says so",
    async (world) => {
      await world.register({ maxRuns: 1 });
      await world.register({ id: "t2", type: "once", schedule: String(start + minute) });
      world.now += minute;
      await world.fire();
      for (const id of ["t1", "t2"]) {
        const task = await world.taskOf(id);
        assert.deepEqual([task.nextDue, task.enabled, task.fired], [undefined, true, 1]);
        assert.equal((await world.kinds({ subject: `task:${id}` })).at(-1), "task.finished");
      }
      world.now += 10 * minute;
      assert.equal((await world.fire()).tasks, 0);
    },
  );

  rule("[STO-118] the ledger is read by range, by outcome and in pages", async (world) => {
    await world.register({ overlap: "allow" });
    for (const minutes of [1, 2, 5, 6]) {
      world.now = start + minutes * minute;
      await world.fire();
    }
    assert.deepEqual(await ledger(world), ["1 run", "2 run", "3-4 limit", "5 run", "6 run"]);
    const read = async (
      filter: Omit<Parameters<typeof world.storage.tasks.occurrences>[0], "taskId">,
    ): Promise<string[]> => (await world.storage.tasks.occurrences({ taskId: "t1", ...filter })).map(short);
    assert.deepEqual(await read({ limit: 9, outcome: "skipped" }), ["3-4 limit"]);
    assert.deepEqual(await read({ limit: 9, from: start + 5 * minute }), ["5 run", "6 run"]);
    assert.deepEqual(await read({ limit: 9, to: start + 2 * minute }), ["1 run", "2 run"]);
    assert.deepEqual(await read({ limit: 9, from: start + 4 * minute, to: start + 5 * minute }), [
      "3-4 limit",
      "5 run",
    ]);
    assert.deepEqual(await read({ limit: 2 }), ["1 run", "2 run"]);
    assert.deepEqual(await read({ limit: 2, after: [start + 2 * minute, ""] }), ["3-4 limit", "5 run"]);
    assert.deepEqual(await read({ limit: 2, after: [start + 3 * minute, "limit"] }), ["5 run", "6 run"]);
  });
}

function overlapRules(rule: Rule): void {
  /** Fires at minutes 1 to 4 while the run of minute 1 goes on, and gives the ledger. */
  const whileRunning = async (
    world: World,
    overlap: "skip" | "queue one" | "queue all" | "cancel running" | "allow",
  ): Promise<string[]> => {
    await world.register({ overlap });
    for (let step = 1; step <= 4; step++) {
      world.now += minute;
      const report = await world.fire();
      if (overlap === "cancel running" && step > 1) assert.equal(report.cancelled.length, 1);
      await world.claim();
    }
    return ledger(world);
  };

  rule(
    '[STO-119] under "skip" a due time is skipped while a run of the task is unfinished',
    async (world) => {
      assert.deepEqual(await whileRunning(world, "skip"), ["1 run", "2 overlap", "3 overlap", "4 overlap"]);
      assert.equal((await world.storage.runs.counts()).running, 1);
    },
  );

  rule('[STO-119] under "queue one" one run waits and the others are skipped', async (world) => {
    assert.deepEqual(await whileRunning(world, "queue one"), ["1 run", "2 run", "3 overlap", "4 overlap"]);
    const counts = await world.storage.runs.counts();
    assert.deepEqual([counts.running, counts.waiting], [1, 1]);
  });

  rule('[STO-119] under "queue all" they run one after another', async (world) => {
    assert.deepEqual(await whileRunning(world, "queue all"), ["1 run", "2 run", "3 run", "4 run"]);
    const [first, ...rest] = await world.runsOf("t1");
    await world.succeed({ id: first?.id ?? "", attempt: 1 });
    for (const expected of rest) {
      const claimed = await world.claim();
      assert.deepEqual(
        claimed.runs.map((run) => run.id),
        [expected.id],
      );
      for (const run of claimed.runs) await world.succeed(run);
    }
  });

  rule('[STO-119] under "cancel running" the newest takes the place of the one before', async (world) => {
    assert.deepEqual(await whileRunning(world, "cancel running"), ["1 run", "2 run", "3 run", "4 run"]);
    assert.deepEqual(
      (await world.runsOf("t1")).map((run) => run.state),
      ["cancelled", "cancelled", "cancelled", "running"],
    );
  });

  rule('[STO-119] under "allow" they run beside each other', async (world) => {
    assert.deepEqual(await whileRunning(world, "allow"), ["1 run", "2 run", "3 run", "4 run"]);
    assert.equal((await world.storage.runs.counts()).running, 4);
  });
}
