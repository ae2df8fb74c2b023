// The past of a process: any state it had, forks, replays; across snapshots, restarts and versions of the code.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineProcess, type ProcessOptions } from "../../src/process/definition.ts";
import { effects } from "../../src/process/effects.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { postgresServer, type PostgresServer } from "../support/postgres-server.ts";
import { filePlace, postgresPlace, type Place } from "./engines.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await postgresServer();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

const engines: readonly (readonly [string, () => Place])[] = [
  ["a SQLite file", filePlace],
  ["PostgreSQL", () => postgresPlace(server)],
];

type Shelf = Record<string, number>;
const shelf = z.record(z.string(), z.number());

/** What the handlers make of it, said once more without them. */
function expected(moves: readonly Move[], step = 1): Shelf[] {
  let now: Shelf = {};
  return moves.map(({ name, thing }) => {
    if (name === "put") now = { ...now, [thing]: (now[thing] ?? 0) + step };
    else if (thing in now) {
      const { [thing]: _gone, ...rest } = now;
      now = rest;
    }
    return now;
  });
}

interface Move {
  readonly name: "put" | "drop";
  readonly thing: string;
}

function shelfCode(step: number, more: object = {}): ProcessOptions<Shelf, { put: string; drop: string }> {
  return defineProcess({
    state: shelf,
    initial: (): Shelf => ({}),
    snapshotEvery: 7,
    messages: {
      put: {
        input: z.string(),
        handle: (state, thing) => ({
          state: { ...state, [thing]: (state[thing] ?? 0) + step },
          output: Object.keys(state).length,
          effects: [effects.publish("shelf.put", thing)],
        }),
      },
      drop: {
        input: z.string(),
        handle(state, thing) {
          if (!(thing in state)) throw new Error(`no ${thing}`);
          const { [thing]: _gone, ...rest } = state;
          return { state: rest };
        },
      },
    },
    ...more,
  });
}

function someMoves(seed: string, count: number): Move[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({
    name: random.next() < 0.7 ? "put" : "drop",
    thing: "abcdefgh".charAt(Math.floor(random.next() * 8)),
  }));
}

async function play(runtime: Runtime, id: string, moves: readonly Move[]): Promise<void> {
  let last = 0;
  for (const { name, thing } of moves) last = (await runtime.processes.send(id, name, thing)).slot;
  await runtime.processes.wait(id, last, { timeout: "20s" });
}

const code = shelfCode(1);
const setup = (runtime: Runtime): void => void runtime.process("shelf", code);

