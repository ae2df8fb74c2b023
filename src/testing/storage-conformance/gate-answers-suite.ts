// What stands against a release, what happens when it is asked twice, and what a gate means to a task.
import assert from "node:assert/strict";
import type { NewRun } from "../../storage/runs.ts";
import type { Rule } from "./conformance.ts";
import { next, open, pending, press, shut } from "./gate-presses.ts";

export function gateAnswersSuite(rule: Rule): void {
  refusalRules(rule);
  repeatRules(rule);
  taskRules(rule);
}

function refusalRules(rule: Rule): void {
  rule("[GAT-9] a release from a scope that is not held as a whole is wrong_mode", async (world) => {
    await world.enqueue({ taskId: "t1" });
    assert.equal(await press(world), "wrong_mode");
    await shut(world, "task:t1");
    for (const scope of ["all", "action:mail:send", "task:t2", "process:counter"])
      assert.equal(await press(world, scope), "wrong_mode");
    assert.deepEqual(await pending(world), {
      mode: "realtime",
      head: (await pending(world)).head,
      reason: "wrong_mode",
    });
  });

  for (const scope of ["all", "action:mail:send"]) {
    rule(`[GAT-10] while ${scope} is killed a release is refused and uses up nothing`, async (world) => {
      await shut(world);
      const id = await world.enqueueOne();
      await world.claimIds();
      await world.kill(scope);
      assert.equal(await press(world, "all", { key: "k" }), "switch");
      assert.equal((await pending(world)).reason, "switch");
      assert.deepEqual(await world.events({ kind: "gate.released" }), []);
      await world.restore(scope);
      assert.deepEqual(await world.claimIds(), []);
      assert.equal(await press(world, "all", { key: "k" }), id);
      assert.deepEqual(await world.claimIds(), [id]);
    });
  }

  rule("[GAT-10] what a claim has parked behind a switch is killed all the same", async (world) => {
    await world.kill("action:mail:send");
    const id = await world.enqueueOne({ taskId: "t1" });
    await world.claimIds();
    await shut(world);
    await shut(world, "task:t1");
    for (const scope of ["all", "task:t1"]) assert.equal(await press(world, scope), "switch");
    assert.equal(await press(world, "action:page:fetch"), "nothing_pending");
    await world.restore("action:mail:send");
    assert.equal(await press(world, "task:t1"), id);
  });

  rule("[GAT-10] a release passes over what a switch or a disabled cluster holds", async (world) => {
    await shut(world);
    const held: Partial<NewRun>[] = Array.from({ length: 70 }, () => ({ cluster: "c1" }));
    const [id = ""] = (await world.enqueue(...held, { action: "page:fetch" }, {})).slice(-1);
    await world.cluster({ id: "c1", enabled: false });
    await world.kill("action:page:fetch");
    assert.equal((await pending(world)).next?.id, id);
    assert.equal(await press(world), id);
    assert.equal(await press(world), "switch");
  });

  rule("[GAT-13] pending tells what the next release lets go, or why it does not", async (world) => {
    await shut(world);
    assert.equal((await pending(world)).reason, "nothing_pending");
    const id = await world.enqueueOne({ taskId: "t1", scheduledFor: world.now - 5 });
    const { head } = await pending(world);
    assert.deepEqual(await pending(world), {
      mode: "stepper",
      head,
      next: {
        kind: "run",
        id,
        action: "mail:send",
        taskId: "t1",
        scheduledFor: world.now - 5,
        dueAt: world.now,
      },
    });
    assert.equal(await press(world, "all", { expectedHead: head }), id);
    assert.equal((await pending(world)).reason, "nothing_pending");
  });
}

