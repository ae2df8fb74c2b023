// Processes: the line of their messages, who handles it, and what is kept of it.
import assert from "node:assert/strict";
import { chainStart, nextChain } from "../../process/chain.ts";
import type { Rule } from "./conformance.ts";
import { ProcessWorld } from "./process-world.ts";
import { rejectsWith } from "./world.ts";

export function processesSuite(rule: Rule): void {
  lineRules(rule);
  holdRules(rule);
}

function lineRules(rule: Rule): void {
  rule(
    "[STO-200] messages get the slots of their process in order, linked, and no time goes backwards",
    async (world) => {
      const processes = new ProcessWorld(world);
      const [first] = await processes.send({ id: "m0" });
      world.now -= 5_000;
      const [second, other] = await processes.send({ id: "m1" }, { id: "x0", process: "counter/b" });
      world.now += 10_000;
      const [third] = await processes.send({ id: "m2", input: '"é\\u0000"' });
      const chains = ["m0", "m1", "m2"].map((_, index, ids) =>
        ids.slice(0, index + 1).reduce(nextChain, chainStart),
      );
      assert.deepEqual(
        [first, second, third].map((answer) => [
          answer?.slot,
          answer?.messageId,
          answer?.chain,
          answer?.previous,
        ]),
        [
          [0, "m0", chains[0], chainStart],
          [1, "m1", chains[1], chains[0]],
          [2, "m2", chains[2], chains[1]],
        ],
      );
      assert.equal(other?.slot, 0);
      assert.deepEqual([first?.at, second?.at, third?.at], [world.now - 5_000, world.now - 5_000, world.now]);
      const line = await processes.line();
      assert.deepEqual(
        line.map(({ message }) => message.slot),
        [0, 1, 2],
      );
      assert.deepEqual(line[2]?.message, {
        process: "counter/a",
        slot: 2,
        id: "m2",
        name: "add",
        input: '"é\\u0000"',
        at: world.now,
        chain: chains[2],
        actor: "user:suite",
      });
    },
  );

  rule("[STO-200] however many send at once, no slot is left out and none is given twice", async (world) => {
    const processes = new ProcessWorld(world);
    const many = Array.from({ length: 25 }, (_, sender) =>
      processes.send(
        ...Array.from({ length: 8 }, (_unused, n) => ({ process: `counter/${(sender + n) % 3}` })),
      ),
    );
    const answers = (await Promise.all(many)).flat();
    for (const id of ["0", "1", "2"]) {
      const line = await processes.line(`counter/${id}`);
      assert.deepEqual(
        line.map(({ message }) => message.slot),
        Array.from(line.keys()),
      );
      for (const [index, { message }] of line.entries()) {
        const previous = line[index - 1]?.message.chain ?? chainStart;
        assert.equal(message.chain, nextChain(previous, message.id));
      }
    }
    assert.equal(new Set(answers.map((answer) => answer.messageId)).size, 200);
  });

  rule("[STO-201] a process keeps one message with a key, whenever it is sent again", async (world) => {
    const processes = new ProcessWorld(world);
    await processes.send({});
    const [first, again, plain] = await processes.send({ key: "k" }, { key: "k" }, {});
    assert.deepEqual([first?.slot, plain?.slot], [1, 2]);
    assert.deepEqual(again, first);
    const [later, other] = await processes.send({ key: "k" }, { key: "k", process: "counter/b" });
    assert.deepEqual(later, first);
    assert.equal(other?.slot, 0);
    await processes.commit(processes.handled(await processes.claimOne(), 3));
    assert.deepEqual((await processes.send({ key: "k" }))[0], first);
    assert.equal((await processes.get()).head, 3);
  });

  rule("[STO-202] a full inbox takes no more, and keeps nobody else from being taken", async (world) => {
    const processes = new ProcessWorld(world);
    const call = (count: number): Promise<readonly object[]> =>
      world.storage.processes.send({
        messages: Array.from({ length: count }, (_, n) =>
          processes.message(n === count - 1 ? { process: "counter/b" } : {}),
        ),
        actor: "user:suite",
        now: world.now,
        inbox: 3,
      });
    const answers = await call(6);
    assert.deepEqual(
      answers.map((answer) => "slot" in answer),
      [true, true, true, false, false, true],
    );
    assert.equal((await processes.get()).head, 3);
    const claimed = await processes.claimOne();
    await processes.commit(processes.handled(claimed, 2));
    assert.deepEqual(
      (await call(4)).map((answer) => "slot" in answer),
      [true, true, false, true],
    );
  });
}

