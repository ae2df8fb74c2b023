// Memory inside a transaction: with whatever else it does, all of it or nothing; and across the end of a process.
import assert from "node:assert/strict";
import { rejectsWith } from "../storage-conformance/world.ts";
import type { Law } from "./memory-laws.ts";
import type { MemoryWorld } from "./memory-world.ts";

interface Seen {
  readonly ids: readonly string[];
  readonly found: readonly string[];
  readonly head: string | null;
  readonly log: readonly string[];
  readonly point: number;
  readonly events: number;
}

async function see(world: MemoryWorld): Promise<Seen> {
  return {
    ids: await world.ids(),
    found: await world.found("word"),
    head: await world.memory.refs.get("head"),
    log: await world.log(),
    point: await world.memory.point(),
    events: await world.eventCount(),
  };
}

export function togetherLaws(law: Law): void {
  law(
    "[MEM-70] a transaction sees what it has kept, and commits it with all else or not at all",
    async (world) => {
      await world.transact(async (memory, inside) => {
        await inside.sql("CREATE TABLE own_kept (name TEXT PRIMARY KEY)");
        await memory.append({ id: "a", content: "word a" }, { advance: { ref: "head", expected: null } });
        assert.equal((await memory.get("a"))?.content, "word a");
        assert.equal(await memory.refs.get("head"), "a");
        assert.deepEqual(
          (await memory.search({ text: "word" })).hits.map(({ record }) => record.id),
          ["a"],
        );
        await memory.append({ id: "b", content: "word b", parents: ["a"] });
        assert.equal((await memory.lineage("b")).records.length, 2);
        assert.equal(await memory.forget("b", { reason: "test" }), true);
        assert.deepEqual(
          (await memory.list()).items.map(({ id }) => id),
          ["a"],
        );
        await inside.sql("INSERT INTO own_kept (name) VALUES ('a')");
      });
      const rows = await world.transact((_, { sql }) => sql("SELECT name FROM own_kept"));
      assert.deepEqual(
        rows.map((row) => row["name"]),
        ["a"],
      );
      assert.deepEqual(await world.ids(), ["a"]);
    },
  );

  law("[MEM-71] wherever a transaction breaks, nothing of it stays", async (world) => {
    await world.keep({ id: "before", content: "word" }, { advance: { ref: "head", expected: null } });
    await world.transact((_, { sql }) => sql("CREATE TABLE own_lost (name TEXT PRIMARY KEY)"));
    const before = await see(world);
    for (let breaksAt = 0; breaksAt < 7; breaksAt++) {
      let step = 0;
      const here = (): void => {
        if (step++ === breaksAt) throw new Error(`breaks at ${breaksAt}`);
      };
      const work = world.transact(async (memory, { sql }) => {
        here();
        await memory.append({ id: "x", content: "word x" });
        here();
        await sql("INSERT INTO own_lost (name) VALUES ('x')");
        here();
        await memory.append({ id: "y", content: "word y" }, { advance: { ref: "head", expected: "before" } });
        here();
        await memory.forget("before", { reason: "test" });
        here();
        await memory.purge("x", { reason: "test" });
        here();
        await sql("INSERT INTO own_lost (name) VALUES ('y')");
        here();
      });
      await assert.rejects(work, /breaks at/);
      assert.deepEqual(await see(world), before, `breaks at ${breaksAt}`);
      const rows = await world.transact((_, { sql }) => sql("SELECT name FROM own_lost"));
      assert.deepEqual(rows, []);
    }
    assert.equal((await world.keep({ content: "next" })).seq, before.point + 1);
  });

  law(
    "[MEM-72] a refusal inside a transaction leaves nothing of itself, and the rest goes on",
    async (world) => {
      await world.keep({ id: "taken", content: "x" });
      await world.transact(async (memory) => {
        await memory.append({ id: "a", content: "word" });
        const many = [
          { id: "b", content: "word" },
          { id: "taken", content: "other" },
        ];
        await rejectsWith("memory.conflict", memory.appendMany(many));
        await rejectsWith(
          "memory.conflict",
          memory.append({ id: "c", content: "word" }, { advance: { ref: "r", expected: "a" } }),
        );
        await memory.append({ id: "d", content: "word" });
      });
      assert.deepEqual(await world.ids(), ["taken", "a", "d"]);
      assert.deepEqual(await world.found("word"), ["d", "a"]);
      assert.deepEqual(await world.log(), ["1 appended taken", "2 appended a", "3 appended d"]);
    },
  );

  law(
    "[MEM-73] what was acknowledged is there after the storage was closed and opened again",
    async (world) => {
      await world.memory.appendMany([
        { id: "a", content: "word", metadata: { n: 1 } },
        { id: "b", content: new Uint8Array([0, 255]), parents: ["a"] },
      ]);
      await world.keep({ id: "c", content: ["word"] }, { advance: { ref: "head", expected: null } });
      await world.memory.forget("a", { reason: "test" });
      const kept = [
        await world.memory.get("b"),
        await world.memory.get("c"),
        await world.memory.lineage("b"),
      ];
      const before = await see(world);
      await world.reopen();
      assert.deepEqual(
        [await world.memory.get("b"), await world.memory.get("c"), await world.memory.lineage("b")],
        kept,
      );
      assert.deepEqual(await see(world), { ...before, events: await world.eventCount() });
      await rejectsWith("memory.forgotten", world.memory.append({ id: "a", content: "word" }));
      assert.equal((await world.keep({ content: "next" })).seq, before.point + 1);
    },
  );
}
