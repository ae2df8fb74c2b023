// What callers are given of processes: times as Date, payloads as values, copies through and through.
import { decodeJson, type Json } from "../base/json.ts";
import type { ErrorData } from "../base/errors.ts";
import type { Effect } from "../process/effects.ts";
import type { Parked } from "../process/fold.ts";
import type { Patch } from "../process/patch.ts";
import type { MessageRecord, ProcessRecord, SlotAnswer } from "../storage/processes.ts";
import type { FoldEntry } from "./rebuild.ts";

/** A message's place in its process. */
export interface Assignment {
  /** `NAME/ID` */
  readonly process: string;
  readonly slot: number;
  readonly messageId: string;
  /** Never before that of the slot in front. */
  readonly timestamp: Date;
  /** See process/chain.ts. */
  readonly chain: string;
  readonly previous: string;
}

/** A slot that was handled. */
export interface HistoryItem {
  readonly assignment: Assignment;
  readonly message: {
    readonly name: string;
    readonly input: Json;
    readonly actor: string;
    readonly key?: string;
    readonly parent?: string;
  };
  /** Of the definition that handled it. */
  readonly version: string;
  /** From the state before to the state behind. */
  readonly patch: Patch;
  readonly inverse: Patch;
  readonly output?: Json;
  readonly error?: ErrorData;
  readonly effects: readonly Effect[];
}

export interface ProcessInfo {
  /** `NAME/ID` */
  readonly id: string;
  /** How many messages it has been sent. */
  readonly slots: number;
  /** How many of them were handled. */
  readonly handled: number;
  /** Of the last message. */
  readonly timestamp: Date;
  readonly createdAt: Date;
  /** Of the definition that handled the last slot. */
  readonly version?: string;
  /** Why it stands still, until it is resumed. */
  readonly parked?: Parked;
  /** The node that holds it at present. */
  readonly node?: string;
  readonly forkedFrom?: { readonly process: string; readonly at: number };
}

export interface StateView<State = Json> {
  readonly state: State;
  /** -1 before the first message was handled. */
  readonly slot: number;
  readonly version: string;
}

export function assignmentOf(process: string, answer: SlotAnswer): Assignment {
  const { slot, messageId, at, chain, previous } = answer;
  return { process, slot, messageId, timestamp: new Date(at), chain, previous };
}

export function historyItem(
  process: string,
  record: MessageRecord,
  {
    entry,
    previous,
    version,
  }: { readonly entry: FoldEntry; readonly previous: string; readonly version: string },
): HistoryItem {
  const { slot, id, at, chain, name, input, actor, key, parent } = record;
  return {
    assignment: assignmentOf(process, { slot, messageId: id, at, chain, previous }),
    message: {
      name,
      input: decodeJson(input),
      actor,
      ...(key === undefined ? {} : { key }),
      ...(parent === undefined ? {} : { parent }),
    },
    version,
    effects: [],
    ...entry,
  };
}

export function processInfo(record: ProcessRecord): ProcessInfo {
  const { id, head, folded, lastAt, createdAt, version, parked, node, forkedFrom, forkedAt } = record;
  return {
    id,
    slots: head,
    handled: folded,
    timestamp: new Date(lastAt),
    createdAt: new Date(createdAt),
    ...(version === undefined ? {} : { version }),
    ...(parked === undefined ? {} : { parked: readParked(parked) }),
    ...(node === undefined ? {} : { node }),
    ...(forkedFrom === undefined ? {} : { forkedFrom: { process: forkedFrom, at: forkedAt ?? 0 } }),
  };
}

/** Written by the worker. */
function readParked(text: string): Parked {
  const parked: Parked = JSON.parse(text);
  return parked;
}
