import { expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../base/json.ts";
import type { HandlerContext, ProcessDefinition, ProcessOptions } from "./definition.ts";
import { effects } from "./effects.ts";
import { fold, type Folded, type FoldOptions } from "./fold.ts";
import { readDefinition } from "./read-definition.ts";
import type { SlotMessage } from "./slot-message.ts";
import { firstStanding, nextStanding, type Standing, type Stopped } from "./standing.ts";

interface Count {
  count: number;
  notes: string[];
}
const countState = z.object({ count: z.number(), notes: z.array(z.string()) });
type Handle = (state: Count, input: { by: number }, ctx: HandlerContext) => unknown;

/** A counter whose message `odd` does whatever a test wants. */
function counter(
  odd: Handle = (state) => ({ state }),
  options: Partial<ProcessOptions<Count, object>> = {},
): ProcessDefinition {
  const definition = readDefinition("counter", {
    state: countState,
    initial: () => ({ count: 0, notes: [] }),
    messages: {
      add: {
        input: z.object({ by: z.number() }),
        handle: (state, { by }) => ({ state: { ...state, count: state.count + by }, output: state.count }),
      },
      odd: { handle: (state) => ({ state }) },
    },
    ...options,
  });
  const messages = new Map(definition.messages).set("odd", { handle: odd });
  return { ...definition, messages };
}

const message = (slot: number, name: string, input: Json = null): SlotMessage => ({
  process: "counter/a",
  slot,
  messageId: `message-${slot}`,
  timestamp: 1_000 + slot,
  name,
  input,
});
const add = (slot: number, by: number): SlotMessage => message(slot, "add", { by });

function standing(of: Standing | Stopped): Standing {
  if ("stopped" in of) throw new Error(of.stopped.message);
  return of;
}

function run(definition: ProcessDefinition, messages: readonly SlotMessage[], options?: FoldOptions): Folded {
  return fold(definition, standing(firstStanding(definition)), messages, options);
}

test("[PRO-42] the first slot begins from nothing: its patch holds the initial state", () => {
  const { results, standing } = run(counter(), [add(0, 2), add(1, 3)]);
  expect(results).toEqual([
    {
      slot: 0,
      version: "1",
      patch: [{ op: "replace", path: "", value: { count: 2, notes: [] } }],
      inverse: [{ op: "replace", path: "", value: null }],
      output: 0,
      effects: [],
    },
    {
      slot: 1,
      version: "1",
      patch: [{ op: "replace", path: "/count", value: 5 }],
      inverse: [{ op: "replace", path: "/count", value: 2 }],
      output: 2,
      effects: [],
    },
  ]);
  expect(standing.state).toEqual({ count: 5, notes: [] });
  expect(standing.recorded).toBe(standing.state);
});

test("[PRO-42] the initial state is kept with the first slot, though its handler throws", () => {
  const { results, standing } = run(
    counter(() => {
      throw new Error("no");
    }),
    [message(0, "odd"), add(1, 1)],
  );
  expect(results[0]?.patch).toEqual([{ op: "replace", path: "", value: { count: 0, notes: [] } }]);
  expect(standing.state).toEqual({ count: 1, notes: [] });
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;
class Refused extends Error {
  override readonly name = "Refused";
  readonly code = "room.full";
}

test.each<readonly [string, unknown, object]>([
  ["an error", new Refused("full"), { name: "Refused", message: "full", code: "room.full" }],
  ["a text", "just text", { name: "Thrown", message: "just text" }],
  ["undefined", undefined, { name: "Thrown", message: "undefined" }],
  ["null", null, { name: "Thrown", message: "null" }],
  ["a cycle", cycle, { name: "Thrown", message: "[object Object]" }],
])("[PRO-43] %s that was thrown is recorded at its slot, and the fold goes on", (_what, thrown, error) => {
  const odd: Handle = () => {
    throw thrown;
  };
  const { results, standing, parked } = run(counter(odd), [add(0, 1), message(1, "odd"), add(2, 1)]);
  expect(results[1]).toMatchObject({ slot: 1, patch: [], inverse: [], effects: [], error });
  expect(results[1]).not.toHaveProperty("output");
  expect(results[2]).not.toHaveProperty("error");
  expect(standing.state).toEqual({ count: 2, notes: [] });
  expect(parked).toBeUndefined();
});

test.each<readonly [string, Handle, object]>([
  [
    "changes the state in place",
    (state) => {
      state.count = 99;
      return { state };
    },
    { name: "TypeError" },
  ],
  [
    "changes a list of the state in place",
    (state) => {
      state.notes.push("x");
      return { state };
    },
    { name: "TypeError" },
  ],
  ["returns nothing", () => undefined, { code: "process.wrong-result" }],
  ["returns a text", () => "done", { code: "process.wrong-result" }],
  ["returns no state", () => ({ output: 1 }), { code: "process.wrong-result" }],
  ["returns a field that is none", (state) => ({ state, effect: [] }), { code: "process.wrong-result" }],
  ["is async", async (state) => ({ state }), { code: "process.wrong-result" }],
  ["returns what its schema refuses", () => ({ state: { count: "1" } }), { code: "process.wrong-state" }],
  ["has an output that is not JSON", (state) => ({ state, output: new Map() }), { code: "json.invalid" }],
  ["returns effects that are no list", (state) => ({ state, effects: {} }), { code: "process.wrong-result" }],
])("[PRO-44] a handler that %s is an error of its slot", (_what, odd, error) => {
  const { results, standing } = run(counter(odd), [add(0, 1), message(1, "odd"), add(2, 1)]);
  expect(results[1]).toMatchObject({ patch: [], error });
  expect(standing.state).toEqual({ count: 2, notes: [] });
});

test("[PRO-44] an async handler that fails later leaves no rejection that nobody hears", async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  run(
    counter(async () => {
      throw new Error("late");
    }),
    [message(0, "odd")],
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", hear);
  expect(unheard).toEqual([]);
});

test("[PRO-44] an input that its schema refuses is an error of its slot, told by its path", () => {
  const { results } = run(counter(), [message(0, "add", { by: "one" })]);
  expect(results[0]?.error).toMatchObject({
    code: "process.wrong-message",
    message: expect.stringContaining("by: "),
  });
});

test("[PRO-44] an input that was left out is undefined to a schema that does not take null", () => {
  const definition = readDefinition("n", {
    state: z.array(z.unknown()),
    initial: () => [],
    messages: {
      optional: {
        input: z.number().optional(),
        handle: (all, given) => ({ state: [...all, given ?? "nothing"] }),
      },
      given: { input: z.number().default(7), handle: (all, given) => ({ state: [...all, given] }) },
      nullable: { input: z.number().nullable(), handle: (all, given) => ({ state: [...all, given] }) },
      needed: { input: z.number(), handle: (all, given) => ({ state: [...all, given] }) },
    },
  });
  const names = ["optional", "given", "nullable", "needed"];
  const { results, standing } = run(
    definition,
    names.map((name, slot) => message(slot, name)),
  );
  expect(standing.state).toEqual(["nothing", 7, null]);
  expect(results[3]?.error?.message).toMatch(/expected number, received null/);
});

const failing: Handle = () => {
  throw new Error("broken");
};

test("[PRO-44] a state that was read from a database cannot be changed in place either", () => {
  const odd: Handle = (state) => {
    state.notes.push("x");
    return { state };
  };
  const definition = counter(odd);
  const at = standing(nextStanding(definition, { count: 1, notes: [] }, "1"));
  const { results } = fold(definition, at, [message(4, "odd")]);
  expect(results[0]).toMatchObject({ patch: [], error: { name: "TypeError" } });
});

test("[PRO-45] with park the process is parked at the slot that failed, which was not handled", () => {
  const definition = counter(failing, { onError: "park" });
  const { results, standing, parked } = run(definition, [add(0, 1), message(1, "odd"), add(2, 1)]);
  expect(results.map((result) => result.slot)).toEqual([0]);
  expect(standing.state).toEqual({ count: 1, notes: [] });
  expect(parked).toMatchObject({ slot: 1, error: { message: "broken" } });
});

test("[PRO-45] parked at its first slot, a process has nothing recorded yet", () => {
  const { results, standing, parked } = run(counter(failing, { onError: "park" }), [message(0, "odd")]);
  expect([results, standing.recorded, parked?.slot]).toEqual([[], null, 0]);
});

test("[PRO-45] told to skip the slot, the fold records its error and goes on to the next that fails", () => {
  const definition = counter(failing, { onError: "park" });
  const messages = [add(0, 1), message(1, "odd"), add(2, 1), message(3, "odd")];
  const { results, parked } = run(definition, messages, { skip: 1 });
  expect(results.map((result) => [result.slot, result.error?.message])).toEqual([
    [0, undefined],
    [1, "broken"],
    [2, undefined],
  ]);
  expect(parked?.slot).toBe(3);
});

test("[PRO-46] a message without a handler holds the process whatever onError says, and names what there is", () => {
  const messages = [add(0, 1), message(1, "subtract"), add(2, 1)];
  const { results, parked } = run(counter(), messages);
  expect(results).toHaveLength(1);
  expect(parked?.error).toMatchObject({ code: "process.wrong-message" });
  expect(parked?.error.message).toMatch(/"subtract".*add, odd/);
  expect(run(counter(), messages, { skip: 1 }).results.map((result) => result.slot)).toEqual([0, 1, 2]);
  expect(run(counter(), [message(0, "toString")]).parked?.slot).toBe(0);
});

test("[PRO-47] time, chance and ids that a handler is given follow from the message alone", () => {
  const seen: unknown[] = [];
  const odd: Handle = (state, _input, ctx) => {
    const { now, slot, process, messageId, random } = ctx;
    seen.push([now, slot, process, messageId, random.next(), random.next()]);
    return { state };
  };
  const messages = [message(0, "odd"), message(1, "odd")];
  run(counter(odd), messages);
  run(counter(odd), messages);
  const [first, second, again] = seen;
  expect(first).toEqual([1_000, 0, "counter/a", "message-0", expect.any(Number), expect.any(Number)]);
  expect(again).toEqual(first);
  const numbers = [first, second].flatMap((row) => (Array.isArray(row) ? row.slice(4) : []));
  expect(new Set(numbers).size).toBe(4);
});

test("[PRO-47] in another process of the same history the same numbers are drawn", () => {
  const drawn: number[] = [];
  const odd: Handle = (state, _input, ctx) => {
    drawn.push(ctx.random.next());
    return { state };
  };
  run(counter(odd), [message(0, "odd"), { ...message(0, "odd"), process: "counter/fork" }]);
  expect(drawn[0]).toBe(drawn[1]);
});

test("[PRO-48] effects are plain data of four kinds", () => {
  const odd: Handle = (state) => ({
    state,
    effects: [
      effects.enqueue("mail:send", { to: "a" }, { delay: "5m", at: undefined, tags: ["x"] } as object),
      effects.enqueue({ name: "mail:send" }, undefined),
      effects.send("counter", "b", "add", { by: 1 }),
      effects.remember({ content: "seen", metadata: { n: 1 } }),
      effects.publish("room.changed", [1]),
    ],
  });
  expect(run(counter(odd), [message(0, "odd")]).results[0]?.effects).toEqual([
    { kind: "enqueue", action: "mail:send", input: { to: "a" }, options: { delay: 300_000, tags: ["x"] } },
    { kind: "enqueue", action: "mail:send", input: null },
    { kind: "send", process: "counter", id: "b", message: "add", input: { by: 1 } },
    { kind: "remember", record: { content: "seen", metadata: { n: 1 } } },
    { kind: "publish", topic: "room.changed", payload: [1] },
  ]);
});

test.each<readonly [string, unknown]>([
  ["an unknown kind", { kind: "explode" }],
  ["no kind", {}],
  ["a text", "publish"],
  ["no action", { kind: "enqueue", input: 1 }],
  ["an empty topic", { kind: "publish", topic: "" }],
  ["options that are none", { kind: "enqueue", action: "a:b", options: 5 }],
  ["a record that is none", { kind: "remember", record: "text" }],
  ["an input that is not JSON", { kind: "send", process: "a", id: "b", message: "c", input: new Date(0) }],
])("[PRO-48] an effect with %s fails its slot, and none of its effects remain", (_what, effect) => {
  const odd: Handle = (state) => ({
    state: { ...state, count: 9 },
    effects: [effects.publish("fine"), effect],
  });
  const { results } = run(counter(odd), [add(0, 1), message(1, "odd")]);
  expect(results[1]).toMatchObject({ patch: [], effects: [], error: { code: expect.any(String) } });
});

test("[PRO-48] an effect that the checker refuses fails its slot", () => {
  const odd: Handle = (state) => ({ state, effects: [effects.enqueue("no:such", 1)] });
  const checkEffect: FoldOptions["checkEffect"] = (effect) => {
    if (effect.kind === "enqueue") throw new Error(`There is no action ${effect.action}`);
  };
  const { results } = run(counter(odd), [message(0, "odd")], { checkEffect });
  expect(results[0]).toMatchObject({ effects: [], error: { message: "There is no action no:such" } });
});

test("[PRO-49] what a handler keeps or changes after it returned does not reach the state", () => {
  const notes = ["kept"];
  const output = { n: 1 };
  const effect = { kind: "publish", topic: "t", payload: { list: ["now"] } };
  const definition = counter((state) => ({ state: { ...state, notes }, output, effects: [effect] }));
  const first = run(definition, [message(0, "odd")]);
  notes.push("later");
  effect.payload.list.push("later");
  output.n = 2;
  expect(first.standing.state).toEqual({ count: 0, notes: ["kept"] });
  expect(first.results[0]?.output).toEqual({ n: 1 });
  expect(first.results[0]?.effects).toEqual([{ ...effect, payload: { list: ["now"] } }]);
});

test("[PRO-50] a state of another version is migrated, and the first patch covers the difference", () => {
  const old: Json = { count: 5 };
  const migrateState = (state: Json, from: string): Count => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the state above
    return { count: (state as { count: number }).count, notes: [`from ${from}`] };
  };
  const definition = counter(failing, { version: "2", migrateState });
  const at = standing(nextStanding(definition, old, "1"));
  const { results } = fold(definition, at, [add(7, 1), add(8, 1)]);
  expect(results[0]).toMatchObject({
    version: "2",
    patch: [
      { op: "replace", path: "/count", value: 6 },
      { op: "add", path: "/notes", value: ["from 1"] },
    ],
  });
  expect(results[1]?.patch).toEqual([{ op: "replace", path: "/count", value: 7 }]);
  const failed = fold(definition, at, [message(7, "odd"), add(8, 1)]);
  expect(failed.results[0]).toMatchObject({
    error: { message: "broken" },
    patch: [{ op: "add", path: "/notes", value: ["from 1"] }],
  });
  expect(failed.standing.state).toEqual({ count: 6, notes: ["from 1"] });
});

test("[PRO-50] without a migration it is what the new schema makes of it", () => {
  const state = z.object({ count: z.number(), notes: z.array(z.string()).default(["new"]) });
  const definition = counter(undefined, { state, version: "2" });
  expect(standing(nextStanding(definition, { count: 5 }, "1")).state).toEqual({ count: 5, notes: ["new"] });
});

test("[PRO-51] a state that cannot be taken over stops the process with the reason", () => {
  expect(nextStanding(counter(), { count: "5" }, "1")).toMatchObject({
    stopped: { code: "process.wrong-state", message: expect.stringMatching(/version 1.*count/) },
  });
  const migrateState = (): Count => {
    throw new Error("no way");
  };
  expect(nextStanding(counter(undefined, { version: "2", migrateState }), { count: 5 }, "1")).toMatchObject({
    stopped: { message: "no way" },
  });
});

test("[PRO-52] a state of the same version is only parked against the schema, not made anew", () => {
  const state = z.object({
    count: z.number().transform((count) => Math.max(count, 1)),
    notes: z.array(z.string()),
  });
  const definition = counter(undefined, { state, initial: () => ({ count: 1, notes: [] }) });
  const recorded: Json = { count: 0, notes: [], extra: true };
  expect(standing(nextStanding(definition, recorded, "1")).state).toEqual(recorded);
});
