// The fold: a state and messages in, what each slot leaves behind out. Pure: no clock, no chance, no effects; the same
// messages give the same slots, however they are cut into batches. A handler can throw, return rubbish or try to change
// what it is given: that is recorded at its slot, and the state stays as it was.
import { errorData } from "../base/error-data.ts";
import type { ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { change, type Change } from "./change.ts";
import type { ProcessDefinition } from "./definition.ts";
import { readEffects, type Effect } from "./effects.ts";
import { MessageContext } from "./message-context.ts";
import { ownCopy } from "./own-copy.ts";
import type { Patch } from "./patch.ts";
import { findMessage, readInput } from "./read-input.ts";
import { readResult } from "./read-result.ts";
import type { SlotMessage } from "./slot-message.ts";
import { readState, type Standing } from "./standing.ts";

/** What a slot leaves behind. The state after it is the one before with the patch. */
export interface SlotResult {
  readonly slot: number;
  /** Of the code that handled it. */
  readonly version: string;
  readonly patch: Patch;
  readonly inverse: Patch;
  readonly output?: Json;
  readonly error?: ErrorData;
  readonly effects: readonly Effect[];
}

export interface FoldOptions {
  /** Throws for an effect that could not be performed; the slot then fails with that. */
  readonly checkEffect?: (effect: Effect) => void;
  /** The error of this slot is recorded and gone past, though the process would be parked there. */
  readonly skip?: number;
}

export interface Folded {
  /** Where the process stands after the last of the results. */
  readonly standing: Standing;
  readonly results: readonly SlotResult[];
  /** The process stands still here: this slot and those behind it were not handled. */
  readonly parked?: Parked;
}

/** Why a process stands still. */
export interface Parked {
  /** The slot that could not be handled. */
  readonly slot: number;
  readonly error: ErrorData;
}

/** Messages must be in the order of their slots and follow the standing. Never throws. */
export function fold(
  definition: ProcessDefinition,
  standing: Standing,
  messages: Iterable<SlotMessage>,
  options: FoldOptions = {},
): Folded {
  const results: SlotResult[] = [];
  let now = standing;
  for (const message of messages) {
    const step = foldOne(definition, now, message, options.checkEffect);
    const { error } = step.result;
    if (error !== undefined && options.skip !== message.slot && isParkedBy(definition, message))
      return { standing: now, results, parked: { slot: message.slot, error } };
    results.push(step.result);
    now = step.standing;
  }
  return { standing: now, results };
}

/** A message without a handler is not the fault of the message: the code that knows it may only be missing here. */
function isParkedBy(definition: ProcessDefinition, message: SlotMessage): boolean {
  return definition.onError === "park" || !definition.messages.has(message.name);
}

/** One message, whatever the definition says of errors. */
export function foldOne(
  definition: ProcessDefinition,
  standing: Standing,
  message: SlotMessage,
  checkEffect?: (effect: Effect) => void,
): { readonly standing: Standing; readonly result: SlotResult } {
  const { slot } = message;
  const { version } = definition;
  try {
    const handler = findMessage(definition, message.name);
    const input = readInput(definition, message.name, message.input);
    const given = readResult(handler.handle(standing.state, input, new MessageContext(message)));
    const effects = readEffects(given.effects);
    if (checkEffect !== undefined) effects.forEach((effect) => checkEffect(effect));
    const output = given.output === undefined ? {} : { output: ownCopy(given.output) };
    const made = readState(definition, standing.state, given.state);
    const { state, patch, inverse } = sinceRecorded(standing, made);
    return {
      standing: { state, recorded: state },
      result: { slot, version, patch, inverse, ...output, effects },
    };
  } catch (error) {
    // The state stays; what another version made of it when it took over is kept with the first slot it handles.
    const { state, patch, inverse } = change(standing.recorded, standing.state);
    return {
      standing: { state, recorded: state },
      result: { slot, version, patch, inverse, error: errorData(error), effects: [] },
    };
  }
}

/** A patch leads from what the log says, which is nearly always what the handler was given. */
function sinceRecorded({ state, recorded }: Standing, made: Change): Change {
  return state === recorded ? made : change(recorded, made.state);
}
