import { expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../base/json.ts";
import type { Handled, ProcessDefinition } from "./definition.ts";
import { effects } from "./effects.ts";
import { fold } from "./fold.ts";
import { readDefinition } from "./read-definition.ts";
import { replay, type RecordedSlot, type Replayed } from "./replay.ts";
import type { SlotMessage } from "./slot-message.ts";
import { firstStanding } from "./standing.ts";

interface Variant {
  readonly output?: Json;
  readonly topic?: string;
  readonly fails?: string;
  readonly message?: string;
}

function tally({ output = 1, topic = "seen", fails, message = "add" }: Variant = {}): ProcessDefinition {
  return readDefinition("tally", {
    state: z.object({ n: z.number() }),
    initial: () => ({ n: 0 }),
    messages: {
      [message]: {
        handle({ n }: { readonly n: number }): Handled<{ n: number }> {
          if (fails !== undefined && n === 1) throw new Error(fails);
          return { state: { n: n + 1 }, output, effects: n === 1 ? [effects.publish(topic)] : [] };
        },
      },
    },
  });
}

const messages = [0, 1, 2].map((slot): SlotMessage => ({
  process: "tally/a",
  slot,
  messageId: `m${slot}`,
  timestamp: slot,
  name: "add",
  input: null,
}));

function recordedBy(definition: ProcessDefinition): RecordedSlot[] {
  const first = firstStanding(definition);
  if ("stopped" in first) throw new Error(first.stopped.message);
  const { results } = fold(definition, first, messages);
  return results.map((result, slot) => ({ ...result, message: messages[slot] ?? messages[0]! }));
}

function replayed(recorded: readonly RecordedSlot[], code: ProcessDefinition): Replayed {
  const first = firstStanding(code);
  if ("stopped" in first) throw new Error(first.stopped.message);
  return replay(code, first, recorded);
}

test("[PRO-62] another output is a difference", () => {
  expect(replayed(recordedBy(tally()), tally({ output: { to: 2 } })).difference).toEqual({
    slot: 0,
    what: "output",
    path: "",
    was: 1,
    is: { to: 2 },
  });
});

test("[PRO-62] other effects are a difference, told by path", () => {
  expect(replayed(recordedBy(tally()), tally({ topic: "heard" }))).toMatchObject({
    slots: 1,
    difference: { slot: 1, what: "effects", path: "/0/topic", was: "seen", is: "heard" },
  });
});

test("[PRO-62] an error that was none is a difference, and so is one with another message", () => {
  expect(replayed(recordedBy(tally()), tally({ fails: "no" })).difference).toEqual({
    slot: 1,
    what: "error",
    path: "",
    is: { name: "Error", message: "no" },
  });
  expect(replayed(recordedBy(tally({ fails: "old" })), tally({ fails: "new" })).difference).toEqual({
    slot: 1,
    what: "error",
    path: "/message",
    was: "old",
    is: "new",
  });
  expect(replayed(recordedBy(tally({ fails: "old" })), tally({ fails: "old" })).difference).toBeUndefined();
});

test("[PRO-62] code without a handler for a message differs there", () => {
  expect(replayed(recordedBy(tally()), tally({ message: "sum" })).difference).toMatchObject({
    slot: 0,
    what: "error",
    is: { code: "process.wrong-message" },
  });
});

test("[PRO-61] the replay goes on from the recorded state, the order of its keys included", () => {
  const definition = readDefinition("tally", {
    state: z.record(z.string(), z.number()),
    initial: () => ({}),
    messages: {
      add: {
        handle: (state, _input, { slot }) => ({ state: { a: slot, b: slot }, output: Object.keys(state) }),
      },
    },
  });
  const recorded = recordedBy(definition);
  const first = recorded[0]!;
  const turned = { ...first, patch: [{ op: "replace" as const, path: "", value: { b: 0, a: 0 } }] };
  const { difference } = replayed([turned, ...recorded.slice(1)], definition);
  expect(difference).toMatchObject({ slot: 1, what: "output", path: "/0", was: "a", is: "b" });
});

test("[PRO-61] a recorded patch that is written otherwise but leads to the same state is no difference", () => {
  const recorded = recordedBy(tally()).map((slot) => ({
    ...slot,
    patch: [{ op: "replace" as const, path: "", value: { n: slot.slot + 1 } }],
  }));
  expect(replayed(recorded, tally())).toMatchObject({ slots: 3 });
  expect(replayed(recorded, tally()).difference).toBeUndefined();
});
