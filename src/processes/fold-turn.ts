// One turn of one process: some of its messages folded, and everything that is to be committed for them. Snapshots fall
// where the slots say, so they do not depend on how messages were cut into turns. Pure but for the effects' own ids.
import { decodeJson } from "../base/json.ts";
import type { ProcessDefinition } from "../process/definition.ts";
import { fold, type Parked, type SlotResult } from "../process/fold.ts";
import type { SlotMessage } from "../process/slot-message.ts";
import type { Standing } from "../process/standing.ts";
import type { FoldRecord, MessageRecord, ProcessCommit, SnapshotRecord } from "../storage/processes.ts";
import type { EffectDesk } from "./effect-desk.ts";
import { encodeEntry } from "./rebuild.ts";

export interface TurnRequest {
  readonly definition: ProcessDefinition;
  readonly standing: Standing;
  /** The slot to begin with. */
  readonly from: number;
  /** The messages that wait, that of `from` first. */
  readonly messages: readonly MessageRecord[];
  /** Asked after each message. */
  readonly isOver: () => boolean;
  readonly desk: EffectDesk;
  readonly skip?: number;
}

export interface TurnResult extends Pick<
  ProcessCommit,
  "folds" | "snapshots" | "failed" | "effects" | "parked"
> {
  readonly standing: Standing;
  /** The slot to go on with. */
  readonly next: number;
}

export function foldTurn(request: TurnRequest): TurnResult {
  const { definition, messages, isOver, desk, skip } = request;
  const process = messages[0]?.process ?? "";
  const results: SlotResult[] = [];
  const folds: FoldRecord[] = [];
  const snapshots: SnapshotRecord[] = [];
  const options = { checkEffect: desk.check, ...(skip === undefined ? {} : { skip }) };
  let { standing } = request;
  let next = request.from;
  let parked: Parked | undefined;
  const end = request.from + messages.length;
  while (next < end && parked === undefined && (next === request.from || !isOver())) {
    const stop = Math.min(end, boundaryAfter(next, definition));
    const part = messages.slice(next - request.from, stop - request.from);
    const folded = fold(definition, standing, until(isOver, part), options);
    ({ standing, parked } = folded);
    if (folded.results.length === 0) break;
    folds.push(recordOf(definition, next, folded.results));
    results.push(...folded.results);
    next += folded.results.length;
    if (next === stop && isBoundary(stop, definition))
      snapshots.push(snapshotOf(definition, next - 1, standing));
  }
  const effects = desk.take(process, results);
  return {
    standing,
    next,
    folds,
    snapshots,
    failed: failedOf(results),
    ...(effects === undefined ? {} : { effects }),
    ...(parked === undefined ? {} : { parked: JSON.stringify(parked) }),
  };
}

/** The first slot behind this one before which a whole state is kept. */
function boundaryAfter(slot: number, { snapshotEvery }: ProcessDefinition): number {
  return slot - (slot % snapshotEvery) + snapshotEvery;
}

function isBoundary(slot: number, { snapshotEvery }: ProcessDefinition): boolean {
  return slot % snapshotEvery === 0;
}

/** At least one message, then as many as there is time for. */
function* until(isOver: () => boolean, messages: readonly MessageRecord[]): Generator<SlotMessage> {
  for (const { process, slot, id, at, name, input } of messages) {
    yield { process, slot, messageId: id, timestamp: at, name, input: decodeJson(input) };
    if (isOver()) return;
  }
}

function recordOf({ version }: ProcessDefinition, slot: number, results: readonly SlotResult[]): FoldRecord {
  const entries = `[${results.map(encodeEntry).join(",")}]`;
  return { slot, count: results.length, version, entries };
}

function snapshotOf({ version }: ProcessDefinition, slot: number, { recorded }: Standing): SnapshotRecord {
  return { slot, version, state: JSON.stringify(recorded) };
}

function failedOf(results: readonly SlotResult[]): ProcessCommit["failed"] {
  return results.flatMap(({ slot, error }) =>
    error === undefined
      ? []
      : [[slot, JSON.stringify({ name: error.name, message: error.message })] as const],
  );
}
