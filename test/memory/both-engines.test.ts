// One corpus on both engines: every search finds the same records in the same order.
import { afterAll, expect, test } from "vitest";
import type { Memory } from "../../src/memory/memory.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { Adversary } from "../../src/testing/memory-laws/adversary.ts";
import { postgresServer } from "../support/postgres-server.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

const vocabulary = Array.from({ length: 400 }, (_, index) => `w${index}`);

test("[MEM-67] both engines find the same records in the same order, rare words and common ones", async () => {
  const random = seededRandom("engines");
  const adversary = new Adversary(random);
  const word = (): string => vocabulary[Math.floor(vocabulary.length ** random.next()) - 1] ?? "w0";
  const sentence = (): string =>
    Array.from({ length: 8 }, word).join(" ") + (adversary.chance(0.2) ? ` ${adversary.text()}` : "");
  const records = Array.from({ length: 2_600 }, (_, index) => ({
    id: `r${index}`,
    namespace: adversary.pick(["a", "b"]),
    content: sentence(),
    metadata: { kind: adversary.pick(["x", "y", "z"]) },
  }));
  await using first = await createRuntime({ storage: sqlite(":memory:"), work: false });
  await using second = await createRuntime({ storage: postgres(server.url), work: false });
  for (const { memory } of [first, second]) {
    for (let from = 0; from < records.length; from += 500)
      await memory.appendMany(records.slice(from, from + 500));
    for (let index = 0; index < 100; index++) await memory.forget(`r${index * 7}`, { reason: "test" });
  }
  for (let round = 0; round < 80; round++) {
    const text = adversary.chance(0.2)
      ? adversary.text()
      : Array.from({ length: 1 + (round % 5) }, word).join(" ");
    const options: Parameters<Memory["search"]>[0] = {
      text,
      limit: 40,
      ...(adversary.chance(0.4) ? { namespace: "a" } : {}),
      ...(adversary.chance(0.4) ? { where: { kind: "x" } } : {}),
    };
    const [one, other] = await Promise.all(
      [first, second].map(async ({ memory }) => {
        const { hits } = await memory.search(options);
        return hits.map(({ record, score }) => [record.id, score]);
      }),
    );
    expect(other, JSON.stringify(options)).toEqual(one);
    if (/w0/.test(text)) expect(one?.length).toBeGreaterThan(0);
  }
});
