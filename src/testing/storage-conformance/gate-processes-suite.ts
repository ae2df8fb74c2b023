// Gates over processes: one message for each release, whoever holds the process and whoever is sent to.
import assert from "node:assert/strict";
import type { ClaimedProcess } from "../../storage/processes.ts";
import type { Rule } from "./conformance.ts";
import { open, pending, press, shut } from "./gate-presses.ts";
import type { World } from "./world.ts";

async function send(world: World, process: string, count = 1): Promise<void> {
  const messages = Array.from({ length: count }, () => ({
    process,
    id: world.newId(),
    name: "add",
    input: "1",
  }));
  await world.storage.processes.send({ messages, actor: "user:suite", now: world.now, inbox: 1_000 });
}

async function claim(world: World, node = "n1"): Promise<readonly ClaimedProcess[]> {
  const { now } = world;
  return world.storage.processes.claim({ node, now, names: ["counter", "log"], limit: 10, messages: 64 });
}

/** Handles so many of the messages that it holds; null when that was refused. */
async function handle(
  world: World,
  held: ClaimedProcess,
  count: number,
  from: number = held.folded,
): Promise<number | null> {
  const { process, fence } = held;
  const entries = JSON.stringify(Array.from({ length: count }, () => ({})));
  const folds = [{ slot: from, count, version: "1", entries }];
  const commits = [{ process, fence, from, folds, snapshots: [], failed: [] }];
  const [head = null] = await world.storage.processes.commit({ node: "n1", now: world.now, commits });
  return head;
}

async function folded(world: World, process: string): Promise<number | undefined> {
  return (await world.storage.processes.get({ ids: [process] }))[0]?.folded;
}

function slots(claimed: readonly ClaimedProcess[]): unknown[] {
  return claimed.map(({ process, messages }) => [process, messages.map((message) => message.slot)]);
}

