// Gates: what they hold, which run one release lets go, and what its permit is good for.
import assert from "node:assert/strict";
import type { NewRun } from "../../storage/runs.ts";
import type { Rule } from "./conformance.ts";
import { next, open, pending, press, shut } from "./gate-presses.ts";
import type { World } from "./world.ts";

export function gateSuite(rule: Rule): void {
  holdRules(rule);
  orderRules(rule);
  permitRules(rule);
}

function holdRules(rule: Rule): void {
  for (const scope of ["all", "action:mail:send", "task:t1"]) {
    rule(`[GAT-2] behind a gate on ${scope} nothing starts but what is released`, async (world) => {
      await shut(world, scope);
      const [first = "", second = "", other = ""] = await world.enqueue(
        { taskId: "t1" },
        { taskId: "t1" },
        { action: "page:fetch", taskId: "t2" },
      );
      const free = scope === "all" ? [] : [other];
      assert.deepEqual(await world.claimIds(), free);
      assert.deepEqual(await world.claimIds(), []);
      assert.match((await world.get(first)).reason ?? "", new RegExp(`gate on "${scope}"`));
      assert.equal(await press(world, scope), first);
      assert.deepEqual(await world.claimIds(), [first]);
      assert.equal((await world.get(second)).state, "waiting");
      world.now += 3_600_000;
      assert.deepEqual(await world.claimIds(), []);
    });
  }

  rule("[GAT-2] what runs when the gate is shut goes on", async (world) => {
    await world.enqueueOne();
    const running = await world.claimOne();
    await shut(world);
    assert.equal(await world.succeed(running), true);
  });

  rule("[GAT-18] a run that waits before a gate says so, once a claim has looked at it", async (world) => {
    await shut(world);
    const id = await world.enqueueOne();
    await world.claimIds();
    assert.equal((await world.get(id)).reason, 'held by the gate on "all" until it is released');
  });

  rule("[GAT-7] a run under several gates waits until the last of them is opened", async (world) => {
    const id = await world.enqueueOne({ taskId: "t1" });
    for (const scope of ["task:t1", "all", "action:mail:send"]) await shut(world, scope);
    for (const scope of ["all", "task:t1", "action:mail:send"]) {
      assert.deepEqual(await world.claimIds(), []);
      assert.equal(await open(world, scope), true);
    }
    assert.deepEqual(await world.claimIds(), [id]);
  });

  rule("[GAT-7] a run under several gates is released once", async (world) => {
    const id = await world.enqueueOne({ taskId: "t1" });
    for (const scope of ["task:t1", "all", "action:mail:send"]) await shut(world, scope);
    assert.equal(await press(world, "task:t1"), id);
    assert.equal(await press(world), "nothing_pending");
    assert.deepEqual(await world.claimIds(), [id]);
  });

  rule("[GAT-8] an opened gate lets go of what it held, in the order of claims", async (world) => {
    await shut(world);
    const [low = "", late = ""] = await world.enqueue({}, { dueAt: world.now + 5 });
    const [high = ""] = await world.enqueue({ priority: 5, dueAt: world.now + 9 });
    world.now += 10;
    assert.deepEqual(await world.claimIds(), []);
    await open(world);
    assert.deepEqual(await world.claimIds(), [high, low, late]);
  });

  rule("[GAT-15] the actions that work the switches pass every gate", async (world) => {
    await shut(world);
    await shut(world, "task:t1");
    const ids = await world.enqueue(
      { action: "kill_switch:enable", taskId: "t1" },
      { action: "cluster:disable" },
    );
    assert.equal(await press(world), "nothing_pending");
    assert.deepEqual(await world.claimIds(), ids);
  });

  rule("[GAT-14] shutting and opening a gate is journaled and shows in the state", async (world) => {
    await world.storage.gate.set({
      scope: "task:t1",
      mode: "stepper",
      actor: "user:ann",
      reason: "why does it fail",
      now: world.now,
    });
    const kept = {
      scope: "task:t1",
      mode: "stepper",
      actor: "user:ann",
      reason: "why does it fail",
      at: world.now,
    };
    assert.deepEqual(await world.storage.gate.list(), [kept]);
    assert.deepEqual((await world.storage.control.state()).gates, [kept]);
    assert.equal(await open(world, "task:t1"), true);
    assert.equal(await open(world, "task:t1"), false);
    assert.deepEqual(await world.storage.gate.list(), []);
    const events = await world.events({ kind: "gate.set" });
    assert.deepEqual(
      events.map(({ actor, subject, category, label }) => [actor, subject, category, label]),
      [
        ["user:ann", "gate:task:t1", "control", "stepper"],
        ["user:ann", "gate:task:t1", "control", "realtime"],
      ],
    );
  });
}

