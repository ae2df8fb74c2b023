// Processes: what is kept of the past, and what follows from a commit.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";
import { ProcessWorld } from "./process-world.ts";
import { rejectsWith, type World } from "./world.ts";

export function processPastSuite(rule: Rule): void {
  rule("[STO-209] the effects of a commit are kept with it, or not at all", async (world) => {
    const processes = new ProcessWorld(world);
    await processes.send({});
    const claimed = await processes.claimOne();
    const run = world.run();
    const event = { at: world.now, kind: "it.was", actor: "process:counter/a", subject: "process:counter/a" };
    const record = {
      id: world.newId(),
      namespace: "suite",
      contentType: "text/plain",
      form: "text",
      body: "it was",
      print: "a print",
      parents: [],
      terms: "it was",
    } as const;
    const effects = {
      runs: [run],
      messages: [processes.message({ process: "counter/b" }), processes.message()],
      records: [record],
      events: [event],
    };
    assert.equal(await processes.commit(processes.handled({ ...claimed, fence: 77 }, 1, { effects })), null);
    assert.deepEqual(
      (await world.kinds()).filter((kind) => kind !== "process.sent"),
      [],
    );
    assert.deepEqual(await world.storage.records.get({ ids: [record.id] }), [undefined]);
    const failed = [[0, '{"name":"Error","message":"no"}']] as const;
    assert.notEqual(await processes.commit(processes.handled(claimed, 1, { effects, failed })), null);
    assert.equal((await world.get(run.id)).state, "waiting");
    const [kept] = await world.storage.records.get({ ids: [record.id] });
    assert.equal(kept?.body, "it was");
    assert.deepEqual([(await processes.get("counter/b")).head, (await processes.get()).head], [1, 2]);
    const [sent] = (await processes.line("counter/b")).map(({ message }) => message.actor);
    assert.equal(sent, "process:counter/a");
    const events = await world.events({ subject: "process:counter/a" });
    assert.deepEqual(
      events
        .toSorted((one, other) => (one.kind < other.kind ? -1 : 1))
        .map(({ kind, data }) => [kind, data === undefined ? undefined : JSON.parse(data)]),
      [
        ["it.was", undefined],
        ["process.failed", { slot: 0, error: { name: "Error", message: "no" } }],
        ["process.sent", { slot: 0 }],
        ["process.sent", { slot: 1 }],
      ],
    );
  });

  rule(
    "[STO-210] the state behind any slot follows from the nearest snapshot and the folds behind it",
    async (world) => {
      const processes = new ProcessWorld(world);
      const { storage } = world;
      assert.equal(await storage.processes.state({ process: "counter/a" }), undefined);
      await processes.send(...Array.from({ length: 30 }, () => ({})));
      assert.deepEqual(await storage.processes.state({ process: "counter/a" }), { folded: 0, folds: [] });
      const claimed = await processes.claimOne();
      for (let slot = 0; slot < 30; slot += 5) {
        const snapshot = { slot: slot + 4, version: "1", state: String(slot + 4) };
        const snapshots = slot % 10 === 5 ? [snapshot] : [];
        await processes.commit(processes.handled({ ...claimed, folded: slot }, 5, { snapshots }));
      }
      const at = async (slot?: number): Promise<unknown> => {
        const source = await storage.processes.state({
          process: "counter/a",
          ...(slot === undefined ? {} : { at: slot }),
        });
        return [source?.snapshot?.state, source?.folds.map((fold) => fold.slot)];
      };
      assert.deepEqual(await at(3), [undefined, [0]]);
      assert.deepEqual(await at(9), ["9", []]);
      assert.deepEqual(await at(12), ["9", [10]]);
      assert.deepEqual(await at(18), ["9", [10, 15]]);
      assert.deepEqual(await at(), ["29", []]);
      assert.deepEqual(
        (await processes.line()).map(({ entry }) => entry),
        Array.from({ length: 30 }, (_, n) => n),
      );
    },
  );

  rule(
    "[STO-211] a fork shares the past up to its slot and goes on alone, also as the origin of another",
    async (world) => {
      const processes = new ProcessWorld(world);
      await processes.send(...Array.from({ length: 10 }, () => ({})));
      await processes.commit(processes.handled(await processes.claimOne(), 8));
      const fork = (at: number, as: string, process = "counter/a"): Promise<unknown> =>
        world.storage.processes.fork({
          process,
          at,
          as,
          snapshot: { slot: at, version: "1", state: `"${at}"` },
          actor: "user:suite",
          now: world.now,
        });
      await rejectsWith("process.invalid", fork(8, "counter/f"));
      await rejectsWith("process.not-found", fork(0, "counter/f", "counter/none"));
      await fork(4, "counter/f");
      await rejectsWith("process.conflict", fork(4, "counter/f"));
      const [sent] = await processes.send({ process: "counter/f" });
      const line = await processes.line();
      assert.deepEqual([sent?.slot, sent?.previous], [5, line[4]?.message.chain]);
      const held = (await processes.claim()).find((one) => one.process === "counter/f");
      assert.ok(held);
      assert.deepEqual([held.folded, held.snapshot?.state], [5, '"4"']);
      await processes.commit(processes.handled(held, 1));
      await fork(2, "counter/g", "counter/f");
      assert.deepEqual(
        (await processes.line("counter/f")).map(({ entry }) => entry),
        [0, 1, 2, 3, 4, 5],
      );
      assert.deepEqual(
        (await processes.line("counter/g")).map(({ entry }) => entry),
        [0, 1, 2],
      );
      assert.deepEqual((await processes.line("counter/f")).slice(0, 5), line.slice(0, 5));
      const { processes: storage } = world.storage;
      assert.deepEqual(
        (await storage.state({ process: "counter/g", at: 1 }))?.folds.map((fold) => fold.slot),
        [0],
      );
      assert.deepEqual(await listed(world), ["counter/a", "counter/f", "counter/g"]);
    },
  );

  rule("[STO-212] processes are listed by id, by name, in pages", async (world) => {
    const processes = new ProcessWorld(world);
    await processes.send(
      { process: "counter/b" },
      { process: "counters/x" },
      { process: "counter/a" },
      { process: "a/ü" },
    );
    assert.deepEqual(await listed(world), ["a/ü", "counter/a", "counter/b", "counters/x"]);
    const page = await world.storage.processes.list({ name: "counter", limit: 1 });
    assert.deepEqual([page.items.map(({ id }) => id), page.next], [["counter/a"], "counter/a"]);
    const rest = await world.storage.processes.list({ name: "counter", after: "counter/a", limit: 1 });
    assert.deepEqual(
      [rest.items.map(({ id, head, folded }) => [id, head, folded]), rest.next],
      [[["counter/b", 1, 0]], undefined],
    );
    const ids = ["counter/b", "no/one"];
    assert.deepEqual(
      (await world.storage.processes.get({ ids })).map(({ id }) => id),
      ["counter/b"],
    );
  });

  rule(
    "[STO-213] commits are hinted with what waits and what was handled, and held messages can be asked for",
    async (world) => {
      const processes = new ProcessWorld(world);
      const heads = new Map<string, number>();
      const handled = new Set<string>();
      const stop = world.storage.onCommit((hint) => {
        for (const [process, head] of hint.messages ?? []) heads.set(process, head);
        for (const process of hint.handled ?? []) handled.add(process);
      });
      await processes.send({}, {});
      const claimed = await processes.claimOne();
      await processes.send({});
      assert.deepEqual([...heads], [["counter/a", 3]]);
      const waiting = await world.storage.processes.waiting({ node: "n1", now: world.now });
      assert.deepEqual(waiting, [{ process: "counter/a", fence: claimed.fence, head: 3 }]);
      assert.equal(await processes.commit(processes.handled(claimed, 4)), null, "more than there are");
      assert.equal(await processes.commit(processes.handled(claimed, 2)), 3);
      assert.deepEqual([...handled], ["counter/a"]);
      stop();
    },
  );

  rule("[STO-214] what was sent in a transaction is kept with it, or takes no slot", async (world) => {
    const processes = new ProcessWorld(world);
    await processes.send({});
    const send = (storage: Pick<World["storage"], "processes">): Promise<unknown> =>
      storage.processes.send({
        messages: [processes.message()],
        actor: "user:suite",
        now: world.now,
        inbox: 10,
      });
    const broken = world.storage.transaction(
      async (inside) => {
        await send(inside);
        throw new Error("no");
      },
      { timeoutMs: 5_000 },
    );
    await assert.rejects(broken);
    await world.storage.transaction((inside) => send(inside), { timeoutMs: 5_000 });
    assert.deepEqual(
      (await processes.line()).map(({ message }) => message.slot),
      [0, 1],
    );
    assert.equal((await processes.get()).head, 2);
  });

  rule("[STO-215] what waits and what was handled is there when the data is opened again", async (world) => {
    const processes = new ProcessWorld(world);
    await processes.send(
      ...Array.from({ length: 9 }, (_, n) => ({ process: `counter/${n % 3}`, key: `k${n}` })),
    );
    const before = await processes.claimOne();
    await processes.commit(processes.handled(before, 2));
    const lines = await Promise.all(["0", "1", "2"].map((id) => processes.line(`counter/${id}`)));
    await world.reopen();
    await world.join("n1");
    assert.deepEqual(await Promise.all(["0", "1", "2"].map((id) => processes.line(`counter/${id}`))), lines);
    assert.deepEqual(
      (await processes.send({ process: "counter/0" })).map(({ slot }) => slot),
      [3],
    );
    assert.equal((await processes.send({ process: "counter/1", key: "k4" }))[0]?.slot, 1);
    const claimed = await processes.claim();
    assert.deepEqual(
      claimed
        .toSorted((one, other) => (one.process < other.process ? -1 : 1))
        .map((one) => [one.process, one.folded, one.head]),
      [
        ["counter/0", before.process === "counter/0" ? 2 : 0, 4],
        ["counter/1", before.process === "counter/1" ? 2 : 0, 3],
        ["counter/2", before.process === "counter/2" ? 2 : 0, 3],
      ],
    );
  });
}

async function listed(world: World): Promise<string[]> {
  const page = await world.storage.processes.list({ limit: 100 });
  return page.items.map(({ id }) => id);
}
