// Search by meaning: exact, only among vectors of one model, honest about what is missing, and never of what is forgotten.
import assert from "node:assert/strict";
import type { Embedder } from "../../memory/embedder.ts";
import type { Memory } from "../../memory/memory.ts";
import { seededRandom } from "../seeded-random.ts";
import { rejectsWith } from "../storage-conformance/world.ts";
import { Adversary } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";
import type { MemoryWorld } from "./memory-world.ts";

const directions = ["north", "south", "red", "blue"];
/** What each word means: south is the opposite of north, and so is boreal nearly north. */
const meanings: Readonly<Record<string, readonly number[]>> = {
  north: [1, 0, 0],
  boreal: [0.9, 0.1, 0],
  south: [-1, 0, 0],
  red: [0, 1, 0],
  blue: [0, 0, 1],
};

/** Knows a handful of words; the sum of what they mean. */
class WordEmbedder implements Embedder {
  readonly model: string;
  readonly batch = 3;
  asked = 0;
  /** Breaks at this text, once. */
  breaksAt: string | undefined;

  constructor(model = "words") {
    this.model = model;
  }

  embed(texts: readonly string[]): Promise<readonly (readonly number[])[]> {
    this.asked += texts.length;
    const fault = this.breaksAt;
    if (fault !== undefined && texts.some((text) => text.includes(fault))) {
      this.breaksAt = undefined;
      return Promise.reject(new Error("the model is away"));
    }
    return Promise.resolve(texts.map((text) => vectorOf(text)));
  }
}

function vectorOf(text: string): readonly number[] {
  const sum = [0, 0, 0.001];
  for (const word of text.split(" "))
    meanings[word]?.forEach((one, index) => (sum[index] = (sum[index] ?? 0) + one));
  return sum;
}

function embedded(world: MemoryWorld, embedder: Embedder): Memory {
  return world.over(world.storage, { embedder });
}

async function found(memory: Memory, options: Parameters<Memory["search"]>[0]): Promise<string[]> {
  return (await memory.search(options)).hits.map(({ record }) => record.id);
}

