// Replays a process: its recorded messages folded again, by the code of today or by other code, and held against what
// was recorded. Nothing is written, and no effect is performed.
import { EscapementError } from "../base/errors.ts";
import { decodeJson, type Json } from "../base/json.ts";
import type { ProcessDefinition } from "../process/definition.ts";
import type { Effect } from "../process/effects.ts";
import { replay, type RecordedSlot, type ReplayDifference } from "../process/replay.ts";
import { firstStanding, nextStanding, type Standing } from "../process/standing.ts";
import { noProcess, unhandledSlot } from "../storage/process-faults.ts";
import type { ProcessStorage } from "../storage/processes.ts";
import { readLog, type LoggedSlot } from "./log-reader.ts";
import { rebuildState } from "./rebuild.ts";

export interface ReplayReport {
  /** How many slots came out as they were recorded. */
  readonly slots: number;
  readonly firstDifference?: ReplayDifference;
}

/** Slots folded before the rest of the program gets its turn. */
const slotsPerTurn = 200;

export interface ReplayRequest {
  readonly from: number;
  readonly definition: ProcessDefinition;
  /** An effect that cannot be performed fails its slot, in a replay as in the fold. */
  readonly checkEffect: (effect: Effect) => void;
}

export async function replayProcess(
  storage: ProcessStorage,
  process: string,
  { from, definition, checkEffect }: ReplayRequest,
): Promise<ReplayReport> {
  let standing = await standingBefore(storage, process, { from, definition });
  let slots = 0;
  let page: RecordedSlot[] = [];
  const fold = (): ReplayDifference | undefined => {
    const replayed = replay(definition, standing, page, checkEffect);
    ({ standing } = replayed);
    slots += replayed.slots;
    page = [];
    return replayed.difference;
  };
  for await (const logged of readLog(storage, process, from)) {
    page.push(recordedSlot(logged));
    if (page.length < slotsPerTurn) continue;
    const difference = fold();
    if (difference !== undefined) return { slots, firstDifference: difference };
    await new Promise((resolve) => setImmediate(resolve));
  }
  const difference = fold();
  return difference === undefined ? { slots } : { slots, firstDifference: difference };
}

async function standingBefore(
  storage: ProcessStorage,
  process: string,
  { from, definition }: { readonly from: number; readonly definition: ProcessDefinition },
): Promise<Standing> {
  const standing =
    from === 0 ? firstStanding(definition) : await standingAt(storage, process, from - 1, definition);
  if (!("stopped" in standing)) return standing;
  const { message } = standing.stopped;
  throw new EscapementError("process.wrong-state", `Cannot replay ${process} from slot ${from}: ${message}`);
}

async function standingAt(
  storage: ProcessStorage,
  process: string,
  at: number,
  definition: ProcessDefinition,
): Promise<ReturnType<typeof nextStanding>> {
  const source = await storage.state({ process, at });
  if (source === undefined) throw noProcess(process);
  if (at >= source.folded) throw unhandledSlot(process, at, source.folded);
  const { state, version = definition.version } = rebuildState(source, at);
  return nextStanding(definition, state, version);
}

function recordedSlot({ message, entry }: LoggedSlot): RecordedSlot {
  const { process, slot, id, at, name, input } = message;
  const { inverse: _inverse, effects = [], ...kept } = entry;
  const recorded: Json = decodeJson(input);
  return {
    slot,
    ...kept,
    effects,
    message: { process, slot, messageId: id, timestamp: at, name, input: recorded },
  };
}
