// What a database must keep of nodes: who is alive. All runs of a node stand under its one lease, so renewing costs
// one row however many runs there are, and a lease that is over gives all of them back at once.
import type { Instant } from "../base/clock.ts";

export interface NodeRecord {
  readonly node: string;
  readonly startedAt: Instant;
  readonly leaseUntil: Instant;
}

export interface NodeStorage {
  /** What stands under this name already was left by a process that is gone: it is taken over. */
  join(request: {
    readonly node: string;
    readonly now: Instant;
    readonly leaseMs: number;
    /** `unattended`: the storage renews the lease by itself until `leave`, so that a busy event loop loses none. */
    readonly renewal?: "unattended";
  }): Promise<void>;
  /** A lease that was lost begins anew. */
  renew(request: { readonly node: string; readonly now: Instant; readonly leaseMs: number }): Promise<void>;
  /** What the node still holds is taken over. */
  leave(request: { readonly node: string; readonly now: Instant }): Promise<void>;
  list(): Promise<readonly NodeRecord[]>;
}
