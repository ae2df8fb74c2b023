import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { ProcessOptions } from "./definition.ts";
import { effects } from "./effects.ts";
import { readDefinition } from "./read-definition.ts";

const state = z.object({ count: z.number() });
const initial = (): { count: number } => ({ count: 0 });
const add = { handle: (state: { readonly count: number }) => ({ state }) };
const whole = { state, initial, messages: { add } };

test("[PRO-10] what a definition leaves out is completed", () => {
  const definition = readDefinition("counter", whole);
  expect(definition).toMatchObject({
    name: "counter",
    version: "1",
    snapshotEvery: 100,
    onError: "continue",
    inbox: 10_000,
  });
  expect([...definition.messages.keys()]).toEqual(["add"]);
  expect(definition.initial()).toEqual({ count: 0 });
  expect(definition).not.toHaveProperty("migrateState");
});

test("[PRO-10] what a definition says is kept", () => {
  const said = { version: "2", snapshotEvery: 5, onError: "park", inbox: 3 } as const;
  const migrateState = (): { count: number } => ({ count: 7 });
  const definition = readDefinition("counter", { ...whole, ...said, migrateState });
  expect(definition).toMatchObject(said);
  expect(definition.migrateState?.(null, "1")).toEqual({ count: 7 });
});

const late = z.object({ count: z.number() }).refine(async () => true);
const growing = z.object({ count: z.number().transform((count) => count + 1) });
const dated = z.object({ at: z.date() });

test.each<readonly [string, unknown, unknown]>([
  ["name", "a/b", whole],
  ["name", "", whole],
  ["", "counter", null],
  ["state", "counter", { ...whole, state: {} }],
  ["state", "counter", { initial, messages: { add } }],
  ["initial", "counter", { ...whole, initial: { count: 0 } }],
  ["version", "counter", { ...whole, version: 2 }],
  ["version", "counter", { ...whole, version: "" }],
  ["snapshotEvery", "counter", { ...whole, snapshotEvery: 0 }],
  ["snapshotEvery", "counter", { ...whole, snapshotEvery: 1.5 }],
  ["inbox", "counter", { ...whole, inbox: -1 }],
  ["onError", "counter", { ...whole, onError: "stop" }],
  ["migrateState", "counter", { ...whole, migrateState: "yes" }],
  ["messages", "counter", { ...whole, messages: {} }],
  ["messages", "counter", { ...whole, messages: undefined }],
  ["messages.add", "counter", { ...whole, messages: { add: () => 1 } }],
  ["messages.add.input", "counter", { ...whole, messages: { add: { ...add, input: {} } } }],
  ["messages.1st", "counter", { ...whole, messages: { "1st": add } }],
  ["onErorr", "counter", { ...whole, onErorr: "park" }],
])("[PRO-11] a definition with a faulty %s is refused with that field", (field, name, options) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const define = (): unknown => readDefinition(name as string, options as ProcessOptions<unknown, unknown>);
  expect(define).toThrow(
    expect.objectContaining({
      code: "process.invalid",
      details: { issues: [expect.objectContaining({ field })] },
    }),
  );
});

test("[PRO-11] every fault is told at once", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const options = { ...whole, version: 2, inbox: 0, messages: {} } as unknown as ProcessOptions<
    unknown,
    unknown
  >;
  expect(() => readDefinition("9", options)).toThrow(
    expect.objectContaining({
      details: {
        issues: ["name", "version", "inbox", "messages"].map((field) => expect.objectContaining({ field })),
      },
    }),
  );
});

test.each<readonly [string, object]>([
  ["is refused by the schema", { ...whole, initial: () => ({ count: "0" }) }],
  ["throws", { ...whole, initial: () => JSON.parse("{") }],
  ["has an async schema", { ...whole, state: late }],
  ["is not plain JSON", { ...whole, state: dated, initial: () => ({ at: new Date(0) }) }],
  ["changes when it is read again", { ...whole, state: growing }],
])("[PRO-12] an initial state that %s is refused", (_what, options) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  expect(() => readDefinition("counter", options as ProcessOptions<unknown, unknown>)).toThrow(
    expect.objectContaining({ details: { issues: [expect.objectContaining({ field: "initial" })] } }),
  );
});

test("[PRO-13] the types of state and input follow from the schemas", () => {
  readDefinition("typed", {
    state: z.object({ items: z.array(z.object({ n: z.number() })) }),
    initial: () => ({ items: [] }),
    messages: {
      push: {
        input: z.object({ n: z.number() }),
        handle(state, input, ctx) {
          expectTypeOf(input).toEqualTypeOf<{ n: number }>();
          expectTypeOf(ctx.now).toEqualTypeOf<number>();
          expectTypeOf(state.items).toEqualTypeOf<readonly { readonly n: number }[]>();
          // @ts-expect-error -- a state cannot be changed
          const change = (): number => state.items.push(input);
          void change;
          return { state: { items: [...state.items, input] }, effects: [effects.publish("pushed")] };
        },
      },
      clear: {
        handle(_state, input) {
          expectTypeOf(input).toEqualTypeOf<unknown>();
          return { state: { items: [] } };
        },
      },
      // @ts-expect-error -- the state is not that
      wrong: { handle: () => ({ state: { items: "none" } }) },
    },
  });
});
