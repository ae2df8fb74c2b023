// What a database must keep of runs. Every call is set-based and one transaction; each writes its own journal events,
// so that no state can change without a trace. Payloads travel as JSON text: only the two ends read them.
import type { Instant } from "../base/clock.ts";
import type { Lane } from "../run/lane.ts";
import type { Rate } from "../run/plan-claim.ts";
import type { RunState } from "../run/run.ts";

/**
 * What happens to a run whose key is taken by another of the same action, unfinished or in the history:
 * `return` the other one · `reject` with `run.conflict` · `replace` the other one while it waits, else enqueue beside it ·
 * `drop` this one.
 */
export type OnConflict = "return" | "reject" | "replace" | "drop";

/** A run that was not kept, because of its key. */
export interface KeyConflict {
  readonly id: string;
  readonly existing: RunRecord;
}

/** A run about to be kept. */
export interface NewRun {
  readonly id: string;
  readonly action: string;
  /** JSON text. */
  readonly params: string;
  readonly taskId?: string;
  readonly scheduledFor: Instant;
  readonly dueAt: Instant;
  readonly priority: number;
  readonly maxAttempts: number;
  /** How many passes follow each other by themselves; see `again`. */
  readonly passes: number;
  readonly cluster?: string;
  readonly lanes: readonly Lane[];
  readonly rates: readonly Rate[];
  /** Makes the run the only one of its action with this key; see `onConflict`. */
  readonly key?: string;
  readonly onConflict?: OnConflict;
  /** Runs with the same text go one at a time, in the order of their ids, whatever becomes of the one in front. */
  readonly fifo?: string;
  readonly parentId?: string;
  readonly tags: readonly string[];
  /** JSON text of what a task sets for its runs. */
  readonly options?: string;
}

/** A run as kept, finished or not. */
export interface RunRecord extends Omit<NewRun, "lanes" | "rates" | "onConflict"> {
  readonly state: RunState;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  readonly attempt: number;
  readonly pass: number;
  readonly progress?: number;
  /** JSON text. */
  readonly result?: string;
  /** JSON text of an ErrorData. */
  readonly error?: string;
  readonly reason?: string;
  readonly node?: string;
}

/** What a worker needs to know of a run that it has just claimed. */
export interface ClaimedRun {
  readonly id: string;
  /**
   * Which claim took it. An attempt that was snoozed or handed back is claimed again under its number, but no run is
   * ever claimed twice under the same fence.
   */
  readonly fence: number;
  readonly action: string;
  readonly params: string;
  readonly taskId?: string;
  readonly scheduledFor: Instant;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly pass: number;
  readonly passes: number;
  readonly options?: string;
}

export interface ClaimRequest {
  readonly node: string;
  readonly now: Instant;
  readonly limit: number;
  /** The actions that this node can run; the others wait for a node that can. */
  readonly actions: readonly string[];
}

export interface ClaimResult {
  readonly runs: readonly ClaimedRun[];
  /**
   * When to claim again if nothing else happens; now or earlier means at once. A claim that took as many as it was
   * asked for may have left others that are due, and says nothing of them.
   */
  readonly nextDueAt?: Instant;
}

/** How an attempt ended. Every write of a worker names the fence under which it holds; a stale one changes nothing. */
export type Outcome = OutcomeHead &
  (
    | { readonly kind: "succeeded"; readonly result: string }
    | { readonly kind: "failed"; readonly error: string; readonly reason: string }
    | { readonly kind: "cancelled"; readonly reason: string }
    | { readonly kind: "retry"; readonly error: string; readonly dueAt: Instant }
    | { readonly kind: "snooze"; readonly dueAt: Instant }
    /** As `snooze`: the handler goes on, with its steps remembered, when the sleep that it asked for is over. */
    | { readonly kind: "sleep"; readonly dueAt: Instant }
    /** The next pass: `params` is its input, the attempts start anew. */
    | { readonly kind: "again"; readonly params: string }
    /** Handed back unfinished, as by a node that stops; the attempt does not count. */
    | { readonly kind: "return" }
  );

interface OutcomeHead {
  readonly id: string;
  readonly fence: number;
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly at: Instant;
}

export interface SettleRequest {
  readonly node: string;
  readonly outcomes: readonly Outcome[];
}

export interface RunFilter {
  readonly state?: RunState;
  readonly action?: string;
  readonly taskId?: string;
  readonly tag?: string;
  /** The code of the error, or its name where it has no code. */
  readonly error?: string;
  readonly from?: Instant;
  readonly to?: Instant;
  /** Ids below this one: the `next` of the page before. */
  readonly before?: string;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass it as the cursor to get the next page; absent on the last. */
  readonly next?: string;
}

export type RunCounts = Readonly<Record<RunState, number>>;

export interface RunStorage {
  /** Resolves to those that were not kept because of their key. With `reject` nothing at all is kept. */
  enqueue(request: {
    readonly runs: readonly NewRun[];
    readonly actor: string;
    readonly now: Instant;
  }): Promise<readonly KeyConflict[]>;
  claim(request: ClaimRequest): Promise<ClaimResult>;
  /** Ids of outcomes that were refused because the run had been taken away from this attempt. */
  settle(request: SettleRequest): Promise<readonly string[]>;
  /** Which of these attempts still hold their runs, in the order given. */
  held(request: {
    readonly node: string;
    readonly attempts: readonly Pick<ClaimedRun, "id" | "fence">[];
  }): Promise<readonly boolean[]>;
  progress(request: {
    readonly node: string;
    readonly id: string;
    readonly fence: number;
    readonly fraction: number;
    readonly note?: string;
    readonly now: Instant;
  }): Promise<boolean>;
  /** Ends unfinished runs as cancelled; a running attempt becomes stale. Resolves to the ids that were unfinished. */
  cancel(request: {
    readonly ids: readonly string[];
    readonly reason: string;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<readonly string[]>;
  /** Puts failed runs back to waiting with their attempts restored. Resolves to the ids that were failed. */
  redrive(request: {
    readonly ids: readonly string[];
    readonly actor: string;
    readonly now: Instant;
  }): Promise<readonly string[]>;
  /** Runs of nodes whose lease is over: waiting again, or failed as lost when the attempts are used up. */
  recover(request: { readonly now: Instant }): Promise<readonly string[]>;
  get(request: { readonly id: string }): Promise<RunRecord | undefined>;
  list(filter: RunFilter): Promise<Page<RunRecord>>;
  counts(): Promise<RunCounts>;
}
