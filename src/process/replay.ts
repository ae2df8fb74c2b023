// Replaying: the recorded messages folded again, by the same code or by other, and held against what was recorded then.
// Pure, as the fold is: effects are compared, never performed, and nothing is written.
import type { ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { firstDifference, type Difference } from "./compare.ts";
import type { ProcessDefinition } from "./definition.ts";
import type { Effect } from "./effects.ts";
import { foldOne, type SlotResult } from "./fold.ts";
import { applyPatch, type Patch } from "./patch.ts";
import type { SlotMessage } from "./slot-message.ts";
import type { Standing } from "./standing.ts";

/** A slot as the log has it. */
export interface RecordedSlot extends Omit<SlotResult, "inverse" | "version"> {
  readonly message: SlotMessage;
}

export interface ReplayDifference extends Difference {
  readonly slot: number;
  /** In what of the slot; `path` leads into it. */
  readonly what: "state" | "output" | "error" | "effects";
}

export interface Replayed {
  /** Where the next page goes on. */
  readonly standing: Standing;
  /** How many slots came out as they were recorded. */
  readonly slots: number;
  readonly difference?: ReplayDifference;
}

/** Ends at the first difference. The standing must be the one before the first of these slots. */
export function replay(
  definition: ProcessDefinition,
  standing: Standing,
  recorded: Iterable<RecordedSlot>,
  checkEffect?: (effect: Effect) => void,
): Replayed {
  let now = standing;
  let slots = 0;
  for (const slot of recorded) {
    const step = foldOne(definition, now, slot.message, checkEffect);
    const state = recordedState(now.recorded, slot.patch, step.result.patch, step.standing.state);
    const difference = compare(slot, state, step);
    if (difference !== undefined) return { standing: now, slots, difference };
    now = { state, recorded: state };
    slots++;
  }
  return { standing: now, slots };
}

/** Equal patches make equal states of one state: then none has to be applied. */
function recordedState(before: Json, recorded: Patch, made: Patch, state: Json): Json {
  return JSON.stringify(recorded) === JSON.stringify(made) ? state : applyPatch(before, recorded);
}

function compare(
  slot: RecordedSlot,
  state: Json,
  made: { readonly standing: Standing; readonly result: SlotResult },
): ReplayDifference | undefined {
  const { result } = made;
  // Why a state differs is told by the error, so that goes first.
  const parts = [
    ["error", told(slot.error), told(result.error)],
    ["state", state, made.standing.state],
    ["output", slot.output, result.output],
    ["effects", plain(slot.effects), plain(result.effects)],
  ] as const;
  for (const [what, was, is] of parts) {
    const found = firstDifference(was, is);
    if (found !== undefined) return { slot: slot.slot, what, ...found };
  }
  return undefined;
}

/**
 * What an error says; where in the code it was thrown is not part of it. Of one of our own that is its code: its text may
 * be another in the next release, and names what else there is.
 */
function told(error: ErrorData | undefined): Json | undefined {
  if (error === undefined) return undefined;
  const { name, message, code } = error;
  if (name === "EscapementError" && code !== undefined) return { name, code };
  return code === undefined ? { name, message } : { name, message, code };
}

function plain(effects: readonly Effect[]): Json {
  return effects.map((effect) => ({ ...effect }));
}
