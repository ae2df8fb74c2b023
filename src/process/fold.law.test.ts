// The laws of the fold, over random messages to a process whose handlers do all that handlers can do.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../base/json.ts";
import { nextChain, verifyChain, type Link } from "./chain.ts";
import { effects } from "./effects.ts";
import { fold, type Folded, type SlotResult } from "./fold.ts";
import { applyPatch, applyPatches } from "./patch.ts";
import { readDefinition } from "./read-definition.ts";
import { replay, type RecordedSlot } from "./replay.ts";
import type { SlotMessage } from "./slot-message.ts";
import { firstStanding, nextStanding, type Standing, type Stopped } from "./standing.ts";
import type { ProcessDefinition } from "./definition.ts";

const value = z.union([z.number(), z.string(), z.array(z.number())]);
const board = z.object({ cells: z.record(z.string(), value), log: z.array(z.string()), turns: z.number() });

/** Its result depends on all that a handler can look at, the order of keys included. */
function boardOf(version: string, bonus = 0): ProcessDefinition {
  return readDefinition("board", {
    state: board,
    version,
    initial: () => ({ cells: {}, log: [], turns: 0 }),
    migrateState: (state) => ({ ...board.parse(state), log: [`migrated to ${version}`] }),
    messages: {
      put: {
        input: z.object({ cell: z.string(), value }),
        handle: (state, { cell, value }, ctx) => ({
          state: { ...state, cells: { ...state.cells, [cell]: value }, turns: state.turns + 1 + bonus },
          output: Object.keys(state.cells),
          effects: ctx.slot % 3 === 0 ? [effects.publish("put", { cell, at: ctx.now })] : [],
        }),
      },
      drop: {
        input: z.string(),
        handle(state, cell) {
          if (!Object.hasOwn(state.cells, cell)) throw new Error(`no ${cell}`);
          const { [cell]: _gone, ...cells } = state.cells;
          return { state: { ...state, cells } };
        },
      },
      note: {
        input: z.string(),
        handle: (state, text, ctx) => ({
          state: { ...state, log: [...state.log.slice(-3), `${text} ${ctx.random.next()}`] },
        }),
      },
    },
  });
}

const cells = fc.constantFrom("a", "b", "c/d", "1", "__proto__", "constructor");
const someInput = fc.oneof(
  fc.record({
    name: fc.constant("put"),
    input: fc.record({
      cell: cells,
      value: fc.oneof(fc.integer(), fc.string({ maxLength: 3 }), fc.array(fc.nat(5), { maxLength: 5 })),
    }),
  }),
  fc.record({ name: fc.constant("drop"), input: cells }),
  fc.record({ name: fc.constant("note"), input: fc.string({ maxLength: 3 }) }),
  fc.constant({ name: "put", input: "not what the schema wants" }),
);

const someMessages = fc.array(someInput, { minLength: 1, maxLength: 40 }).map((inputs) =>
  inputs.map(({ name, input }, slot): SlotMessage => ({
    process: "board/a",
    slot,
    messageId: `m${slot}`,
    timestamp: 1_000 + slot * 10,
    name,
    input,
  })),
);
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 });

function begun(of: Standing | Stopped): Standing {
  if ("stopped" in of) throw new Error(of.stopped.message);
  return of;
}

function whole(definition: ProcessDefinition, messages: readonly SlotMessage[]): Folded {
  return fold(definition, begun(firstStanding(definition)), messages);
}

/** As a worker does it that dies after every batch: what is known of the state is what was stored. */
function inBatches(
  definition: ProcessDefinition,
  messages: readonly SlotMessage[],
  sizes: readonly number[],
): { results: SlotResult[]; state: Json } {
  const results: SlotResult[] = [];
  let stored: Json = null;
  for (let from = 0, turn = 0; from < messages.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const standing = from === 0 ? firstStanding(definition) : nextStanding(definition, stored, "1");
    const folded = fold(definition, begun(standing), messages.slice(from, from + size));
    results.push(...folded.results);
    stored = wire(
      applyPatches(
        stored,
        folded.results.map((result) => wire(result.patch)),
      ),
    );
    from += size;
  }
  return { results, state: stored };
}

/** As it comes back from a database. */
function wire<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

/** Where an error was thrown depends on who called. */
function told(results: readonly SlotResult[]): unknown {
  return results.map(({ error, ...rest }) =>
    error === undefined ? rest : { ...rest, error: error.message },
  );
}

test("[PRO-40] however the messages are cut into batches, slots and states are the same, key order included", () => {
  const definition = boardOf("1");
  fc.assert(
    fc.property(someMessages, cuts, (messages, sizes) => {
      const once = whole(definition, messages);
      const often = inBatches(definition, messages, sizes);
      expect(JSON.stringify(told(often.results))).toBe(JSON.stringify(told(once.results)));
      expect(JSON.stringify(often.state)).toBe(JSON.stringify(once.standing.state));
    }),
    { numRuns: 300 },
  );
});

