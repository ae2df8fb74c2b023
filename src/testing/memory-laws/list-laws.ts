// The order of records: that of the storage, whatever the clock says; complete, in pages, exact in its filters.
import assert from "node:assert/strict";
import { rejectsWith } from "../storage-conformance/world.ts";
import { trickyNames } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";
import type { MemoryWorld } from "./memory-world.ts";

async function pages(world: MemoryWorld, limit: number, between: () => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await world.memory.list({
      limit,
      order: "oldest",
      ...(after === undefined ? {} : { after }),
    });
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
    await between();
  } while (after !== undefined && ids.length < 100);
  return ids;
}

export function listLaws(law: Law): void {
  law(
    "[MEM-10] records are listed in the order in which they were kept, whatever the clock does",
    async (world) => {
      const steps = [0, 0, -60_000, 1, -1, 0, 3_600_000, -7_200_000];
      const ids: string[] = [];
      for (const step of steps) {
        world.now += step;
        ids.push((await world.keep({ content: "x" })).id);
      }
      assert.deepEqual(await world.ids("oldest"), ids);
      assert.deepEqual(await world.ids("newest"), ids.toReversed());
      const times = (await world.memory.list({ order: "oldest" })).items.map(({ at }) => at.getTime());
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
        "times never go backwards",
      );
    },
  );

  law("[MEM-11] pages of any size give every record once, also when others come meanwhile", async (world) => {
    const ids = (await world.texts(..."abcdefghij".split(""))).map(({ id }) => id);
    for (const limit of [1, 2, 3, 9, 10, 11]) {
      assert.deepEqual(await pages(world, limit, async () => undefined), ids);
    }
    const newest: string[] = [];
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const page = await world.memory.list({ limit: 3, ...(after === undefined ? {} : { after }) });
      newest.push(...page.items.map(({ id }) => id));
      after = page.next;
      await world.keep({ content: "later" });
    }
    assert.deepEqual(newest, ids.toReversed());
  });

  law("[MEM-12] a beginning of ids is taken letter by letter", async (world) => {
    for (const id of trickyNames) await world.keep({ id, content: "x" });
    const prefixes = [
      ...trickyNames,
      "user",
      "user_",
      "%",
      "_",
      "\u{1F600}",
      "\ud7ff",
      "\u{10FFFF}",
      "",
      "nobody",
    ];
    for (const idPrefix of prefixes) {
      const { items } = await world.memory.list({ idPrefix, order: "oldest" });
      const expected = trickyNames.filter((id) => id.startsWith(idPrefix));
      assert.deepEqual(
        items.map(({ id }) => id),
        expected,
        JSON.stringify(idPrefix),
      );
    }
  });

  law(
    "[MEM-13] a limit of 0 gives nothing, n gives the first n, and anything else is refused",
    async (world) => {
      const ids = (await world.texts("a", "b", "c")).map(({ id }) => id);
      for (const limit of [0, 1, 2, 3, 4]) {
        const page = await world.memory.list({ limit, order: "oldest" });
        assert.deepEqual(
          page.items.map(({ id }) => id),
          ids.slice(0, limit),
        );
        assert.equal(page.next !== undefined, limit === 1 || limit === 2);
      }
      for (const limit of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10_001])
        await rejectsWith("memory.invalid", world.memory.list({ limit }));
      await rejectsWith("memory.invalid", world.memory.list({ after: "no cursor" }));
    },
  );

  law("[MEM-14] what happens in one namespace changes nothing that another sees", async (world) => {
    for (const namespace of trickyNames)
      await world.keep({ id: `in ${namespace}`, namespace, content: "word" });
    for (const namespace of trickyNames) {
      const { items } = await world.memory.list({ namespace });
      assert.deepEqual(
        items.map(({ id }) => id),
        [`in ${namespace}`],
      );
      assert.deepEqual(await world.found("word", { namespace }), [`in ${namespace}`]);
    }
    await world.memory.purge("in a", { reason: "test" });
    assert.deepEqual(await world.found("word", { namespace: "ab" }), ["in ab"]);
    assert.deepEqual((await world.memory.list({ namespace: "a" })).items, []);
  });

  law("[MEM-15] a filter takes records whose metadata has the value, alone or in a list", async (world) => {
    await world.keep({ id: "list", content: "w", metadata: { tags: ["a", "b"], "user.name": "x" } });
    await world.keep({ id: "one", content: "w", metadata: { tags: "a", n: 1, __proto__x: true } });
    await world.keep({
      id: "other",
      content: "w",
      metadata: { tags: ["ab", 1, null], n: "1", deep: { tags: "a" } },
    });
    const cases: readonly (readonly [
      Parameters<MemoryWorld["memory"]["list"]>[0] & object,
      readonly string[],
    ])[] = [
      [{ where: { tags: "a" } }, ["list", "one"]],
      [{ where: { tags: ["a", "b"] } }, ["list"]],
      [{ where: { tags: ["b", "a"] } }, ["list"]],
      [{ where: { tags: [] } }, ["list", "one", "other"]],
      [{ where: { n: 1 } }, ["one"]],
      [{ where: { n: "1" } }, ["other"]],
      [{ where: { tags: null } }, ["other"]],
      [{ where: { "user.name": "x" } }, ["list"]],
      [{ where: { tags: "a", n: 1 } }, ["one"]],
      [{ where: { tags: "A" } }, []],
      [{ where: { nothing: 1 } }, []],
      [{ where: { tags: "a" }, idPrefix: "o" }, ["one"]],
      [{ where: { tags: "a" }, namespace: "elsewhere" }, []],
    ];
    for (const [options, expected] of cases) {
      const { items } = await world.memory.list({ ...options, order: "oldest" });
      assert.deepEqual(
        items.map(({ id }) => id),
        expected,
        JSON.stringify(options),
      );
      if (options.idPrefix === undefined)
        assert.deepEqual((await world.found("w", options)).toSorted(), expected.toSorted());
    }
    await rejectsWith("memory.invalid", world.memory.list({ where: { deep: { tags: "a" } } }));
  });

  law("[MEM-16] what was remembered is recalled by its tags and its time, newest first", async (world) => {
    const first = await world.memory.remember("first", { tags: ["cycle", "ok"] });
    world.now += 60_000;
    const second = await world.memory.remember({ text: "second" }, { tags: ["cycle"], parents: [first.id] });
    await world.keep({ content: "not remembered", metadata: { tags: ["cycle"] } });
    const ids = async (options: Parameters<typeof world.memory.recall>[0]): Promise<string[]> =>
      (await world.memory.recall(options)).map(({ id }) => id);
    assert.deepEqual(await ids({}), [second.id, first.id]);
    assert.deepEqual(await ids({ tags: ["ok"] }), [first.id]);
    assert.deepEqual(await ids({ tags: ["cycle", "ok"] }), [first.id]);
    assert.deepEqual(await ids({ since: world.now }), [second.id]);
    assert.deepEqual(await ids({ since: world.now + 1 }), []);
    assert.deepEqual(await ids({ limit: 1 }), [second.id]);
  });
}