function orderRules(rule: Rule): void {
  const given: readonly Partial<NewRun>[] = [
    { dueAt: 30, priority: 9 },
    { dueAt: 20 },
    { dueAt: 20, priority: -3 },
    { dueAt: 10, priority: 2, action: "page:fetch" },
    { dueAt: 25, priority: 9, action: "page:fetch" },
  ];
  for (const looked of [true, false]) {
    rule(
      `[GAT-3] the oldest due run goes first, whatever its priority, ${looked ? "after" : "before"} a claim has looked`,
      async (world) => {
        await shut(world);
        const ids = await world.enqueue(
          ...given.map((one) => ({ ...one, dueAt: world.now + (one.dueAt ?? 0) })),
        );
        const [future = ""] = await world.enqueue({ dueAt: world.now + 1_000 });
        world.now += 100;
        if (looked) assert.deepEqual(await world.claimIds(), []);
        for (const index of [3, 1, 2, 4, 0]) {
          assert.equal(await press(world), ids[index]);
          assert.deepEqual(await world.claimIds(), [ids[index]]);
        }
        assert.equal(await press(world), "nothing_pending");
        world.now += 1_000;
        assert.equal(await press(world), future);
      },
    );
  }

  rule("[GAT-3] a narrow release takes the oldest of its own scope", async (world) => {
    await shut(world);
    const [, , second = "", third = ""] = await world.enqueue(
      { action: "page:fetch" },
      { action: "page:fetch", taskId: "t2" },
      { taskId: "t1" },
      { taskId: "t1" },
    );
    assert.equal(await press(world, "task:t1"), second);
    assert.equal(await press(world, "action:mail:send"), third);
    assert.equal(await press(world, "action:mail:send"), "nothing_pending");
    assert.deepEqual(await world.claimIds(), [second, third]);
  });

  rule(
    "[GAT-17] who waits for a seat when the gate is shut waits before the gate, and age decides",
    async (world) => {
      const lanes = [{ key: "one", limit: 1 }];
      const [running = "", older = ""] = await world.enqueue({ lanes }, { lanes });
      assert.deepEqual(await world.claimIds(), [running]);
      assert.deepEqual(await world.claimIds(), []);
      await shut(world);
      const younger = await world.enqueueOne({ lanes });
      await world.claimIds();
      assert.equal((await pending(world)).next?.id, older);
      await world.succeed({ id: running, attempt: 1 });
      assert.deepEqual(await world.claimIds(), []);
      assert.deepEqual([await press(world), await press(world)], [older, younger]);
      assert.deepEqual(await world.claimIds(), [older]);
      await world.succeed({ id: older, attempt: 1 });
      assert.deepEqual(await world.claimIds(), [younger]);
    },
  );

  rule("[GAT-17] a seat that a held run was called to goes to one that no gate holds", async (world) => {
    const lanes = [{ key: "one", limit: 1 }];
    const [running = "", , free = ""] = await world.enqueue(
      { lanes },
      { lanes },
      { lanes, action: "page:fetch" },
    );
    assert.deepEqual(await world.claimIds(), [running]);
    assert.deepEqual(await world.claimIds(), []);
    await world.succeed({ id: running, attempt: 1 });
    await shut(world, "action:mail:send");
    assert.deepEqual(await world.claimIds(), [free]);
  });

  rule("[GAT-4] a release answers with its event as the journal keeps it", async (world) => {
    await shut(world);
    const id = await world.enqueueOne();
    const answer = await next(world);
    assert.ok(answer.status === "released");
    const { kind, category, actor, subject, label } = answer.event;
    assert.deepEqual(
      { kind, category, actor, subject, label },
      {
        kind: "gate.released",
        category: "control",
        actor: "user:ann",
        subject: `run:${id}`,
        label: "mail:send",
      },
    );
    assert.deepEqual(await world.events({ kind: "gate.released" }), [answer.event]);
  });
}

