// Forgetting: hidden at once and everywhere, its place among the others kept; purging: its bytes gone for good.
import assert from "node:assert/strict";
import { rejectsWith } from "../storage-conformance/world.ts";
import type { Law } from "./memory-laws.ts";

const reason = "asked for";

export function forgetLaws(law: Law): void {
  law("[MEM-20] what is forgotten is gone from every reading, once, and says so", async (world) => {
    const [one, two] = await world.texts("alpha common", "beta common");
    assert.ok(one && two);
    assert.equal(await world.memory.forget(one.id, { reason }), true);
    const events = await world.eventCount();
    assert.equal(await world.memory.forget(one.id, { reason }), false);
    assert.equal(await world.memory.forget("nobody", { reason }), false);
    assert.equal(await world.eventCount(), events, "the second time nothing happens");
    await rejectsWith("memory.forgotten", world.memory.get(one.id));
    assert.equal(await world.memory.has(one.id), false);
    assert.equal(await world.memory.get("nobody"), undefined);
    assert.deepEqual(await world.ids(), [two.id]);
    assert.deepEqual(await world.found("alpha"), []);
    assert.deepEqual(await world.found("common"), [two.id]);
    assert.deepEqual(await world.log(), [
      `1 appended ${one.id}`,
      `2 appended ${two.id}`,
      `3 forgotten ${one.id}`,
    ]);
  });

  law("[MEM-21] what was forgotten does not come back under its id, nor by its content", async (world) => {
    const named = await world.keep({ id: "one", content: "x" });
    const addressed = await world.keep({ content: "y" }, { contentAddressed: true });
    for (const { id } of [named, addressed]) await world.memory.forget(id, { reason });
    await rejectsWith("memory.forgotten", world.memory.append({ id: "one", content: "x" }));
    await rejectsWith("memory.forgotten", world.memory.append({ content: "y" }, { contentAddressed: true }));
    assert.deepEqual(await world.ids(), []);
  });

  law("[MEM-22] of what is purged the content is gone, before it was forgotten or after", async (world) => {
    const given = { content: { secret: "hush" }, metadata: { tags: ["hush"] } };
    await world.keep({ ...given, id: "one", parents: ["root"] });
    await world.keep({ ...given, id: "two" });
    await world.memory.forget("two", { reason });
    const point = await world.memory.point();
    assert.equal(await world.memory.purge("one", { reason }), true);
    assert.equal(await world.memory.purge("two", { reason: "later" }), true);
    assert.equal(await world.memory.purge("two", { reason }), false);
    assert.equal(await world.memory.forget("one", { reason }), false);
    const before = await world.memory.at(point);
    await rejectsWith("memory.forgotten", before.get("one"));
    assert.deepEqual((await before.list()).items, []);
    assert.deepEqual((await before.list({ where: { tags: "hush" } })).items, []);
    const [rowOne, rowTwo] = await world.storage.records.get({ ids: ["one", "two"] });
    for (const row of [rowOne, rowTwo]) {
      assert.equal(row?.body, "");
      assert.equal(row?.metadata, undefined);
      assert.match(row?.print ?? "", /^[0-9a-f]{64}$/, "its fingerprint stays");
    }
    assert.deepEqual(rowOne?.parents, ["root"]);
    assert.equal(rowTwo?.forgotten?.reason, reason, "why it was forgotten first stays, too");
    assert.deepEqual((await world.log()).slice(2), ["3 forgotten two", "4 purged one", "5 purged two"]);
  });

  law(
    "[MEM-23] looking back shows memory as it was, whatever came after, but never what was purged",
    async (world) => {
      const [one, two] = await world.texts("one", "two");
      assert.ok(one && two);
      await world.memory.refs.set("head", one.id, null);
      const point = await world.memory.point();
      world.now += 60_000;
      await world.keep({ id: "three", content: "three" });
      await world.memory.forget(one.id, { reason });
      await world.memory.refs.set("head", two.id, one.id);
      for (const view of [await world.memory.at(point), await world.memory.at(new Date(world.now - 1))]) {
        assert.deepEqual((await view.list({ order: "oldest" })).items, [one, two]);
        assert.deepEqual(await view.get(one.id), one);
        assert.equal(await view.has("three"), false);
        assert.equal(await view.refs.get("head"), one.id);
        assert.deepEqual((await view.refs.list()).items, [{ name: "head", target: one.id }]);
        assert.deepEqual((await view.lineage(one.id)).records, [one]);
        assert.deepEqual(
          (await view.search({ text: "one two three" })).hits.map(({ record }) => record.id),
          [two.id],
        );
      }
      assert.deepEqual((await (await world.memory.at(0)).list()).items, []);
      assert.deepEqual((await (await world.memory.at(new Date(0))).list()).items, []);
      assert.deepEqual((await (await world.memory.at(new Date(world.now))).list()).items.length, 2);
      await rejectsWith("memory.invalid", world.memory.at(-1));
      await rejectsWith("instant.invalid", world.memory.at("long ago"));
    },
  );

  law("[MEM-24] forgetting needs a reason", async (world) => {
    await world.keep({ id: "one", content: "x" });
    for (const given of ["", "x".repeat(1_001)])
      await rejectsWith("memory.invalid", world.memory.forget("one", { reason: given }));
    assert.equal(await world.memory.has("one"), true);
  });

  law(
    "[MEM-25] what a namespace need not keep goes by age and number, but never what a ref leads to",
    async (world) => {
      const old = await world.memory.appendMany(
        ["a", "b", "c"].map((id) => ({ id, namespace: "n", content: id, parents: id === "c" ? ["a"] : [] })),
      );
      assert.equal(old.length, 3);
      world.now += 3_600_000;
      for (const id of ["d", "e", "f"])
        await world.keep({ id, namespace: "n", content: id, parents: id === "f" ? ["c"] : [] });
      await world.keep({ id: "beside", namespace: "other", content: "x" });
      await world.memory.refs.set("head", "f", null);
      const dry = await world.memory.retain({ namespace: "n", maxAge: "30m" });
      assert.deepEqual(dry, { purged: 1, ids: ["b"], referenced: 2, dryRun: true });
      assert.equal((await world.ids()).length, 7, "a dry run changes nothing");
      assert.deepEqual((await world.memory.retain({ namespace: "n", maxCount: 2 })).ids, ["b", "d"]);
      assert.deepEqual((await world.memory.retain({ namespace: "n", maxCount: 0 })).ids, ["b", "d", "e"]);
      assert.deepEqual((await world.memory.retain({ namespace: "n", maxCount: 5, maxAge: "30m" })).ids, [
        "b",
      ]);
      const real = await world.memory.retain({ namespace: "n", maxCount: 2, dryRun: false });
      assert.deepEqual([real.purged, real.ids, real.referenced], [2, ["b", "d"], 2]);
      assert.deepEqual(await world.ids(), ["a", "c", "e", "f", "beside"]);
      const { records, missing } = await world.memory.lineage("f");
      assert.deepEqual([records.map(({ id }) => id), missing], [["a", "c", "f"], []]);
      await rejectsWith("memory.invalid", world.memory.retain({ namespace: "n" }));
    },
  );
}
