// What handlers ask for is done once for each slot that was handled, and not at all for one that failed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { effects } from "../../src/process/effects.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { postgresServer, type PostgresServer } from "../support/postgres-server.ts";
import { memoryPlace, postgresPlace, type Place } from "./engines.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await postgresServer();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

const engines: readonly (readonly [string, () => Place])[] = [
  ["SQLite", memoryPlace],
  ["PostgreSQL", () => postgresPlace(server)],
];

/** `asker` asks for a run, a message and an event with each slot; what it is told not to like fails. */
function setup(runtime: Runtime): void {
  runtime.action("note:down", { input: z.object({ slot: z.number() }), run: (input) => input });
  runtime.process("mirror", {
    state: z.array(z.number()),
    initial: () => [],
    messages: { seen: { input: z.number(), handle: (all, slot) => ({ state: [...all, slot] }) } },
  });
  runtime.process("asker", {
    state: z.number(),
    initial: () => 0,
    messages: {
      ask: {
        input: z.string(),
        handle(count, what, { slot }) {
          const asked = [
            effects.enqueue("note:down", { slot }),
            effects.send("mirror", "m", "seen", slot),
            effects.publish("asker.asked", { slot }),
          ];
          const impossible: Record<string, unknown> = {
            "no action": effects.enqueue("no:such", {}),
            "refused input": effects.enqueue("note:down", { slot: "one" }),
            "no process": effects.send("nobody", "m", "seen", slot),
            "no message": effects.send("mirror", "m", "unseen", slot),
            "refused message": effects.send("mirror", "m", "seen", "one"),
            "a wrong id": effects.send("mirror", "", "seen", slot),
          };
          if (what === "throw") throw new Error("no");
          const wrong = impossible[what];
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
          const all = wrong === undefined ? asked : [...asked, wrong as (typeof asked)[number]];
          return { state: count + 1, effects: all };
        },
      },
    },
  });
}

async function untilDone(runtime: Runtime, runs: number): Promise<void> {
  const end = performance.now() + 20_000;
  while ((await runtime.runs.counts()).succeeded < runs) {
    if (performance.now() > end) throw new Error("The runs did not end in time.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function slotsOfRuns(runtime: Runtime): Promise<unknown[]> {
  const { items } = await runtime.runs.list({ action: "note:down", limit: 1_000 });
  return items.map(({ result }) => Reflect.get(Object(result), "slot"));
}

const byNumber = (a: unknown, b: unknown): number => Number(a) - Number(b);

describe.each(engines)("on %s", (_name, makePlace) => {
  test("[PRC-10] each effect of each slot is performed once, messages in the order of the slots", async () => {
    await using place = makePlace();
    const runtime = await place.node(setup);
    const count = 300;
    const slots = Array.from({ length: count }, (_, slot) => slot);
    await Promise.all(slots.map(() => runtime.processes.send("asker/a", "ask", "fine")));
    await runtime.processes.wait("asker/a", count - 1, { timeout: "20s" });
    await runtime.processes.wait("mirror/m", count - 1, { timeout: "20s" });
    expect((await runtime.processes.state("mirror/m")).state).toEqual(slots);
    await untilDone(runtime, count);
    expect((await slotsOfRuns(runtime)).toSorted(byNumber)).toEqual(slots);
    const events = await runtime.journal.read({ kind: "asker.asked", after: 0, limit: 1_000 });
    expect(events.map(({ data }) => Reflect.get(Object(data), "slot"))).toEqual(slots);
    expect(events[0]).toMatchObject({ actor: "process:asker/a", subject: "process:asker/a" });
  }, 60_000);

  test("[PRC-11] a slot that failed has no effects, and an effect that cannot be performed fails its slot", async () => {
    await using place = makePlace();
    const runtime = await place.node(setup);
    const wrong = [
      "throw",
      "no action",
      "refused input",
      "no process",
      "no message",
      "refused message",
      "a wrong id",
    ];
    for (const what of ["fine", ...wrong, "fine"]) await runtime.processes.send("asker/a", "ask", what);
    const last = wrong.length + 1;
    await runtime.processes.wait("asker/a", last, { timeout: "20s" });
    await runtime.processes.wait("mirror/m", 1, { timeout: "20s" });
    expect((await runtime.processes.state("asker/a")).state).toBe(2);
    expect((await runtime.processes.state("mirror/m")).state).toEqual([0, last]);
    await untilDone(runtime, 2);
    expect((await slotsOfRuns(runtime)).toSorted(byNumber)).toEqual([0, last]);
    expect(await runtime.journal.read({ kind: "asker.asked" })).toHaveLength(2);
    const entries = await Array.fromAsync(runtime.processes.history("asker/a"));
    expect(entries.map(({ error, effects }) => [error?.code ?? error?.message, effects.length])).toEqual([
      [undefined, 3],
      ["no", 0],
      ["action.not-found", 0],
      ["run.invalid", 0],
      ["process.not-found", 0],
      ["process.wrong-message", 0],
      ["process.wrong-message", 0],
      [expect.stringMatching(/^process\./), 0],
      [undefined, 3],
    ]);
  }, 60_000);

  test("[PRC-12] a process sends to itself, and two play ball, for as long as they like", async () => {
    await using place = makePlace();
    const runtime = await place.node((runtime) => {
      runtime.process("player", {
        state: z.object({ hits: z.number(), other: z.string() }),
        initial: () => ({ hits: 0, other: "" }),
        messages: {
          serve: {
            input: z.string(),
            handle: (state, other, ctx) => ({
              state: { ...state, other },
              effects: [
                effects.send("player", other, "ball", { by: ctx.process.split("/")[1] ?? "", left: 100 }),
              ],
            }),
          },
          ball: {
            input: z.object({ by: z.string(), left: z.number() }),
            handle: (state, { by, left }, ctx) => ({
              state: { ...state, hits: state.hits + 1 },
              effects:
                left === 0
                  ? []
                  : [
                      effects.send("player", by, "ball", {
                        by: ctx.process.split("/")[1] ?? "",
                        left: left - 1,
                      }),
                    ],
            }),
          },
        },
      });
    });
    await runtime.processes.send("player/ann", "serve", "ben");
    await runtime.processes.wait("player/ann", 50, { timeout: "20s" });
    await runtime.processes.send("player/solo", "serve", "solo");
    await runtime.processes.wait("player/solo", 101, { timeout: "20s" });
    expect((await runtime.processes.state("player/ann")).state).toMatchObject({ hits: 50 });
    await runtime.processes.wait("player/ben", 50, { timeout: "20s" });
    expect((await runtime.processes.state("player/ben")).state).toMatchObject({ hits: 51 });
    expect((await runtime.processes.state("player/solo")).state).toMatchObject({ hits: 101 });
  }, 60_000);
});
