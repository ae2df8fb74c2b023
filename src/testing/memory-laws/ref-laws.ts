// Refs: moved only from where one thinks they are, every move on record, a record and its ref together.
import assert from "node:assert/strict";
import { rejectsWith } from "../storage-conformance/world.ts";
import { trickyNames } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";

export function refLaws(law: Law): void {
  law("[MEM-40] a ref moves from where it is expected to stand, and from nowhere else", async (world) => {
    const [a, b] = (await world.texts("a", "b")).map(({ id }) => id);
    assert.ok(a !== undefined && b !== undefined);
    const { refs } = world.memory;
    assert.equal(await refs.get("head"), null);
    await rejectsWith("memory.conflict", refs.set("head", a, b));
    await refs.set("head", a, null);
    await rejectsWith("memory.conflict", refs.set("head", b, null));
    await rejectsWith("memory.conflict", refs.set("head", a, null));
    await rejectsWith("memory.conflict", refs.set("head", null, b));
    await refs.set("head", b, a);
    const events = await world.eventCount();
    await refs.set("head", b, b);
    assert.equal(await world.eventCount(), events, "who stands there already does not move");
    await refs.set("head", null, b);
    assert.equal(await refs.get("head"), null);
    const { items } = await refs.log("head");
    assert.deepEqual(
      items.map(({ from, to }) => [from, to]),
      [
        [b, null],
        [a, b],
        [null, a],
      ],
    );
    const first = await refs.log("head", { limit: 2 });
    const rest = await refs.log("head", first.next === undefined ? {} : { after: first.next });
    assert.deepEqual([...first.items, ...rest.items], items);
  });

  law(
    "[MEM-41] of many who move a ref at the same time each moves it from where another has left it",
    async (world) => {
      const ids = (await world.texts(..."abcdefgh".split(""))).map(({ id }) => id);
      const climb = async (id: string): Promise<void> => {
        for (;;) {
          const stands = await world.memory.refs.get("top");
          try {
            return await world.memory.refs.set("top", id, stands);
          } catch (error) {
            if (!(error instanceof Error && "code" in error && error.code === "memory.conflict")) throw error;
          }
        }
      };
      await Promise.all(ids.map(climb));
      const moves = (await world.memory.refs.log("top")).items.toReversed();
      assert.equal(moves.length, ids.length);
      assert.deepEqual(
        moves.map(({ from }) => from),
        [null, ...moves.slice(0, -1).map(({ to }) => to)],
      );
      assert.deepEqual(new Set(moves.map(({ to }) => to)), new Set(ids));
    },
  );

  law("[MEM-42] a ref stands only on a record that is there", async (world) => {
    await world.keep({ id: "gone", content: "x" });
    await world.memory.forget("gone", { reason: "test" });
    await rejectsWith("memory.not-found", world.memory.refs.set("head", "nobody", null));
    await rejectsWith("memory.forgotten", world.memory.refs.set("head", "gone", null));
    await rejectsWith("memory.invalid", world.memory.refs.set("", "gone", null));
    assert.deepEqual((await world.memory.refs.list()).items, []);
  });

  law(
    "[MEM-43] a record and the ref that advances onto it are kept together or not at all",
    async (world) => {
      const { memory } = world;
      const first = await memory.append(
        { id: "1", content: "1" },
        { advance: { ref: "head", expected: null } },
      );
      assert.equal(await memory.refs.get("head"), first.record.id);
      const next = { id: "2", content: "2", parents: ["1"] };
      await rejectsWith("memory.conflict", memory.append(next, { advance: { ref: "head", expected: null } }));
      assert.equal(await memory.has("2"), false);
      assert.deepEqual(await world.found("2"), []);
      await memory.append(next, { advance: { ref: "head", expected: "1" } });
      const again = await memory.append(next, { advance: { ref: "head", expected: "1" } });
      assert.equal(again.created, false, "asked again because the answer was lost, it is done already");
      assert.equal(await memory.refs.get("head"), "2");
      await memory.appendMany(
        [
          { id: "3", content: "3" },
          { id: "4", content: "4" },
        ],
        {
          advance: { ref: "head", expected: "2" },
        },
      );
      assert.equal(await memory.refs.get("head"), "4", "onto the last of many");
    },
  );

  law("[MEM-44] after a fork nothing that one branch does changes what the other leads to", async (world) => {
    const { memory } = world;
    await memory.append({ id: "1", content: "1" }, { advance: { ref: "main", expected: null } });
    await memory.refs.set("fork", "1", null);
    const before = await memory.lineage("1");
    await memory.append(
      { id: "2", content: "2", parents: ["1"] },
      { advance: { ref: "main", expected: "1" } },
    );
    assert.equal(await memory.refs.get("fork"), "1");
    assert.deepEqual(await memory.lineage("1"), before);
    await memory.append(
      { id: "2b", content: "2b", parents: ["1"] },
      { advance: { ref: "fork", expected: "1" } },
    );
    const ids = (await memory.lineage("2")).records.map(({ id }) => id);
    assert.deepEqual(ids, ["1", "2"]);
  });

  law("[MEM-45] refs are listed by name, letter by letter, in pages", async (world) => {
    await world.keep({ id: "r", content: "x" });
    for (const name of trickyNames) await world.memory.refs.set(name, "r", null);
    for (const prefix of ["", "user", "user_", "a", "%"]) {
      const expected = trickyNames.filter((name) => name.startsWith(prefix));
      const names: string[] = [];
      for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
        const page = await world.memory.refs.list({
          prefix,
          limit: 4,
          ...(after === undefined ? {} : { after }),
        });
        names.push(...page.items.map(({ name }) => name));
        after = page.next;
      }
      assert.deepEqual(names.toSorted(), expected.toSorted());
      assert.equal(names.length, expected.length);
    }
  });
}
