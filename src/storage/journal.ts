// What a database must keep of the journal: events in one order without holes, written with the change they tell of.
import type { Instant } from "../base/clock.ts";
import type { EventCategory, NewEvent, Severity } from "../event/event.ts";

/** An event as kept. `commit` is the number of the first event of its transaction. */
export interface EventRecord {
  readonly seq: number;
  readonly at: Instant;
  readonly kind: string;
  readonly category: EventCategory;
  readonly severity: Severity;
  readonly actor: string;
  readonly subject: string;
  readonly parent?: string;
  readonly commit: number;
  readonly label?: string;
  readonly durationMs?: number;
  /** JSON text. */
  readonly data?: string;
  /** Of audited events: see event/audit.ts. */
  readonly chain?: string;
}

/** One of many events about runs: run id, time, parent, label, duration in ms, data as JSON text. */
export type RunNote = readonly [string, Instant, string | null, string | null, number | null, string | null];

/** The same about processes: `NAME/ID` first. */
export type SubjectNote = RunNote;

export interface EventFilter {
  /** Only events with a greater number, oldest first. */
  readonly after?: number;
  /** Only events with a smaller number; without `after`, newest first. */
  readonly before?: number;
  readonly limit: number;
  readonly kind?: string;
  readonly category?: EventCategory;
  readonly subject?: string;
  readonly actor?: string;
  /** Only audited events. */
  readonly audited?: boolean;
  /** Text that occurs in the kind, the subject, the label or the data. */
  readonly q?: string;
}

/** Where the kept part of the journal begins and ends, and the chain of the audit at both ends. */
export interface JournalBounds {
  /** The number with which the kept part begins; the ones before it were dropped. */
  readonly first: number;
  /** The chain as it stood before `first`. */
  readonly firstChain: string;
  readonly head: number;
  /** The newest audited event; 0 when there is none. */
  readonly lastAudited: number;
  /** Its chain, kept apart from it, so that it cannot be taken out unseen. */
  readonly chain: string;
}

/** A stretch of the journal, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface JournalStorage {
  /** Resolves to their numbers; inside a transaction that numbers its events after the commit, to nothing. */
  append(request: { readonly events: readonly NewEvent[] }): Promise<readonly number[]>;
  read(filter: EventFilter): Promise<readonly EventRecord[]>;
  /** The greatest number; 0 when nothing has happened yet. */
  head(): Promise<number>;
  bounds(): Promise<JournalBounds>;
  /**
   * The oldest stretch in which everything is older than `before`: whole rows, of about `limit` events, none behind
   * `upTo`, and never the newest row.
   */
  closed(request: {
    readonly before: Instant;
    readonly limit: number;
    readonly upTo?: number;
  }): Promise<Stretch | undefined>;
  /** Deletes every row that ends at or before `to`, and keeps where the journal begins now. Resolves to how many events. */
  drop(request: { readonly to: number }): Promise<number>;
}
