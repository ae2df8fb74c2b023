// Search by words: what matches is found, however much else there is; what does not match, or may not be seen, is not.
import assert from "node:assert/strict";
import { seededRandom } from "../seeded-random.ts";
import { rejectsWith } from "../storage-conformance/world.ts";
import { Adversary } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";

export function searchLaws(law: Law): void {
  law(
    "[MEM-60] words are found whatever their case, accents and form, inside text and JSON",
    async (world) => {
      const pairs: readonly (readonly [string, string])[] = [
        ["Ünïcode matters", "unicode"],
        ["STRASSE", "straße"],
        ["ΟΔΟΣ", "οδός"],
        ["ﬁne print", "FINE"],
        ["version 42.7", "42"],
        ["ｆｕｌｌ width", "full"],
        ["東京都に住む", "東京"],
        ["naïve", "naïve"],
        ["user_name", "name"],
        ["İstanbul", "istanbul"],
        ["a\0b", "b"],
      ];
      for (const [content, text] of pairs) {
        const { id } = await world.keep({ content });
        assert.ok((await world.found(text)).includes(id), `${text} finds ${content}`);
      }
      const json = await world.keep({ content: { deep: [{ say: "Needle" }, 77], key: true } });
      assert.deepEqual(await world.found("needle"), [json.id]);
      assert.deepEqual(await world.found("77"), [json.id]);
      await world.keep({ content: new TextEncoder().encode("needle") });
      assert.deepEqual(await world.found("needle"), [json.id], "bytes have no words");
    },
  );

  law("[MEM-61] any text may be searched for, and nothing in it is an operator", async (world) => {
    const { id } = await world.keep({ content: "plain words" });
    const adversary = new Adversary(seededRandom("MEM-61"));
    const texts = Array.from({ length: 80 }, () => adversary.text());
    for (const text of [
      ...texts,
      "",
      " ",
      "\0",
      "\ud800",
      '"',
      "a AND",
      "NOT x",
      "x:*",
      "'--",
      "x".repeat(5_000),
    ])
      await world.memory.search({ text });
    for (const text of ['"plain', "plain AND words", "NOT plain", "plain*", "plain & !words", "'plain'"])
      assert.deepEqual(await world.found(text), [id], text);
    for (const text of ["pla", "AND", "plainwords"]) assert.deepEqual(await world.found(text), [], text);
  });

  law("[MEM-62] a word that one record has brings it first, however many are newer", async (world) => {
    const wanted = await world.keep({ content: "the common zanzibar words" });
    for (let round = 0; round < 4; round++) {
      const filler = Array.from({ length: 600 }, (_, index) => ({
        content: `the common words ${index % 7}`,
      }));
      await world.memory.appendMany(filler);
    }
    assert.equal((await world.found("the common zanzibar words"))[0], wanted.id);
    assert.deepEqual(await world.found("zanzibar"), [wanted.id]);
    assert.equal((await world.found("zanzibar the", { limit: 20 })).length, 20, "the rest fills the page");
  });

  law(
    "[MEM-63] a filter is a part of the search: enough of what fits is found in any crowd",
    async (world) => {
      const wanted = await world.memory.appendMany(
        Array.from({ length: 12 }, (_, index) => ({
          namespace: index < 6 ? "mine" : "yours",
          content: "needle in hay",
          metadata: { kind: "needle" },
        })),
      );
      const crowd = Array.from({ length: 1_500 }, () => ({ namespace: "theirs", content: "needle in hay" }));
      await world.memory.appendMany(crowd);
      const ids = wanted.map(({ record }) => record.id);
      const mine = await world.found("needle", { namespace: "mine", limit: 6 });
      assert.deepEqual(new Set(mine), new Set(ids.slice(0, 6)));
      assert.equal((await world.found("needle hay", { where: { kind: "needle" }, limit: 12 })).length, 12);
      assert.deepEqual(await world.found("needle", { namespace: "nobody" }), []);
    },
  );

  law("[MEM-64] the same question is answered alike, of equals the newer first", async (world) => {
    const ids = (await world.texts(...Array.from({ length: 30 }, () => "same words here"))).map(
      ({ id }) => id,
    );
    const first = await world.found("words same");
    assert.deepEqual(first, ids.toReversed());
    assert.deepEqual(await world.found("words same"), first);
  });

  law(
    "[MEM-65] an answer tells which rankers ran, and a score is the sum over their ranks",
    async (world) => {
      await world.texts("one word", "another word");
      const { hits, used, unindexed } = await world.memory.search({ text: "word" });
      assert.deepEqual([used, unindexed], [["lexical"], 0]);
      assert.deepEqual(
        hits.map(({ score, ranks }) => [score, ranks]),
        [1, 2].map((rank) => [1 / (60 + rank), { lexical: rank }]),
      );
      await rejectsWith("memory.no-embedder", world.memory.search({ text: "word", mode: "vector" }));
      await rejectsWith("memory.invalid", world.memory.search({}));
      for (const limit of [-1, 0.5, Number.NaN, 1_001])
        await rejectsWith("memory.invalid", world.memory.search({ text: "word", limit }));
      assert.deepEqual((await world.memory.search({ text: "word", limit: 0 })).hits, []);
    },
  );

  law(
    "[MEM-66] what is forgotten is not found from the commit on, in any mode and at any point",
    async (world) => {
      const [one, two] = await world.texts("secret alpha", "secret beta");
      assert.ok(one && two);
      const point = await world.memory.point();
      await world.memory.forget(one.id, { reason: "test" });
      for (const mode of ["hybrid", "lexical"] as const)
        assert.deepEqual(await world.found("secret alpha", { mode }), [two.id]);
      const then = await world.memory.at(point);
      assert.deepEqual((await then.search({ text: "alpha" })).hits, []);
      await world.memory.purge(two.id, { reason: "test" });
      assert.deepEqual(await world.found("secret"), []);
    },
  );
}
