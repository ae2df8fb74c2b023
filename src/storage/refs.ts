// What a database must keep of refs: names that stand on a record, moved by compare-and-set, with every move on record.
import type { Instant } from "../base/clock.ts";
import type { Cause } from "./records.ts";

export interface RefMove {
  readonly name: string;
  /** Null takes the ref away. */
  readonly to: string | null;
  /** Where it must stand before; null for nowhere. */
  readonly expected: string | null;
}

export interface RefRow {
  readonly name: string;
  readonly target: string;
}

export interface RefLogRow {
  readonly seq: number;
  readonly at: Instant;
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly actor: string;
}

export interface RefStorage {
  /** Throws `memory.conflict` when it stands elsewhere, `memory.not-found` and `memory.forgotten` for where it shall go. */
  set(request: { readonly move: RefMove } & Cause): Promise<void>;
  get(request: { readonly name: string; readonly point?: number }): Promise<string | null>;
  /** By name, byte by byte. */
  list(request: {
    readonly prefix: string;
    readonly after?: string;
    readonly limit: number;
    readonly point?: number;
  }): Promise<readonly RefRow[]>;
  /** Newest first. */
  log(request: {
    readonly name: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly RefLogRow[]>;
}