describe.each(engines)("on %s", (_name, makePlace) => {
  test("[PRC-30] the state behind any slot is what the messages up to it made, also after a restart", async () => {
    await using place = makePlace();
    const first = await place.node(setup);
    const moves = someMoves("a", 40);
    await play(first, "shelf/a", moves.slice(0, 25));
    await first.stop();
    const runtime = await place.node(setup);
    await play(runtime, "shelf/a", moves.slice(25));
    const states = expected(moves);
    for (const [at, state] of states.entries())
      expect([at, (await runtime.processes.state("shelf/a", { at })).state]).toEqual([at, state]);
    expect(await runtime.processes.state("shelf/a")).toEqual({
      state: states.at(-1),
      slot: 39,
      version: "1",
    });
    await expect(runtime.processes.state("shelf/a", { at: 40 })).rejects.toMatchObject({
      code: "process.invalid",
    });
  }, 60_000);

  test("[PRC-32] a slot that failed because its effect could not be performed is replayed without a difference", async () => {
    await using place = makePlace();
    const caller = defineProcess({
      state: z.number(),
      initial: () => 0,
      messages: {
        call: {
          input: z.string(),
          handle: (calls, action) => ({ state: calls + 1, effects: [effects.enqueue(action, {})] }),
        },
      },
    });
    const runtime = await place.node((node) => {
      node.action("mail:send", { run: () => null });
      node.process("caller", caller);
    });
    for (const action of ["mail:send", "no:where", "mail:send"])
      await runtime.processes.send("caller/a", "call", action);
    await runtime.processes.wait("caller/a", 2);
    const enqueued = (await runtime.runs.list()).items.length;
    expect(await runtime.processes.replay("caller/a")).toEqual({ slots: 3 });
    expect(await runtime.processes.replay("caller/a", { with: caller })).toEqual({ slots: 3 });
    expect((await runtime.runs.list()).items).toHaveLength(enqueued);
  });

  test("[PRC-30] a new version takes over what the old one left, and the past stays what it was", async () => {
    await using place = makePlace();
    const old = await place.node(setup);
    const moves = someMoves("b", 20);
    await play(old, "shelf/a", moves);
    await old.stop();
    const next = shelfCode(10, {
      version: "2",
      migrateState: (state: unknown, from: string) => ({ ...shelf.parse(state), [`from ${from}`]: 1 }),
    });
    const runtime = await place.node((runtime) => void runtime.process("shelf", next));
    const last = expected(moves).at(-1) ?? {};
    expect(await runtime.processes.state("shelf/a")).toEqual({ state: last, slot: 19, version: "1" });
    await play(runtime, "shelf/a", [{ name: "put", thing: "z" }]);
    expect(await runtime.processes.state("shelf/a")).toEqual({
      state: { ...last, "from 1": 1, z: 10 },
      slot: 20,
      version: "2",
    });
    expect((await runtime.processes.state("shelf/a", { at: 19 })).state).toEqual(last);
    const [entry] = await Array.fromAsync(runtime.processes.history("shelf/a", { from: 20 }));
    expect(entry?.patch).toEqual([
      { op: "add", path: "/from 1", value: 1 },
      { op: "add", path: "/z", value: 10 },
    ]);
  }, 60_000);

  test("[PRC-31] a fork shares the past up to its slot, and each goes on alone", async () => {
    await using place = makePlace();
    const runtime = await place.node(setup);
    const moves = someMoves("c", 20);
    await play(runtime, "shelf/a", moves);
    const before = await Array.fromAsync(runtime.processes.history("shelf/a"));
    for (const at of [0, 6, 7, 12, 19]) {
      const as = `fork-${at}`;
      const fork = await runtime.processes.fork("shelf/a", { at, as });
      expect(fork).toMatchObject({ id: `shelf/${as}`, slots: at + 1, handled: at + 1 });
      const own = someMoves(as, 9);
      await play(runtime, `shelf/${as}`, own);
      const both = expected([...moves.slice(0, at + 1), ...own]);
      for (const [slot, state] of both.entries())
        expect([slot, (await runtime.processes.state(fork.id, { at: slot })).state]).toEqual([slot, state]);
      const shared = await Array.fromAsync(runtime.processes.history(fork.id, { to: at }));
      expect(shared).toEqual(before.slice(0, at + 1));
      expect(await runtime.processes.verify(fork.id)).toEqual({ ok: true, slots: at + 10 });
      expect(await runtime.processes.replay(fork.id)).toEqual({ slots: at + 10 });
    }
    expect(await Array.fromAsync(runtime.processes.history("shelf/a"))).toEqual(before);
    await expect(runtime.processes.fork("shelf/a", { at: 20, as: "late" })).rejects.toMatchObject({
      code: "process.invalid",
    });
  }, 60_000);

  test("[PRC-31] a fork of a fork has the past of both", async () => {
    await using place = makePlace();
    const runtime = await place.node(setup);
    const [first, second, third] = [someMoves("d", 10), someMoves("e", 10), someMoves("f", 10)];
    await play(runtime, "shelf/a", first);
    await runtime.processes.fork("shelf/a", { at: 4, as: "b" });
    await play(runtime, "shelf/b", second);
    await runtime.processes.fork("shelf/b", { at: 9, as: "c" });
    await play(runtime, "shelf/c", third);
    const states = expected([...first.slice(0, 5), ...second.slice(0, 5), ...third]);
    for (const [at, state] of states.entries())
      expect([at, (await runtime.processes.state("shelf/c", { at })).state]).toEqual([at, state]);
    expect(await runtime.processes.verify("shelf/c")).toEqual({ ok: true, slots: 20 });
  }, 60_000);

  test("[PRC-32] a replay from any slot finds no difference; other code is followed to its first one", async () => {
    await using place = makePlace();
    const runtime = await place.node(setup);
    const moves: Move[] = [{ name: "drop", thing: "a" }, ...someMoves("g", 30)];
    await play(runtime, "shelf/a", moves);
    const head = (await runtime.journal.read({ limit: 1 }))[0]?.seq;
    for (const from of [0, 1, 7, 13, 30])
      expect(await runtime.processes.replay("shelf/a", { from })).toEqual({ slots: 31 - from });
    const first = moves.findIndex((move) => move.name === "put");
    const { slots, firstDifference } = await runtime.processes.replay("shelf/a", { with: shelfCode(2) });
    expect(slots).toBe(first);
    const { thing } = moves[first] ?? { thing: "" };
    expect(firstDifference).toEqual({ slot: first, what: "state", path: `/${thing}`, was: 1, is: 2 });
    const silent = shelfCode(1, {
      messages: {
        ...code.messages,
        put: {
          ...code.messages.put,
          handle: (state: Shelf, thing: string) => ({
            state: { ...state, [thing]: (state[thing] ?? 0) + 1 },
            output: Object.keys(state).length,
          }),
        },
      },
    });
    expect((await runtime.processes.replay("shelf/a", { with: silent })).firstDifference).toMatchObject({
      slot: first,
      what: "effects",
    });
    // Nothing was written meanwhile, no event and no state.
    expect((await runtime.journal.read({ limit: 1 }))[0]?.seq).toBe(head);
    expect((await runtime.processes.state("shelf/a")).state).toEqual(expected(moves).at(-1));
  }, 60_000);
});
