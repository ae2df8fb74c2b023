// What a database must keep of gates: which scopes are held, who let what go, and with which key. A release is one
// transaction with its permit and its event; claims see all of it or nothing.
import type { Instant } from "../base/clock.ts";
import type { Gate, GateMode, Refusal } from "../run/gate.ts";
import type { EventRecord } from "./journal.ts";

export type ReleaseAnswer =
  | { readonly status: "released"; readonly event: EventRecord }
  | { readonly status: "blocked"; readonly reason: Refusal };

export interface HeldRun {
  readonly kind: "run";
  readonly id: string;
  readonly action: string;
  readonly taskId?: string;
  readonly scheduledFor: Instant;
  readonly dueAt: Instant;
}

/** The next message of a process: a release lets the process handle it, and no further one. */
export interface HeldMessage {
  readonly kind: "message";
  readonly id: string;
  /** `NAME/ID` */
  readonly process: string;
  readonly slot: number;
  /** Of the message. */
  readonly name: string;
  readonly at: Instant;
}

/** What the next release from a scope would let go. */
export type HeldWork = HeldRun | HeldMessage;

/** The answer to `pending`, as `next` would decide at this moment. */
export interface PendingWork {
  readonly mode: GateMode;
  /** Give it to `next` as `expectedHead`: the number of the newest event that moved a gate over this scope. */
  readonly head: number;
  readonly next?: HeldWork;
  /** Why nothing would be released. */
  readonly reason?: Refusal;
}

export interface GateStorage {
  /**
   * Shuts a gate (`stepper`), or opens it (`realtime`) and lets go of what it alone held. Resolves to whether there was
   * anything to do: a gate that is open stays open, and nothing tells of it.
   */
  set(request: {
    readonly scope: string;
    readonly mode: GateMode;
    readonly actor: string;
    readonly reason?: string;
    readonly now: Instant;
  }): Promise<boolean>;
  /** Releases the oldest due work of the scope that no switch and no cluster holds: exactly one start, past every gate. */
  next(request: {
    readonly scope: string;
    readonly actor: string;
    /** The newest event that the caller has seen; refused when a gate over this scope was moved after it. */
    readonly expectedHead?: number;
    /** Releases once: asked again, it is answered as it was. */
    readonly key?: string;
    readonly now: Instant;
  }): Promise<ReleaseAnswer>;
  pending(request: { readonly scope: string; readonly now: Instant }): Promise<PendingWork>;
  /** The gates that are shut, by scope. */
  list(): Promise<readonly Gate[]>;
}
