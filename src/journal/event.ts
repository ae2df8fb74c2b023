// An event as readers see it.
import { decodeJson, type Json } from "../base/json.ts";
import type { EventCategory, Severity } from "../event/event.ts";
import type { EventRecord } from "../storage/journal.ts";

export interface Event {
  /** Strictly increasing, without holes. */
  readonly seq: number;
  readonly id: string;
  readonly at: Date;
  readonly kind: string;
  readonly category: EventCategory;
  /** `user:NAME`, `task:ID`, `node:NAME` or `system`. */
  readonly actor: string;
  /** `run:ID`, `task:ID`, … */
  readonly subject: string;
  /** What caused it. */
  readonly parent?: string;
  /** The same for all events of one transaction. */
  readonly commit: string;
  readonly label?: string;
  readonly durationMs?: number;
  readonly severity: Severity;
  readonly data?: Json;
}

export function toEvent(record: EventRecord): Event {
  const { seq, at, commit, data, ...rest } = record;
  return {
    seq,
    id: `e${seq}`,
    at: new Date(at),
    commit: `c${commit}`,
    ...rest,
    ...(data === undefined ? {} : { data: decodeJson(data) }),
  };
}
