// Lineage: exactly what a record can be traced back to, whatever the graph.
import assert from "node:assert/strict";
import { seededRandom } from "../seeded-random.ts";
import { rejectsWith } from "../storage-conformance/world.ts";
import { Adversary } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

function reachable(graph: Graph, id: string): Set<string> {
  const seen = new Set([id]);
  for (const one of seen) for (const parent of graph.get(one) ?? []) seen.add(parent);
  return seen;
}

export function lineageLaws(law: Law): void {
  law(
    "[MEM-30] of any graph without cycles the lineage is what is reachable, parents before children",
    async (world) => {
      const adversary = new Adversary(seededRandom("MEM-30"));
      const graph = new Map<string, string[]>();
      for (let index = 0; index < 40; index++) {
        const before = [...graph.keys()];
        const parents = Array.from({ length: adversary.below(4) }, () => adversary.pick(["r0", ...before]));
        graph.set(`r${index}`, index === 0 ? [] : [...new Set(parents)]);
      }
      // Children may well be kept before their parents.
      const order = [...graph].toSorted(() => adversary.below(3) - 1);
      await world.memory.appendMany(order.map(([id, parents]) => ({ id, parents, content: id })));
      for (const id of graph.keys()) {
        const { records, missing } = await world.memory.lineage(id);
        const ids = records.map((record) => record.id);
        assert.deepEqual(new Set(ids), reachable(graph, id));
        assert.equal(ids.length, new Set(ids).size);
        assert.equal(ids.at(-1), id);
        assert.deepEqual(missing, []);
        const place = new Map(ids.map((one, index) => [one, index]));
        for (const one of ids)
          for (const parent of graph.get(one) ?? [])
            assert.ok((place.get(parent) ?? 99) < (place.get(one) ?? -1), `${parent} stands before ${one}`);
      }
    },
  );

  law("[MEM-31] cycles end, each record comes once, and what is not kept is named", async (world) => {
    const adversary = new Adversary(seededRandom("MEM-31"));
    for (let round = 0; round < 5; round++) {
      const known = Array.from({ length: 12 }, (_, index) => `${round}/${index}`);
      const all = [...known, `${round}/gone`, `${round}/lost`];
      const graph = new Map(
        known.map((id) => [
          id,
          [...new Set(Array.from({ length: adversary.below(4) }, () => adversary.pick(all)))],
        ]),
      );
      await world.memory.appendMany([...graph].map(([id, parents]) => ({ id, parents, content: id })));
      for (const id of known) {
        const { records, missing } = await world.memory.lineage(id);
        const ids = records.map((record) => record.id);
        const expected = reachable(graph, id);
        assert.deepEqual(new Set([...ids, ...missing]), expected);
        assert.equal(ids.length + missing.length, expected.size);
        assert.ok(missing.every((one) => !graph.has(one)));
        assert.equal(ids.at(-1), id);
      }
    }
    assert.deepEqual(await world.memory.lineage("nobody"), { records: [], missing: ["nobody"] });
  });

  law("[MEM-32] a lineage may be cut to a number of steps", async (world) => {
    for (let index = 0; index < 6; index++)
      await world.keep({ id: `r${index}`, content: "x", parents: index === 0 ? [] : [`r${index - 1}`] });
    const ids = async (maxDepth: number): Promise<string[]> =>
      (await world.memory.lineage("r5", { maxDepth })).records.map(({ id }) => id);
    assert.deepEqual(await ids(0), ["r5"]);
    assert.deepEqual(await ids(2), ["r3", "r4", "r5"]);
    assert.deepEqual(await ids(9), ["r0", "r1", "r2", "r3", "r4", "r5"]);
    assert.deepEqual((await world.memory.lineage("r5", { maxDepth: 2 })).missing, []);
    await rejectsWith("memory.invalid", world.memory.lineage("r5", { maxDepth: -1 }));
  });

  law("[MEM-33] who was forgotten stands in the lineage in its place, without its content", async (world) => {
    await world.keep({ id: "a", content: "secret", metadata: { m: 1 } });
    await world.keep({ id: "b", content: "hidden", parents: ["a"] });
    const last = await world.keep({ id: "c", content: "open", parents: ["b"] });
    await world.memory.purge("a", { reason: "asked for" });
    await world.memory.forget("b", { reason: "wrong" });
    const { records, missing } = await world.memory.lineage("c");
    assert.deepEqual(missing, []);
    const [a, b, c] = records;
    assert.ok(a && b && "forgotten" in a && "forgotten" in b);
    assert.deepEqual([a.id, a.forgotten.purged, a.forgotten.reason], ["a", true, "asked for"]);
    assert.deepEqual([b.id, b.forgotten.purged, b.parents], ["b", false, ["a"]]);
    assert.ok(!JSON.stringify([a, b]).includes("secret") && !JSON.stringify([a, b]).includes("hidden"));
    assert.deepEqual(c, last);
  });
}
