// Memory on PostgreSQL as several nodes see it: one order, nothing missed, nothing stale.
import { afterAll, expect, test } from "vitest";
import { createIdSource } from "../../src/base/id.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Memory } from "../../src/memory/memory.ts";
import { World } from "../postgres/world.ts";
import { postgresServer } from "../support/postgres-server.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

async function memoryOf(world: World): Promise<Memory> {
  const storage = await world.node();
  return new Memory({ storage, clock: systemClock, newId: createIdSource(systemClock, systemRandom) });
}

test("[MEM-110] a reader of changes on one node misses nothing that several others keep, and sees it in order", async () => {
  await using world = new World(server);
  const [reader, ...writers] = await Promise.all([1, 2, 3].map(() => memoryOf(world)));
  const total = 120;
  const seen: number[] = [];
  const reading = (async (): Promise<void> => {
    for await (const { cursor } of reader?.changes() ?? []) if (seen.push(Number(cursor)) === total) return;
  })();
  await Promise.all(
    writers.map(async (memory, writer) => {
      for (let number = 0; number < total / 2; number += 4) {
        const records = Array.from({ length: 4 }, (_, index) => ({ content: `${writer} ${number + index}` }));
        await Promise.all([memory.appendMany(records.slice(0, 3)), memory.appendMany(records.slice(3))]);
      }
    }),
  );
  await reading;
  expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
});

test("[MEM-110] nodes that move one ref take turns, and none loses its move", async () => {
  await using world = new World(server);
  const nodes = await Promise.all([1, 2, 3].map(() => memoryOf(world)));
  await Promise.all(
    nodes.map(async (memory, node) => {
      for (let turn = 0; turn < 6;) {
        const expected = await memory.refs.get("head");
        const record = { content: `${node}/${turn}`, parents: expected === null ? [] : [expected] };
        const kept = await memory
          .append(record, { advance: { ref: "head", expected } })
          .catch(() => undefined);
        if (kept !== undefined) turn += 1;
      }
    }),
  );
  const head = await nodes[0]?.refs.get("head");
  const lineage = await nodes[1]?.lineage(head ?? "");
  expect(lineage?.records).toHaveLength(18);
});

test("[MEM-110] what one node forgets another does not find, by words or by meaning", async () => {
  await using world = new World(server);
  const [one, other] = await Promise.all([memoryOf(world), memoryOf(world)]);
  await one.appendMany(["a", "b"].map((id) => ({ id, content: `word ${id}` })));
  await one.addVectors("m", [
    { id: "a", vector: [1, 0] },
    { id: "b", vector: [0, 1] },
  ]);
  const query = { text: "word", vector: [1, 0], model: "m" };
  const idsOf = async (memory: Memory): Promise<string[]> =>
    (await memory.search(query)).hits.map(({ record }) => record.id);
  expect((await idsOf(other)).toSorted()).toEqual(["a", "b"]);
  await one.purge("a", { reason: "test" });
  expect(await idsOf(other)).toEqual(["b"]);
  await other.append({ id: "c", content: "word c" });
  await other.addVectors("m", [{ id: "c", vector: [1, 0] }]);
  expect(await idsOf(one)).toEqual(["c", "b"]);
  for (const memory of [one, other]) memory.close();
});