function repeatRules(rule: Rule): void {
  rule("[GAT-11] of two releases with one expected head the second is a conflict", async (world) => {
    await shut(world);
    const [first = "", second = ""] = await world.enqueue({}, {});
    const expectedHead = await world.storage.journal.head();
    assert.equal(await press(world, "all", { expectedHead }), first);
    assert.equal(await press(world, "all", { expectedHead }), "conflict");
    const { head } = await pending(world);
    assert.equal(await press(world, "all", { expectedHead: head }), second);
  });

  rule("[GAT-11] what happens elsewhere is no conflict", async (world) => {
    await shut(world);
    await world.enqueue({ taskId: "t1" }, { taskId: "t2", action: "page:fetch" });
    const expectedHead = await world.storage.journal.head();
    await world.enqueue({});
    await world.claimIds();
    await press(world, "task:t2");
    assert.notEqual(await press(world, "task:t1", { expectedHead }), "conflict");
    assert.equal(await press(world, "all", { expectedHead }), "conflict");
    assert.equal(await press(world, "action:mail:send", { expectedHead }), "conflict");
  });

  rule("[GAT-11] a gate that was set meanwhile is a conflict", async (world) => {
    await shut(world);
    const id = await world.enqueueOne();
    const expectedHead = await world.storage.journal.head();
    await shut(world, "task:t9");
    assert.equal(await press(world, "all", { expectedHead }), "conflict");
    assert.equal(await press(world), id);
  });

  rule("[GAT-12] a key releases once and is answered as it was", async (world) => {
    await shut(world);
    const [first = "", second = ""] = await world.enqueue({}, {});
    const answer = await next(world, "all", { key: "click-1" });
    assert.equal(answer.status === "released" && answer.event.subject, `run:${first}`);
    assert.deepEqual(await next(world, "all", { key: "click-1", expectedHead: 0 }), answer);
    await world.claimIds();
    await open(world);
    await world.kill("all");
    assert.deepEqual(await next(world, "all", { key: "click-1" }), answer);
    await world.restore("all");
    await shut(world);
    assert.equal(await press(world, "action:mail:send", { key: "click-1" }), "conflict");
    assert.equal(await press(world, "all", { key: "click-2" }), second);
    assert.equal((await world.events({ kind: "gate.released" })).length, 2);
  });

  rule("[GAT-12] a call that was blocked uses up no key", async (world) => {
    assert.equal(await press(world, "all", { key: "k" }), "wrong_mode");
    await shut(world);
    assert.equal(await press(world, "all", { key: "k" }), "nothing_pending");
    const id = await world.enqueueOne();
    assert.equal(await press(world, "all", { key: "k" }), id);
  });

  rule("[GAT-12] a key is forgotten after a day", async (world) => {
    await shut(world);
    const [first = "", second = "", third = ""] = await world.enqueue({}, {}, {});
    assert.equal(await press(world, "all", { key: "k" }), first);
    world.now += 86_400_001;
    assert.equal(await press(world, "all", { key: "other" }), second);
    assert.equal(await press(world, "all", { key: "k" }), third);
  });

  rule("[GAT-19] calls made at the same time release one each, and one key once", async (world) => {
    await shut(world);
    const ids = await world.enqueue({}, {}, {}, {});
    const each = await Promise.all(["a", "b", "c", "c", "c"].map((key) => press(world, "all", { key })));
    assert.deepEqual(new Set(each), new Set(ids.slice(0, 3)));
    const expectedHead = await world.storage.journal.head();
    const both = await Promise.all([1, 2].map(() => press(world, "all", { expectedHead })));
    assert.deepEqual(new Set(both), new Set([ids[3], "conflict"]));
  });
}

function taskRules(rule: Rule): void {
  rule("[GAT-16] a task under a gate fires into held runs", async (world) => {
    await world.register({ overlap: "queue all" });
    await shut(world, "task:t1");
    for (let minute = 0; minute < 3; minute++) {
      world.now += 60_000;
      await world.fire();
      assert.deepEqual(await world.claimIds(), []);
    }
    const runs = await world.runsOf("t1");
    assert.equal(runs.length, 3);
    assert.equal(await press(world, "task:t1"), runs[0]?.id);
  });

  for (const looked of [true, false]) {
    rule(
      `[GAT-16] a time skipped because of a held run says gate, ${looked ? "after" : "before"} a claim has looked`,
      async (world) => {
        await world.register();
        await shut(world);
        world.now += 60_000;
        await world.fire();
        if (looked) await world.claimIds();
        world.now += 60_000;
        assert.deepEqual((await world.fire()).skipped, { gate: 1 });
        const [run] = await world.runsOf("t1");
        assert.equal(await press(world), run?.id);
        assert.deepEqual(await world.claimIds(), [run?.id]);
        world.now += 60_000;
        assert.deepEqual((await world.fire()).skipped, { overlap: 1 });
        assert.deepEqual(await world.storage.tasks.skipCounts(), { gate: 1, overlap: 1 });
        const ledger = await world.storage.tasks.occurrences({ taskId: "t1", limit: 10, outcome: "skipped" });
        assert.deepEqual(
          ledger.map((line) => line.reason),
          ["gate", "overlap"],
        );
      },
    );
  }
}