function permitRules(rule: Rule): void {
  const waits: readonly (readonly [
    string,
    Partial<NewRun>,
    (world: World, id: string) => Promise<unknown>,
  ])[] = [
    [
      "a lane",
      { lanes: [{ key: "one", limit: 1 }] },
      async (world) => {
        const lanes = [{ key: "one", limit: 1 }];
        const before = await world.enqueueOne({ lanes, dueAt: 0 });
        await press(world);
        assert.deepEqual(await world.claimIds(), [before]);
        return async () => world.succeed({ id: before, attempt: 1 });
      },
    ],
    [
      "a limit",
      { cluster: "c1" },
      async (world) => {
        await world.cluster({ id: "c1", limit: { limit: 0, perMs: 1_000 } });
        return () => world.cluster({ id: "c1", limit: null });
      },
    ],
    [
      "a switch",
      {},
      async (world) => async () => {
        await world.restore("action:mail:send");
      },
    ],
  ];
  for (const [name, given, obstruct] of waits) {
    rule(`[GAT-5] a released run that waits for ${name} keeps its permit until it starts`, async (world) => {
      await shut(world);
      const id = await world.enqueueOne(given);
      const lift = await obstruct(world, id);
      assert.equal(await press(world), id);
      if (name === "a switch") await world.kill("action:mail:send");
      const other = await world.enqueueOne(given);
      assert.deepEqual(await world.claimIds(), []);
      if (typeof lift === "function") await lift();
      assert.deepEqual(await world.claimIds(), [id]);
      assert.equal((await world.get(other)).state, "waiting");
      assert.match((await world.get(other)).reason ?? "", /gate/);
    });
  }

  const backs: readonly (readonly [string, (world: World, id: string) => Promise<unknown>])[] = [
    [
      "the next attempt",
      (world, id) => world.settle({ id, attempt: 1 }, { kind: "retry", error: "{}", dueAt: world.now }),
    ],
    ["the next pass", (world, id) => world.settle({ id, attempt: 1 }, { kind: "again", params: "1" })],
    ["a snooze", (world, id) => world.settle({ id, attempt: 1 }, { kind: "snooze", dueAt: world.now })],
    ["a sleep", (world, id) => world.settle({ id, attempt: 1 }, { kind: "sleep", dueAt: world.now })],
    ["what was handed back", (world, id) => world.settle({ id, attempt: 1 }, { kind: "return" })],
    [
      "what was lost",
      async (world) => {
        world.now += 60_000;
        await world.storage.runs.recover({ now: world.now });
      },
    ],
    [
      "what was redriven",
      async (world, id) => {
        await world.fail({ id, attempt: 1 });
        await world.storage.runs.redrive({ ids: [id], actor: "user:suite", now: world.now });
      },
    ],
  ];
  for (const [name, putBack] of backs) {
    rule(`[GAT-6] ${name} waits for another release`, async (world) => {
      await world.join();
      await shut(world);
      const id = await world.enqueueOne();
      assert.equal(await press(world), id);
      assert.deepEqual(await world.claimIds(), [id]);
      await putBack(world, id);
      assert.deepEqual(await world.claimIds({ node: "n2" }), []);
      assert.equal(await press(world), id);
      assert.deepEqual(await world.claimIds({ node: "n2" }), [id]);
    });
  }
}