export function vectorLaws(law: Law): void {
  law(
    "[MEM-90] records are found by meaning, and both rankers together say who found what",
    async (world) => {
      const memory = embedded(world, new WordEmbedder());
      for (const id of ["north", "south", "red", "boreal"]) await memory.append({ id, content: id });
      const before = await memory.search({ text: "north" });
      assert.deepEqual([before.used, before.unindexed], [["lexical", "vector"], 4]);
      assert.deepEqual(
        before.hits.map(({ record }) => record.id),
        ["north"],
      );
      assert.deepEqual(await memory.embedMissing(), { embedded: 4 });
      const after = await memory.search({ text: "north" });
      assert.equal(after.unindexed, 0);
      const [first, second] = after.hits;
      assert.deepEqual([first?.record.id, first?.ranks], ["north", { lexical: 1, vector: 1 }]);
      assert.equal(first?.score, 2 / 61);
      assert.deepEqual([second?.record.id, second?.ranks], ["boreal", { vector: 2 }]);
      assert.deepEqual(await found(memory, { text: "north", mode: "lexical" }), ["north"]);
      assert.deepEqual(await found(memory, { text: "north", mode: "vector", limit: 2 }), ["north", "boreal"]);
      memory.close();
    },
  );

  law("[MEM-91] the nearest are exactly those with the greatest cosine, within the filter", async (world) => {
    const adversary = new Adversary(seededRandom("MEM-91"));
    const draw = (): number[] => Array.from({ length: 7 }, () => adversary.below(2_001) / 1_000 - 1);
    const given = Array.from({ length: 300 }, (_, index) => ({
      id: `r${index}`,
      namespace: adversary.pick(["a", "b"]),
      metadata: { even: index % 2 === 0 },
      content: "x",
      vector: draw(),
    }));
    await world.memory.appendMany(given.map(({ vector: _vector, ...record }) => record));
    await world.memory.addVectors("drawn", given);
    for (let round = 0; round < 5; round++) {
      const vector = draw();
      const near = (fits: (one: (typeof given)[number]) => boolean): string[] =>
        given
          .filter(fits)
          .map(({ id, vector: of }) => ({ id, cosine: cosine(of, vector) }))
          .toSorted((one, other) => other.cosine - one.cosine)
          .slice(0, 10)
          .map(({ id }) => id);
      const query = { vector, model: "drawn", mode: "vector", limit: 10 } as const;
      assert.deepEqual(
        await found(world.memory, query),
        near(() => true),
      );
      assert.deepEqual(
        await found(world.memory, { ...query, namespace: "a" }),
        near(({ namespace }) => namespace === "a"),
      );
      const where = { even: true };
      assert.deepEqual(
        await found(world.memory, { ...query, where }),
        near(({ metadata }) => metadata.even),
      );
    }
  });

  law(
    "[MEM-92] vectors of another length, with what is no number, or of another model are refused",
    async (world) => {
      await world.texts("north");
      const [id = ""] = await world.ids();
      await world.memory.addVectors("three", [{ id, vector: [1, 2, 3] }]);
      const ask = (vector: readonly number[], model?: string): Promise<unknown> =>
        world.memory.search({ vector, ...(model === undefined ? {} : { model }) });
      for (const vector of [[1, 2], [], [1, 2, Number.NaN], [1, 2, Number.POSITIVE_INFINITY], [1e39, 1, 1]])
        await rejectsWith("memory.wrong-vector", ask(vector, "three"));
      await rejectsWith("memory.no-embedder", ask([1, 2, 3]));
      assert.deepEqual(await found(world.memory, { vector: [1, 2, 3], model: "another" }), []);
      await rejectsWith("memory.wrong-vector", world.memory.addVectors("three", [{ id, vector: [1, 2] }]));
      await rejectsWith(
        "memory.wrong-vector",
        world.memory.addVectors("three", [{ id, vector: [Number.NaN, 1, 1] }]),
      );
      await rejectsWith(
        "memory.not-found",
        world.memory.addVectors("three", [{ id: "nobody", vector: [1, 2, 3] }]),
      );
      await world.memory.forget(id, { reason: "test" });
      await rejectsWith("memory.forgotten", world.memory.addVectors("three", [{ id, vector: [1, 2, 3] }]));
    },
  );

  law("[MEM-93] what is forgotten is not found by meaning either, and its vector is gone", async (world) => {
    const memory = embedded(world, new WordEmbedder());
    for (const id of directions) await memory.append({ id, content: id });
    await memory.embedMissing();
    assert.equal((await found(memory, { text: "north", mode: "vector" })).length, 4);
    await memory.forget("north", { reason: "test" });
    await memory.purge("red", { reason: "test" });
    const { hits, unindexed } = await memory.search({ text: "north", mode: "vector" });
    assert.deepEqual([hits.map(({ record }) => record.id).toSorted(), unindexed], [["blue", "south"], 0]);
    const page = await world.storage.vectors.read({ model: "words", after: 0, limit: 10, gonePoint: 0 });
    assert.equal(page.seqs.length, 2);
    const again = embedded(world, new WordEmbedder());
    assert.deepEqual((await found(again, { text: "north", mode: "vector" })).toSorted(), ["blue", "south"]);
    for (const one of [memory, again]) one.close();
  });

  law(
    "[MEM-94] embedding that breaks off in the middle goes on where it was, and loses nothing",
    async (world) => {
      const embedder = new WordEmbedder();
      const contents = Array.from({ length: 10 }, (_, index) => `north ${index}`);
      await world.texts(...contents);
      await world.memory.append({ content: "" });
      await world.memory.append({ content: new Uint8Array([1]) });
      embedder.breaksAt = "north 7";
      await assert.rejects(embedded(world, embedder).embedMissing(), /the model is away/);
      if (world.canReopen) await world.reopen();
      const memory = embedded(world, embedder);
      assert.equal((await memory.search({ text: "north" })).unindexed, 5, "the empty text waits, too");
      const asked = embedder.asked;
      await memory.embedMissing();
      assert.equal((await memory.search({ text: "north" })).unindexed, 0);
      assert.equal(embedder.asked - asked, 4 + 1, "what was done is not done again; one more for the search");
      assert.equal((await found(memory, { text: "north", mode: "vector", limit: 100 })).length, 10);
      memory.close();
    },
  );

  law(
    "[MEM-95] after a change of the model the old vectors are not searched, until all are new",
    async (world) => {
      const old = embedded(world, new WordEmbedder("old"));
      for (const id of directions) await old.append({ id, content: id });
      await old.embedMissing();
      const fresh = embedded(world, new WordEmbedder("fresh"));
      const before = await fresh.search({ text: "boreal", mode: "vector" });
      assert.deepEqual([before.hits, before.unindexed], [[], 4]);
      assert.deepEqual(await fresh.embedMissing(), { embedded: 4 });
      assert.deepEqual((await found(fresh, { text: "boreal", mode: "vector" }))[0], "north");
      assert.equal((await fresh.search({ text: "boreal" })).unindexed, 0);
      for (const one of [old, fresh]) one.close();
    },
  );

  law("[MEM-96] while the embedder is away words are searched, and the answer says so", async (world) => {
    const embedder = new WordEmbedder();
    const memory = embedded(world, embedder);
    await memory.append({ id: "one", content: "north" });
    embedder.breaksAt = "north";
    const answer = await memory.search({ text: "north" });
    assert.deepEqual([answer.used, answer.unindexed], [["lexical"], 1]);
    assert.match(answer.problem ?? "", /the model is away/);
    embedder.breaksAt = "north";
    await assert.rejects(memory.search({ text: "north", mode: "vector" }), /the model is away/);
    memory.close();
  });
}

function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  return dot / (Math.hypot(...one) * Math.hypot(...other));
}
