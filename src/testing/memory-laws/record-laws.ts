// What is kept: exactly what was given, once, for good.
import assert from "node:assert/strict";
import type { Json } from "../../base/json.ts";
import { seededRandom } from "../seeded-random.ts";
import { rejectsWith } from "../storage-conformance/world.ts";
import { Adversary } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";

export function recordLaws(law: Law): void {
  law("[MEM-1] what was kept is read as it was written, whatever it is", async (world) => {
    const adversary = new Adversary(seededRandom("MEM-1"));
    const given = Array.from({ length: 120 }, () => ({
      namespace: adversary.name(),
      content: adversary.content(),
      metadata: adversary.object(),
      parents: [...new Set(Array.from({ length: adversary.below(3) }, () => adversary.name()))],
      ...(adversary.chance(0.3) ? { contentType: "text/x-odd; charset=none" } : {}),
    }));
    const kept = await world.memory.appendMany(given);
    for (const [index, one] of given.entries()) {
      const made = kept[index]?.record;
      const read = await world.memory.get(made?.id ?? "");
      assert.deepEqual(read, made, "what append tells is what is read");
      assert.deepEqual(read?.content, one.content instanceof Uint8Array ? one.content : plain(one.content));
      assert.deepEqual(read?.metadata, plain(one.metadata));
      assert.deepEqual(read?.parents, one.parents);
      assert.equal(read?.namespace, one.namespace);
    }
  });

  law("[MEM-1] a record of the largest size is kept, one of a byte more is refused", async (world) => {
    const largest = "é".repeat(524_288);
    const { id } = await world.keep({ content: largest });
    assert.equal((await world.memory.get(id))?.content, largest);
    await rejectsWith("memory.too-large", world.memory.append({ content: `${largest}x` }));
    await rejectsWith("memory.too-large", world.memory.append({ content: new Uint8Array(1_048_577) }));
    await rejectsWith("memory.too-large", world.memory.append({ content: [`${largest}x`] }));
    assert.deepEqual(await world.ids(), [id]);
  });

  law("[MEM-2] the same record twice is kept once, and tells of it once", async (world) => {
    const record = { id: "one", content: { b: 1, a: [2] }, metadata: { y: 1, x: 2 }, parents: ["p"] };
    const first = await world.memory.append(record);
    const events = await world.eventCount();
    world.now += 60_000;
    const again = { ...record, content: { b: 1, a: [2] }, metadata: { x: 2, y: 1 } };
    const second = await world.memory.append(again);
    assert.deepEqual([first.created, second.created], [true, false]);
    assert.deepEqual(second.record, first.record);
    const twice = await world.memory.appendMany([
      { id: "two", content: "x" },
      { id: "two", content: "x" },
    ]);
    assert.deepEqual(
      twice.map(({ created }) => created),
      [true, false],
    );
    assert.deepEqual(await world.ids(), ["one", "two"]);
    assert.deepEqual(await world.log(), ["1 appended one", "2 appended two"]);
    assert.equal(await world.eventCount(), events + 1);
  });

  law("[MEM-3] another record under the same id is refused, and changes nothing", async (world) => {
    const first = { id: "one", content: "text", metadata: { a: 1 }, parents: ["p"] };
    const kept = await world.keep(first);
    const log = await world.log();
    const others = [
      { ...first, content: "other" },
      { ...first, content: ["text"] },
      { ...first, content: new TextEncoder().encode("text") },
      { ...first, contentType: "text/markdown" },
      { ...first, metadata: { a: "1" } },
      { ...first, parents: [] },
      { ...first, namespace: "elsewhere" },
    ];
    for (const other of others) {
      await rejectsWith("memory.conflict", world.memory.append(other));
      await rejectsWith("memory.conflict", world.memory.appendMany([{ id: "beside", content: "x" }, other]));
    }
    const pair = [
      { id: "two", content: "x" },
      { id: "two", content: "y" },
    ];
    await rejectsWith("memory.conflict", world.memory.appendMany(pair));
    assert.deepEqual(await world.memory.get("one"), kept);
    assert.deepEqual(await world.log(), log);
    assert.deepEqual(await world.found("other"), []);
    assert.equal(
      (await world.keep({ content: "next" })).seq,
      2,
      "nothing of what was refused has taken a number",
    );
  });

  law("[MEM-4] whoever changes what was given or read changes nothing that is kept", async (world) => {
    const bytes = new Uint8Array([1, 2, 3]);
    const metadata: { tags: Json[] } = { tags: ["a"] };
    const appending = world.memory.append({ id: "one", content: bytes, metadata });
    bytes[0] = 9;
    metadata.tags.push("b");
    const { record } = await appending;
    const expected = { content: new Uint8Array([1, 2, 3]), metadata: { tags: ["a"] } };
    assert.deepEqual({ content: record.content, metadata: record.metadata }, expected);
    const read = await world.memory.get("one");
    if (read?.content instanceof Uint8Array) read.content[1] = 9;
    read?.at.setTime(0);
    const again = await world.memory.get("one");
    assert.deepEqual({ content: again?.content, metadata: again?.metadata }, expected);
    assert.notEqual(again?.at.getTime(), 0);
  });

  law("[MEM-5] by content, the same record has the same id and another has another", async (world) => {
    const given = [
      { content: "x" },
      { content: "X" },
      { content: ["x"] },
      { content: new TextEncoder().encode("x") },
      { content: "x", namespace: "n" },
      { content: "x", parents: ["p"] },
      { content: "x", parents: ["p", "q"] },
      { content: "x", metadata: { a: 1 } },
      { content: "x", metadata: { a: "1" } },
      { content: "x", contentType: "text/html" },
      { content: "\ud800" },
      { content: "\ufffd" },
      { content: '"\\ud800"' },
    ];
    const first = await world.memory.appendMany(given, { contentAddressed: true });
    const ids = first.map(({ record }) => record.id);
    assert.equal(new Set(ids).size, given.length);
    assert.ok(ids.every((id) => /^sha256:[0-9a-f]{64}$/.test(id)));
    const second = await world.memory.appendMany(given.toReversed(), { contentAddressed: true });
    assert.deepEqual(second.map(({ record }) => record.id).toReversed(), ids);
    assert.ok(second.every(({ created }) => !created));
  });

  law(
    "[MEM-6] of many who keep the same at the same time one has made it; numbers have no gaps",
    async (world) => {
      const same = Array.from({ length: 12 }, () => world.memory.append({ id: "same", content: "x" }));
      const others = Array.from({ length: 30 }, (_, index) => world.memory.append({ content: `n${index}` }));
      const made = (await Promise.all(same)).filter(({ created }) => created);
      assert.equal(made.length, 1);
      const seqs = [...(await Promise.all(others)), ...made].map(({ record }) => record.seq);
      assert.deepEqual(
        seqs.toSorted((a, b) => a - b),
        Array.from({ length: 31 }, (_, index) => index + 1),
      );
    },
  );

  law("[MEM-7] what cannot be kept is refused with what to do, and leaves nothing", async (world) => {
    const refused: readonly unknown[] = [
      undefined,
      null,
      {},
      { content: undefined },
      { content: () => 1 },
      { content: Number.NaN },
      { content: 1n },
      { content: new Map() },
      { content: "x", id: "" },
      { content: "x", id: "half \ud800" },
      { content: "x", id: "zero \0" },
      { content: "x", id: "x".repeat(513) },
      { content: "x", id: 7 },
      { content: "x", namespace: "" },
      { content: "x", parents: "p" },
      { content: "x", parents: [""] },
      { content: "x", metadata: [] },
      { content: "x", metadata: { big: "x".repeat(20_000) } },
      { content: "x", contentType: "no type" },
      { content: "x", tag: "not a field" },
    ];
    for (const one of refused) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a caller without types may give
      const appending = world.memory.append(one as { content: string });
      await assert.rejects(
        appending,
        (error) => error instanceof Error && "family" in error && error.family === "input",
      );
    }
    assert.deepEqual(await world.ids(), []);
    assert.equal(await world.eventCount(), 0);
    assert.equal((await world.keep({ content: "x" })).seq, 1);
  });

  law(
    "[MEM-8] a call that is given up rejects with the reason, and its record is there whole or not at all",
    async (world) => {
      const why = new Error("given up");
      await assert.rejects(world.memory.append({ content: "x" }, { signal: AbortSignal.abort(why) }), why);
      assert.deepEqual(await world.ids(), []);
      for (let turn = 0; turn < 12; turn++) {
        const stop = new AbortController();
        const appending = world.memory.append(
          { id: `t${turn}`, content: `turn${turn}` },
          { signal: stop.signal },
        );
        for (let wait = 0; wait < turn; wait++) await Promise.resolve();
        stop.abort(why);
        await appending.catch((error: unknown) => assert.equal(error, why));
        await world.storage.settled();
        const there = await world.memory.has(`t${turn}`);
        assert.deepEqual(await world.found(`turn${turn}`), there ? [`t${turn}`] : []);
      }
    },
  );
}

/** As JSON tells it: -0 is 0. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