export function gateProcessesSuite(rule: Rule): void {
  for (const scope of ["all", "process:counter", "process:counter/a"]) {
    rule(
      `[GAT-21] behind a gate on ${scope} a process handles one message for each release`,
      async (world) => {
        await shut(world, scope);
        await send(world, "counter/a", 3);
        assert.deepEqual(await claim(world), []);
        assert.deepEqual(await claim(world), []);
        for (const slot of [0, 1, 2]) {
          const { next } = await pending(world, scope);
          assert.deepEqual(next?.kind === "message" && [next.process, next.slot, next.name], [
            "counter/a",
            slot,
            "add",
          ]);
          assert.equal(await press(world, scope), "process:counter/a");
          const [held, ...others] = await claim(world);
          assert.ok(held);
          assert.deepEqual(
            [slots([held]), held.head, held.until, others],
            [[["counter/a", [slot]]], slot + 1, slot + 1, []],
          );
          assert.equal(await handle(world, held, 1), slot + 1);
          await world.storage.processes.release({ node: "n1", now: world.now, processes: [held] });
          assert.deepEqual(await claim(world), []);
        }
        assert.equal(await press(world, scope), "nothing_pending");
      },
    );
  }

  rule("[GAT-21] several releases let a process handle as many messages", async (world) => {
    await shut(world);
    await send(world, "counter/a", 5);
    for (let count = 0; count < 3; count++) await press(world);
    const [held] = await claim(world);
    assert.ok(held);
    assert.deepEqual(slots([held]), [["counter/a", [0, 1, 2]]]);
    assert.equal(await handle(world, held, 2), 3);
    assert.equal(await handle(world, held, 1, 2), 3);
    assert.equal(await handle(world, held, 1, 3), null);
    assert.equal(await folded(world, "counter/a"), 3);
  });

  rule("[GAT-21] a process that no gate holds goes on beside many that wait before one", async (world) => {
    await shut(world, "process:counter");
    for (let count = 0; count < 25; count++) await send(world, `counter/${count}`);
    await send(world, "log/a");
    assert.deepEqual(slots(await claim(world)), [["log/a", [0]]]);
  });

  rule(
    "[GAT-22] whoever holds a process when a gate is shut writes nothing that was not released",
    async (world) => {
      await send(world, "counter/a", 3);
      const [held] = await claim(world);
      assert.ok(held);
      assert.equal(held.until, undefined);
      assert.equal(await handle(world, held, 1), 3);
      await shut(world, "process:counter/a");
      assert.equal(await handle(world, held, 2, 1), null);
      assert.equal(await folded(world, "counter/a"), 1);
      assert.deepEqual(await claim(world), []);
      await press(world, "process:counter/a");
      const [again] = await claim(world);
      assert.ok(again);
      assert.deepEqual(slots([again]), [["counter/a", [1]]]);
      assert.equal(await handle(world, again, 2), null);
      assert.equal(await folded(world, "counter/a"), 1);
      const [third] = await claim(world);
      assert.ok(third);
      assert.equal(await handle(world, third, 1), 2);
    },
  );

  rule(
    "[GAT-22] what a lost node was released to handle is handled by another, without a press",
    async (world) => {
      await world.join("n1", 1_000);
      await shut(world);
      await send(world, "counter/a", 2);
      await press(world);
      assert.equal((await claim(world)).length, 1);
      world.now += 2_000;
      await world.storage.runs.recover({ now: world.now });
      assert.deepEqual(slots(await claim(world, "n2")), [["counter/a", [0]]]);
    },
  );

  rule("[GAT-23] runs and messages are one line: the older goes first", async (world) => {
    await shut(world);
    await send(world, "counter/a");
    world.now += 1;
    const run = await world.enqueueOne();
    world.now += 1;
    await send(world, "counter/b");
    world.now += 1;
    await send(world, "counter/a");
    const pressed: string[] = [];
    for (let count = 0; count < 5; count++) pressed.push(await press(world));
    assert.deepEqual(pressed, [
      "process:counter/a",
      run,
      "process:counter/b",
      "process:counter/a",
      "nothing_pending",
    ]);
    assert.deepEqual(await world.claimIds(), [run]);
    assert.deepEqual(slots(await claim(world)).length, 2);
  });

  rule("[GAT-24] an opened gate lets its processes go on with everything that waits", async (world) => {
    await shut(world);
    await shut(world, "process:counter/b");
    await send(world, "counter/a", 3);
    await send(world, "counter/b", 1);
    assert.deepEqual(await claim(world), []);
    await open(world);
    assert.deepEqual(slots(await claim(world)), [["counter/a", [0, 1, 2]]]);
    await open(world, "process:counter/b");
    assert.deepEqual(slots(await claim(world)), [["counter/b", [0]]]);
  });

  rule("[GAT-25] a press on a process moves its gate and that of its name, and no other", async (world) => {
    await shut(world);
    await send(world, "counter/a", 2);
    await send(world, "counter/b", 2);
    const expectedHead = await world.storage.journal.head();
    assert.equal(await press(world, "process:counter/a", { expectedHead }), "process:counter/a");
    assert.equal(await press(world, "process:counter/a", { expectedHead }), "conflict");
    assert.equal(await press(world, "process:counter", { expectedHead }), "conflict");
    assert.equal(await press(world, "process:counter/b", { expectedHead }), "process:counter/b");
  });

  rule("[GAT-26] a process that is parked waits for nobody's press", async (world) => {
    await shut(world);
    await send(world, "counter/a", 2);
    await press(world);
    const [held] = await claim(world);
    assert.ok(held);
    const { process, fence } = held;
    const parked = JSON.stringify({ slot: 0, error: { name: "Error", message: "no" } });
    const commits = [{ process, fence, from: 0, folds: [], snapshots: [], failed: [], parked }];
    await world.storage.processes.commit({ node: "n1", now: world.now, commits });
    assert.equal(await press(world), "nothing_pending");
    await world.storage.processes.resume({ process, skip: false, actor: "user:suite", now: world.now });
    assert.deepEqual(slots(await claim(world)), [["counter/a", [0]]]);
  });
}