test("[PRO-41] the state of any slot follows from the patches since any state that was kept", () => {
  const definition = boardOf("1");
  fc.assert(
    fc.property(someMessages, fc.nat(), fc.nat(), (messages, one, other) => {
      const { results } = whole(definition, messages);
      const from = Math.min(one % messages.length, other % messages.length);
      const to = Math.max(one % messages.length, other % messages.length);
      const patches = results.map((result) => result.patch);
      const kept = wire(applyPatches(null, patches.slice(0, from + 1)));
      const state = applyPatches(kept, patches.slice(from + 1, to + 1));
      expect(JSON.stringify(state)).toBe(JSON.stringify(applyPatches(null, patches.slice(0, to + 1))));
      expect(state).toEqual(whole(definition, messages.slice(0, to + 1)).standing.state);
    }),
  );
});

test("[PRO-41] the inverses lead back from any slot to any other, and to nothing", () => {
  const definition = boardOf("1");
  fc.assert(
    fc.property(someMessages, (messages) => {
      const { results, standing } = whole(definition, messages);
      let state = standing.state;
      for (const [index, result] of results.toReversed().entries()) {
        state = applyPatch(state, wire(result.inverse));
        const before = results.slice(0, results.length - 1 - index).map(({ patch }) => patch);
        expect(state).toEqual(applyPatches(null, before));
      }
      expect(state).toBeNull();
    }),
  );
});

function recordedOf(messages: readonly SlotMessage[], results: readonly SlotResult[]): RecordedSlot[] {
  return results.map((result, index) => {
    const message = messages[index];
    if (message === undefined) throw new Error("a result without a message");
    return wire({ ...result, message });
  });
}

test("[PRO-60] the same code makes the same slots of the same messages, from any slot and page by page", () => {
  const definition = boardOf("1");
  fc.assert(
    fc.property(someMessages, fc.nat(), (messages, seed) => {
      const recorded = recordedOf(messages, whole(definition, messages).results);
      const cut = seed % messages.length;
      const page = replay(definition, begun(firstStanding(definition)), recorded.slice(0, cut));
      const rest = replay(definition, page.standing, recorded.slice(cut));
      expect([page.difference, rest.difference]).toEqual([undefined, undefined]);
      expect(page.slots + rest.slots).toBe(messages.length);
    }),
  );
});

test("[PRO-61] other code is followed to the first slot where it makes something else", () => {
  const [old, other] = [boardOf("1"), boardOf("1", 5)];
  fc.assert(
    fc.property(someMessages, (messages) => {
      const { results } = whole(old, messages);
      const first = messages.findIndex((message, slot) => message.name === "put" && !results[slot]?.error);
      const { difference, slots } = replay(other, begun(firstStanding(other)), recordedOf(messages, results));
      if (first < 0) {
        expect(difference).toBeUndefined();
        return;
      }
      expect(slots).toBe(first);
      expect(difference).toEqual({ slot: first, what: "state", path: "/turns", was: 1, is: 6 });
    }),
  );
});

function linksOf(messages: readonly SlotMessage[], before?: Link): Link[] {
  const links: Link[] = [];
  let previous = before?.chain ?? "";
  for (const { slot, messageId, timestamp } of messages) {
    const chain = nextChain(previous, messageId);
    links.push({ slot, messageId, timestamp, chain, previous });
    previous = chain;
  }
  return links;
}

test("[PRO-63] a fork continues chain and state of its origin, and the same messages make the same of both", () => {
  const definition = boardOf("1");
  fc.assert(
    fc.property(someMessages, fc.nat(), (messages, seed) => {
      const at = seed % messages.length;
      const shared = messages.slice(0, at + 1);
      const later = messages.slice(at + 1);
      const origin = whole(definition, messages);
      const forked = whole(definition, shared).standing.state;
      const standing = begun(nextStanding(definition, wire(forked), "1"));
      const inFork = later.map((message) => ({ ...message, process: "board/fork" }));
      expect(fold(definition, standing, inFork).standing.state).toEqual(origin.standing.state);
      const sharedLinks = linksOf(shared);
      const links = [...sharedLinks, ...linksOf(inFork, sharedLinks.at(-1))];
      expect(verifyChain(links).fault).toBeUndefined();
      expect(links).toEqual(linksOf(messages));
    }),
  );
});

test("[PRO-50] a version that takes over in the middle leaves patches that lead through", () => {
  const [old, next] = [boardOf("1"), boardOf("2", 1)];
  fc.assert(
    fc.property(someMessages, fc.nat(), (messages, seed) => {
      const at = seed % messages.length;
      const before = whole(old, messages.slice(0, at));
      const stored = wire(before.standing.recorded);
      const standing = at === 0 ? firstStanding(next) : nextStanding(next, stored, "1");
      const after = fold(next, begun(standing), messages.slice(at));
      const patches = [...before.results, ...after.results].map((result) => wire(result.patch));
      expect(JSON.stringify(applyPatches(null, patches))).toBe(JSON.stringify(after.standing.state));
    }),
  );
});
