// What a database must keep of the readers of the journal that go on where they were: how far each has come, and who
// reads under its name at present. Only one does at a time: it holds a lease.
import type { Instant } from "../base/clock.ts";

export interface CursorRecord {
  readonly name: string;
  /** Everything up to this number has been handled. */
  readonly seq: number;
  /** Who reads, or read last and may come back. */
  readonly holder?: string;
  readonly leaseUntil?: Instant;
  /** How often the event behind the cursor has failed. */
  readonly failures: number;
  /** Why it failed last. */
  readonly error?: string;
  readonly createdAt: Instant;
  readonly movedAt: Instant;
}

export interface CursorStorage {
  /**
   * Takes the lease, or holds it longer. Makes the cursor when there is none: behind `after`, by default behind the
   * newest event. Resolves to it, or to undefined while somebody else holds the lease.
   */
  take(request: {
    readonly name: string;
    readonly holder: string;
    readonly after?: number;
    readonly now: Instant;
    readonly leaseMs: number;
  }): Promise<CursorRecord | undefined>;
  /**
   * Says how far the holder has come, and what keeps it from going on, and holds the lease longer. Resolves to whether it
   * still held it: if not, nothing changes. A cursor never goes back.
   */
  move(request: {
    readonly name: string;
    readonly holder: string;
    readonly seq: number;
    readonly failures: number;
    readonly error?: string;
    readonly now: Instant;
    readonly leaseMs: number;
  }): Promise<boolean>;
  /** Lets others take the lease at once. */
  release(request: { readonly name: string; readonly holder: string }): Promise<void>;
  /** Forgets the cursor, whoever holds it. Resolves to whether there was one. */
  remove(request: { readonly name: string }): Promise<boolean>;
  /** By name. */
  list(): Promise<readonly CursorRecord[]>;
}