function holdRules(rule: Rule): void {
  rule(
    "[STO-203] a claim takes those that wait longest, of the names asked for, and nobody else gets them",
    async (world) => {
      const processes = new ProcessWorld(world);
      for (const process of ["counter/z", "other/m", "counter/a", "third/x"]) {
        await processes.send({ process });
        world.now += 1;
      }
      const [one, two] = await Promise.all([
        processes.claim({ limit: 2 }),
        processes.claim({ limit: 2, node: "n2" }),
      ]);
      // Of two that look at the same moment, one may pass over what the other is looking at.
      const rest = await processes.claim();
      const all = [...one, ...two, ...rest].map((claimed) => claimed.process);
      assert.deepEqual(all.toSorted(), ["counter/a", "counter/z", "other/m"]);
      assert.deepEqual(await processes.claim(), []);
      await processes.send({ process: "counter/z" });
      assert.deepEqual(await processes.claim(), [], "it is held already");
      const [third] = await processes.claim({ names: ["third"] });
      assert.deepEqual(
        [
          third?.process,
          third?.head,
          third?.folded,
          third?.folds,
          third?.messages.map((message) => message.slot),
        ],
        ["third/x", 1, 0, [], [0]],
      );
    },
  );

  rule(
    "[STO-204] a commit counts only under the fence and from the slot where the process stands",
    async (world) => {
      const processes = new ProcessWorld(world);
      await processes.send({}, {}, {}, { process: "counter/b" });
      const [b, a] = (await processes.claim()).toSorted((x) => (x.process === "counter/b" ? -1 : 1));
      assert.ok(a && b);
      const refused = [
        processes.handled({ ...a, fence: a.fence + 1 }, 1),
        processes.handled({ ...a, folded: 1 }, 1),
        processes.handled({ ...a, process: "counter/none" }, 1),
      ];
      assert.deepEqual(await processes.commitAll([...refused, processes.handled(b, 1)]), [
        null,
        null,
        null,
        1,
      ]);
      assert.equal(await processes.commit(processes.handled(a, 1), "n2"), null);
      assert.equal((await processes.get()).folded, 0);
      assert.equal(await processes.commit(processes.handled(a, 2)), 3);
      assert.equal(await processes.commit(processes.handled(a, 2)), null, "the same once more");
      assert.deepEqual(
        (await processes.line()).map(({ entry }) => entry),
        [0, 1, undefined],
      );
      assert.equal((await processes.get("counter/b")).folded, 1);
    },
  );

  rule(
    "[STO-205] who lets go of a process with messages puts it at the end of the line; the next holder goes on where it stands",
    async (world) => {
      const processes = new ProcessWorld(world);
      await processes.send({}, {}, {});
      const first = await processes.claimOne();
      await processes.commit(
        processes.handled(first, 1, { snapshots: [{ slot: 0, version: "1", state: "[1]" }] }),
      );
      world.now += 1;
      await processes.send({ process: "counter/b" });
      world.now += 1;
      await processes.release(first);
      assert.equal(await processes.commit(processes.handled({ ...first, folded: 1 }, 1)), null, "let go of");
      const [next, again] = [await processes.claimOne("n2"), await processes.claimOne("n2")];
      assert.deepEqual([next.process, again.process], ["counter/b", "counter/a"]);
      assert.ok(again.fence > first.fence);
      assert.deepEqual(
        [again.folded, again.snapshot, again.version, again.messages.map((message) => message.slot)],
        [1, { slot: 0, version: "1", state: "[1]" }, "1", [1, 2]],
      );
      await processes.commit(processes.handled(again, 2), "n2");
      await processes.release(again, "n2");
      assert.deepEqual(await processes.claim(), [], "nothing waits");
    },
  );

  rule("[STO-206] a parked process stands still and takes messages, until it is resumed", async (world) => {
    const processes = new ProcessWorld(world);
    await processes.send({}, {}, {});
    const claimed = await processes.claimOne();
    const parked = JSON.stringify({ slot: 1, error: { name: "Error", message: "no" } });
    await processes.commit(processes.handled(claimed, 1, { parked }));
    await processes.send({});
    assert.deepEqual(await processes.claim(), []);
    assert.deepEqual([(await processes.get()).parked, (await processes.get()).node], [parked, undefined]);
    const resume = (process: string, skip = false): Promise<boolean> =>
      world.storage.processes.resume({ process, skip, actor: "user:suite", now: world.now });
    assert.equal(await resume("counter/a", true), true);
    assert.equal(await resume("counter/a"), false);
    await rejectsWith("process.not-found", resume("counter/none"));
    const again = await processes.claimOne();
    assert.deepEqual([again.folded, again.skip, again.head], [1, 1, 4]);
    await processes.commit(processes.handled(again, 2));
    await processes.release(again);
    assert.equal((await processes.claimOne()).skip, undefined, "once is enough");
  });

  rule(
    "[STO-207] what a node without a lease held waits again, and its commits are refused",
    async (world) => {
      const processes = new ProcessWorld(world);
      await world.join("n1", 1_000);
      await processes.send({}, {});
      const lost = await processes.claimOne();
      await processes.commit(processes.handled(lost, 1));
      world.now += 1_000;
      await world.storage.runs.recover({ now: world.now });
      assert.equal(await processes.commit(processes.handled({ ...lost, folded: 1 }, 1)), null);
      const taken = await processes.claimOne("n2");
      assert.deepEqual([taken.process, taken.folded], ["counter/a", 1]);
      await world.storage.nodes.join({ node: "n2", now: world.now, leaseMs: 1_000 });
      assert.equal(
        await processes.commit(processes.handled(taken, 1), "n2"),
        null,
        "the name is another's now",
      );
      assert.equal((await processes.claimOne("n2")).folded, 1);
    },
  );

  rule(
    "[STO-208] after everything was killed nothing is claimed or committed, and after that it goes on",
    async (world) => {
      const processes = new ProcessWorld(world);
      await processes.send({}, { process: "counter/b" });
      const claimed = await processes.claimOne();
      await world.kill("all");
      assert.equal(await processes.commit(processes.handled(claimed, 1)), null);
      assert.deepEqual(await processes.claim(), []);
      await world.restore("all");
      const all = await processes.claim();
      assert.deepEqual(all.map((one) => one.process).toSorted(), ["counter/a", "counter/b"]);
      assert.deepEqual(
        all.map((one) => one.folded),
        [0, 0],
      );
    },
  );
}
