// A process as callers see it: where it stands, what became of each message, what a check of it found.
import type { ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { ChainFault } from "./chain.ts";
import type { Effect } from "./effects.ts";
import type { Patch } from "./patch.ts";
import type { ReplayDifference } from "./replay.ts";

/** A message in its slot; what was acknowledged is durable. */
export interface Assignment {
  /** `NAME/ID` */
  readonly process: string;
  readonly slot: number;
  readonly messageId: string;
  /** Never before that of the slot in front. */
  readonly timestamp: Date;
  /** See chain.ts. */
  readonly chain: string;
  /** The chain of the slot in front; empty for slot 0. */
  readonly previous: string;
}

/** How a process stands. */
export interface ProcessInfo {
  /** `NAME/ID` */
  readonly id: string;
  readonly name: string;
  /** How many messages it was sent: the slot of the next. */
  readonly slots: number;
  /** How many of them were handled. */
  readonly handled: number;
  readonly chain: string;
  /** Of the code that handled the last one. */
  readonly version?: string;
  /** It stands still at this slot until it is resumed. */
  readonly held?: { readonly slot: number; readonly error: ErrorData };
  /** Slots up to `at` are those of that process. */
  readonly forkedFrom?: { readonly id: string; readonly at: number };
  /** The node that handles it at present. */
  readonly node?: string;
  readonly createdAt: Date;
  /** When the last message came. */
  readonly lastAt: Date;
}

/** What a process remembers of a slot; without `version` it was not handled yet. */
export interface HistoryEntry {
  readonly assignment: Assignment;
  readonly message: {
    readonly name: string;
    readonly input: Json;
    readonly key?: string;
    readonly actor: string;
  };
  readonly version?: string;
  /** From the state in front to the one behind. */
  readonly patch?: Patch;
  readonly output?: Json;
  readonly error?: ErrorData;
  readonly effects?: readonly Effect[];
}

/** The state behind a slot; slot -1 is where a process begins. */
export interface ProcessState<State = Json> {
  readonly state: State;
  readonly slot: number;
  readonly version: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** How many slots are sound. */
  readonly slots: number;
  readonly firstBad?: Pick<ChainFault, "slot"> & { readonly reason: ChainFault["reason"] | "content" };
}

export interface ReplayReport {
  /** How many slots came out as they were recorded. */
  readonly slots: number;
  readonly firstDifference?: ReplayDifference;
}
