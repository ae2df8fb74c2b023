// What a database must keep of stores: typed documents under keys, each with a version. What a change makes of a
// document is decided in document/change.ts; here it is decided and written without anybody in between.
import type { Instant } from "../base/clock.ts";
import type { ChangeOutcome, DocumentChange, DocumentRow } from "../document/change.ts";

export interface WriteRequest {
  readonly changes: readonly DocumentChange[];
  readonly actor: string;
  /** What caused it, as `run:ID`. */
  readonly parent?: string;
  readonly now: Instant;
}

/** All keys from `from` on and below `to`, see `keyRange`. */
export interface DocumentRange {
  readonly store: string;
  readonly from: string;
  readonly to: string;
}

export interface DocumentFilter extends DocumentRange {
  /** Only keys above this one. */
  readonly after?: string;
  readonly limit: number;
}

export interface StoreState {
  readonly count: number;
  readonly lastRunAt?: Instant;
}

export interface DocumentStorage {
  /**
   * Makes each change or refuses it, one after the other, as decideChange() says; a refused one keeps nothing of the
   * others from being made. What is changed is journaled, and told in the hint of the commit.
   */
  write(request: WriteRequest): Promise<readonly ChangeOutcome[]>;
  /** Notes when whoever keeps the store has last gone over it. */
  mark(request: { readonly store: string; readonly lastRunAt: Instant }): Promise<void>;
  /** Those that there are, in any order. */
  get(request: { readonly store: string; readonly keys: readonly string[] }): Promise<readonly DocumentRow[]>;
  /** In the order of the keys. */
  list(filter: DocumentFilter): Promise<readonly DocumentRow[]>;
  state(range: DocumentRange): Promise<StoreState>;
}
