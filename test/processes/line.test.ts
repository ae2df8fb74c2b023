// Many senders, few processes, one or several nodes: the order of messages holds.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { EscapementError } from "../../src/base/errors.ts";
import { defineProcess } from "../../src/process/definition.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { postgresServer, type PostgresServer } from "../support/postgres-server.ts";
import { filePlace, memoryPlace, postgresPlace, type Place } from "./engines.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await postgresServer();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

/** Remembers who said what, in the order in which it was handled. */
const log = defineProcess({
  state: z.array(z.string()),
  initial: () => [],
  messages: { say: { input: z.string(), handle: (said, text) => ({ state: [...said, text] }) } },
});

const setup = (runtime: Runtime): void => void runtime.process("log", log);

/** Each sender sends one after the other, all senders at once. Gives the slots that each got. */
function sendAll(
  nodes: readonly Runtime[],
  senders: number,
  each: number,
  to: (sender: number) => string,
): Promise<number[][]> {
  return Promise.all(
    Array.from({ length: senders }, async (_, sender) => {
      const slots: number[] = [];
      const runtime = nodes[sender % nodes.length];
      for (let count = 0; count < each; count++) {
        const sent = await runtime?.processes.send(to(sender), "say", `${sender} ${count}`);
        slots.push(sent?.slot ?? -1);
      }
      return slots;
    }),
  );
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, slot) => slot);
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** The line of one process is whole, in order, sound, and was handled as it stands. */
async function checkLine(runtime: Runtime, id: string, count: number): Promise<void> {
  await runtime.processes.wait(id, count - 1, { timeout: "30s" });
  const entries = await Array.fromAsync(runtime.processes.history(id));
  expect(entries.map((entry) => entry.assignment.slot)).toEqual(upTo(count));
  const times = entries.map((entry) => entry.assignment.timestamp.getTime());
  expect(times).toEqual(ascending(times));
  expect((await runtime.processes.state(id)).state).toEqual(entries.map((entry) => entry.message.input));
  expect(await runtime.processes.verify(id)).toEqual({ ok: true, slots: count });
  expect(entries.filter((entry) => entry.error !== undefined)).toEqual([]);
}

const engines: readonly (readonly [string, () => Place, number])[] = [
  ["SQLite in memory", memoryPlace, 1],
  ["a SQLite file", filePlace, 1],
  ["PostgreSQL with one node", () => postgresPlace(server), 1],
  ["PostgreSQL with three nodes", () => postgresPlace(server), 3],
];

describe.each(engines)("on %s", (_name, makePlace, count) => {
  async function nodesOf(place: Place): Promise<readonly [Runtime, ...Runtime[]]> {
    const first = await place.node(setup);
    const others: Runtime[] = [];
    while (others.length + 1 < count) others.push(await place.node(setup));
    return [first, ...others];
  }

  test("[PRC-1] [PRC-2] [PRC-5] 25 senders of 40 messages each fill one process without a gap", async () => {
    await using place = makePlace();
    const nodes = await nodesOf(place);
    const slots = await sendAll(nodes, 25, 40, () => "log/one");
    expect(ascending(slots.flat())).toEqual(upTo(1_000));
    for (const own of slots) expect(own).toEqual(ascending(own));
    await checkLine(nodes[0], "log/one", 1_000);
  }, 60_000);

  test("[PRC-1] [PRC-5] 25 senders of 40 messages each fill ten processes without a gap", async () => {
    await using place = makePlace();
    const nodes = await nodesOf(place);
    const slots = await sendAll(nodes, 25, 40, (sender) => `log/${sender % 10}`);
    for (const own of slots) expect(own).toEqual(ascending(own));
    for (let process = 0; process < 10; process++) {
      const got = slots.filter((_, sender) => sender % 10 === process).flat();
      expect(ascending(got)).toEqual(upTo(got.length));
      await checkLine(nodes[0], `log/${process}`, got.length);
    }
    const { items } = await nodes[0].processes.list();
    expect(items.flatMap(({ slots, handled }) => [slots, handled]).every((value) => value >= 80)).toBe(true);
  }, 60_000);

  test("[PRC-3] a key that is sent by many at once has one slot", async () => {
    await using place = makePlace();
    const nodes = await nodesOf(place);
    const sent = await Promise.all(
      upTo(30).map((index) =>
        (nodes[index % nodes.length] ?? nodes[0]).processes.send("log/keys", "say", "same", {
          key: `k${index % 3}`,
        }),
      ),
    );
    expect(ascending([...new Set(sent.map((one) => one.slot))])).toEqual([0, 1, 2]);
    await checkLine(nodes[0], "log/keys", 3);
    const again = await nodes[0].processes.send("log/keys", "say", "same", { key: "k1" });
    expect(again).toEqual(sent.find((one) => one.slot === again.slot));
  }, 60_000);
});

test("[PRC-4] a full inbox is busy, says when to try again, and has room again when it was worked off", async () => {
  await using place = memoryPlace();
  let isHeld = true;
  const runtime = await place.node((runtime) => {
    runtime.process("small", {
      inbox: 5,
      onError: "park",
      state: z.number(),
      initial: () => 0,
      messages: {
        add: {
          handle(sum) {
            if (isHeld) throw new Error("not now");
            return { state: sum + 1 };
          },
        },
      },
    });
  });
  const send = () => runtime.processes.send("small/a", "add", null);
  for (let slot = 0; slot < 5; slot++) expect((await send()).slot).toBe(slot);
  const refused = await send().catch((error: unknown) => error);
  expect(EscapementError.is(refused) && refused.code).toBe("process.busy");
  expect(refused).toMatchObject({ details: { waiting: 5, retryAfterMs: expect.any(Number) } });
  expect((await runtime.processes.send("small/other", "add", null)).slot).toBe(0);
  isHeld = false;
  await runtime.processes.resume("small/a");
  await runtime.processes.wait("small/a", 4, { timeout: "10s" });
  expect((await send()).slot).toBe(5);
});

test("[PRC-6] a process with much to do does not keep others waiting", async () => {
  await using place = memoryPlace();
  const runtime = await place.node((runtime) => {
    runtime.process("slow", {
      state: z.number(),
      initial: () => 0,
      messages: {
        work: {
          handle(sum) {
            const end = performance.now() + 1;
            while (performance.now() < end);
            return { state: sum + 1 };
          },
        },
      },
    });
    setup(runtime);
  });
  const many = 2_000;
  await Promise.all(upTo(many).map(() => runtime.processes.send("slow/a", "work", null)));
  for (let process = 0; process < 20; process++) {
    const { slot } = await runtime.processes.send(`log/${process}`, "say", "quick");
    await runtime.processes.wait(`log/${process}`, slot, { timeout: "10s" });
  }
  const slow = await runtime.processes.get("slow/a");
  expect(slow?.handled).toBeLessThan(many);
  await runtime.processes.wait("slow/a", many - 1, { timeout: "30s" });
}, 60_000);
