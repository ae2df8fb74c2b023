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
}

/** One of many events about runs: run id, time, parent, label, duration in ms, data as JSON text. */
export type RunNote = readonly [string, Instant, string | null, string | null, number | null, string | null];

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
  /** Text that occurs in the kind, the subject, the label or the data. */
  readonly q?: string;
}

export interface JournalStorage {
  /** Resolves to their numbers; inside a transaction that numbers its events after the commit, to nothing. */
  append(request: { readonly events: readonly NewEvent[] }): Promise<readonly number[]>;
  read(filter: EventFilter): Promise<readonly EventRecord[]>;
  /** The greatest number; 0 when nothing has happened yet. */
  head(): Promise<number>;
}
