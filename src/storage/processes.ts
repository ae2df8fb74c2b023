// What a database must keep of processes: per process one line of messages without a gap, and what became of each.
// Whoever folds holds a process by the lease of its node and a fence; what it writes is one transaction, effects
// included, so that each slot has its effects exactly once. Payloads travel as JSON text.
import type { Instant } from "../base/clock.ts";
import type { NewEvent } from "../event/event.ts";
import type { NewRecordRow } from "./records.ts";
import type { NewRun, Page } from "./runs.ts";

/** A message on its way to a process, which is named `NAME/ID`. */
export interface NewMessage {
  readonly process: string;
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly input: string;
  /** The process keeps one message with this key; another send of it gets the same slot. */
  readonly key?: string;
  /** What caused it, like `process:counter/room-1@7` or `run:ID`. */
  readonly parent?: string;
}

/** A message with the slot that it was given. */
export interface MessageRecord extends NewMessage {
  readonly slot: number;
  /** Never before that of the slot in front. */
  readonly at: Instant;
  /** See process/chain.ts. */
  readonly chain: string;
  readonly actor: string;
}

export interface SlotAnswer {
  readonly slot: number;
  readonly messageId: string;
  readonly at: Instant;
  readonly chain: string;
  /** The chain of the slot in front. */
  readonly previous: string;
}

/** Too many messages of the process wait already: this one was not kept. */
export interface BusyAnswer {
  readonly waiting: number;
  readonly retryAfterMs: number;
}

export type SendAnswer = SlotAnswer | BusyAnswer;

export interface SendRequest {
  readonly messages: readonly NewMessage[];
  readonly actor: string;
  readonly now: Instant;
  /** How many messages of one process may wait. */
  readonly inbox: number;
}

/** What became of consecutive slots. A fold never reaches across a snapshot. */
export interface FoldRecord {
  /** The first slot. */
  readonly slot: number;
  readonly count: number;
  /** Of the definition that handled them. */
  readonly version: string;
  /** JSON text: a list with an entry per slot. */
  readonly entries: string;
}

/** Consecutive slots with all that is known of them. */
export interface HistoryRecord extends FoldRecord {
  readonly messages: readonly MessageRecord[];
}

/** The state behind a slot. */
export interface SnapshotRecord {
  readonly slot: number;
  readonly version: string;
  /** JSON text. */
  readonly state: string;
}

/** All that the state behind a slot follows from: the nearest snapshot, and the folds after it. */
export interface StateSource {
  /** The slot that is handled next. */
  readonly folded: number;
  /** Absent when there is none before: then the folds begin with slot 0. */
  readonly snapshot?: SnapshotRecord;
  readonly folds: readonly FoldRecord[];
}

export interface ProcessRecord {
  /** `NAME/ID` */
  readonly id: string;
  /** The slot that the next message gets. */
  readonly head: number;
  /** The slot that is handled next. */
  readonly folded: number;
  readonly chain: string;
  readonly lastAt: Instant;
  readonly createdAt: Instant;
  readonly version?: string;
  /** Why it stands still, until it is resumed. JSON text. */
  readonly parked?: string;
  /** The node that handles it at present. */
  readonly node?: string;
  /** Slots up to `forkedAt` are those of this process. */
  readonly forkedFrom?: string;
  readonly forkedAt?: number;
}

/** A process in the hands of a node: what it writes counts only under this fence. */
export interface HeldProcess {
  readonly process: string;
  readonly fence: number;
}

/** A process with messages that its holder has not handled yet. */
export interface WaitingProcess extends HeldProcess {
  /** The first slot that is not there yet, or that may not be handled at present. */
  readonly head: number;
}

export interface ClaimedProcess extends HeldProcess, StateSource {
  readonly head: number;
  /** Of the definition that handled the last slot. */
  readonly version?: string;
  /** An error at this slot is to be gone past; see `resume`. */
  readonly skip?: number;
  /** The first slot that may not be handled at present: a gate stands before it. */
  readonly until?: number;
  /** The first messages to handle. */
  readonly messages: readonly MessageRecord[];
}

export interface ClaimProcessesRequest {
  readonly node: string;
  readonly now: Instant;
  /** Names of the processes that this node can handle; the others wait for a node that can. */
  readonly names: readonly string[];
  /** How many processes to take. */
  readonly limit: number;
  /** How many messages of each to hand over at once. */
  readonly messages: number;
}

/** What a holder has made of some slots of a process, and what is to follow from it. */
export interface ProcessCommit extends HeldProcess {
  /** What was handled before: the first slot of the folds. */
  readonly from: number;
  readonly folds: readonly FoldRecord[];
  readonly snapshots: readonly SnapshotRecord[];
  /** Slots whose handler failed, with the error as JSON text. */
  readonly failed: readonly (readonly [slot: number, error: string])[];
  /** The version of the definition before, when it is another now. */
  readonly movedFrom?: string;
  readonly effects?: ProcessEffects;
  /** Stops the process behind these folds. JSON text. */
  readonly parked?: string;
}

export interface ProcessEffects {
  readonly runs: readonly NewRun[];
  readonly messages: readonly NewMessage[];
  readonly records: readonly NewRecordRow[];
  readonly events: readonly NewEvent[];
}

export interface ForkRequest {
  readonly process: string;
  readonly at: number;
  /** `NAME/ID` of the fork. */
  readonly as: string;
  /** The state behind `at`. */
  readonly snapshot: SnapshotRecord;
  readonly actor: string;
  readonly now: Instant;
}

export interface ProcessStorage {
  /** Gives each message its slot, in order. One whose process has too many waiting is left out, and the others are kept. */
  send(request: SendRequest): Promise<readonly SendAnswer[]>;
  /** Takes hold of processes with messages to handle, the one that waits longest first. */
  claim(request: ClaimProcessesRequest): Promise<readonly ClaimedProcess[]>;
  /** For each: the head that it has now, or null when it is no longer held under that fence and nothing was written. */
  commit(request: {
    readonly node: string;
    readonly now: Instant;
    readonly commits: readonly ProcessCommit[];
  }): Promise<readonly (number | null)[]>;
  release(request: {
    readonly node: string;
    readonly now: Instant;
    readonly processes: readonly HeldProcess[];
  }): Promise<void>;
  /** Lets a parked process go on, with `skip` past the slot where it stands; resolves to whether it was parked. */
  resume(request: {
    readonly process: string;
    readonly skip: boolean;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<boolean>;
  /** Throws `process.not-found`, `process.conflict` when `as` is taken, `process.invalid` when `at` was not handled yet. */
  fork(request: ForkRequest): Promise<ProcessRecord>;
  /** Processes that a node holds and that have messages to handle. */
  waiting(request: { readonly node: string; readonly now: Instant }): Promise<readonly WaitingProcess[]>;
  /** Messages that were not handled yet, from a slot on; fewer than `limit` when they are large. */
  messages(request: {
    readonly process: string;
    readonly from: number;
    readonly limit: number;
  }): Promise<readonly MessageRecord[]>;
  /** Slots that were handled, from one on, those that a fork shares included; about as many as asked for. */
  history(request: {
    readonly process: string;
    readonly from: number;
    readonly limit: number;
  }): Promise<readonly HistoryRecord[]>;
  /** For the state behind a slot, or behind the last that was handled; undefined when there is no such process. */
  state(request: { readonly process: string; readonly at?: number }): Promise<StateSource | undefined>;
  get(request: { readonly ids: readonly string[] }): Promise<readonly ProcessRecord[]>;
  /** By id, in pages. */
  list(filter: {
    readonly name?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<Page<ProcessRecord>>;
}
