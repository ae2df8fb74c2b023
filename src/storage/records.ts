// What a database must keep of records: immutable, in one order that the database gives, found by id, by order and by
// their terms. A point is a number in that order; appends, forgettings and moves of refs all take one, so what was
// visible at a point is a condition and never a copy. Numbers are given in the order of the commits, without gaps.
import type { Instant } from "../base/clock.ts";
import type { ContentForm } from "../record/content.ts";
import type { ScoredRecord } from "../record/rank-terms.ts";
import type { RefMove } from "./refs.ts";
import type { Page } from "./runs.ts";

/** A record about to be kept. */
export interface NewRecordRow {
  readonly id: string;
  readonly namespace: string;
  readonly contentType: string;
  readonly form: ContentForm;
  readonly body: string | Uint8Array;
  /** See record/fingerprint.ts: two records with one id must have one of these. */
  readonly print: string;
  readonly parents: readonly string[];
  /** Canonical JSON text; absent for `{}`. */
  readonly metadata?: string;
  /** Terms and marks, with a space between each two. */
  readonly terms: string;
}

/** A record as kept. Its body is empty once it is purged. */
export interface RecordRow extends Omit<NewRecordRow, "terms"> {
  readonly seq: number;
  readonly at: Instant;
  readonly forgotten?: Forgetting;
}

export interface Forgetting {
  readonly seq: number;
  readonly at: Instant;
  readonly reason: string;
  /** The content is gone; what the record was called, its parents and its fingerprint stay. */
  readonly purged: boolean;
}

/** The number and the time of a record, and whether this call has made it. */
export type Appended = readonly [seq: number, at: Instant, created: boolean];

/** Who changes something, and when. */
export interface Cause {
  readonly actor: string;
  /** What caused it, as `run:ID`. */
  readonly parent?: string;
  readonly now: Instant;
}

export interface RecordFilter {
  readonly namespace?: string;
  readonly idPrefix?: string;
  /** Marks that a record must have, see record/facets.ts. */
  readonly marks: readonly string[];
  readonly order: "newest" | "oldest";
  /** Only records that come behind this number in that order. */
  readonly after?: number;
  readonly sinceAt?: Instant;
  /** What was visible at this point; absent for now. */
  readonly point?: number;
  readonly limit: number;
}

export type ChangeKind = "appended" | "forgotten" | "purged";

export interface ChangeRow {
  readonly seq: number;
  readonly at: Instant;
  readonly kind: ChangeKind;
  readonly id: string;
  readonly namespace: string;
  /** The number of the record that changed. */
  readonly recordSeq: number;
}

export interface SweepRequest extends Cause {
  readonly namespace: string;
  /** Only records older than this. */
  readonly before?: Instant;
  /** Only records beside the newest so many. */
  readonly keepNewest?: number;
  readonly limit: number;
  readonly dryRun: boolean;
}

/** `ids` are those that were purged, or would be; at most `limit`, oldest first. */
export interface Sweep {
  readonly ids: readonly string[];
  /** How many fall under the rule but are kept, because a ref still leads to them. */
  readonly referenced: number;
}

export interface RecordStorage {
  /**
   * Keeps all of them or none. The same id with the same print is not kept twice. Throws `memory.conflict` for the same
   * id with another print or a ref that stands elsewhere, `memory.forgotten` for an id that was forgotten.
   */
  append(
    request: { readonly records: readonly NewRecordRow[]; readonly move?: RefMove } & Cause,
  ): Promise<readonly Appended[]>;
  /** Hides a record from the commit on; with `purge` its content is gone for good. Resolves to whether that changed anything. */
  forget(
    request: { readonly id: string; readonly reason: string; readonly purge: boolean } & Cause,
  ): Promise<boolean>;
  /** Purges what a rule of retention names and no ref leads to. */
  sweep(request: SweepRequest): Promise<Sweep>;
  /** In the order of the ids; undefined for those that are not kept, or were not yet at that point. */
  get(request: {
    readonly ids: readonly string[];
    readonly point?: number;
  }): Promise<readonly (RecordRow | undefined)[]>;
  /** Those of these numbers that are visible now, in any order. */
  bySeq(request: { readonly seqs: readonly number[] }): Promise<readonly RecordRow[]>;
  list(filter: RecordFilter): Promise<Page<RecordRow>>;
  /** The record and all that it can be traced back to, forgotten or not, in any order. */
  ancestors(request: {
    readonly id: string;
    readonly point?: number;
    readonly maxDepth?: number;
  }): Promise<readonly RecordRow[]>;
  /** The records that are visible now and fit these terms best, see record/rank-terms.ts. */
  match(request: {
    readonly terms: readonly string[];
    readonly marks: readonly string[];
    readonly limit: number;
    /** Only records up to this number. */
    readonly point?: number;
  }): Promise<readonly ScoredRecord[]>;
  /** Oldest first. */
  changes(request: {
    readonly after: number;
    readonly limit: number;
    readonly namespace?: string;
  }): Promise<readonly ChangeRow[]>;
  /** The newest point, or the newest at this time. Times of points never go backwards. */
  point(request: { readonly at?: Instant }): Promise<number>;
}
