// An event as readers see it: what is kept, and what follows from it.
import { decodeJson, type Json } from "../base/json.ts";
import type { EventCategory, Severity } from "../event/event.ts";
import { flowOf, parentOf, replayKeyOf, type Call, type Trigger } from "../event/flow.ts";
import type { EventRecord } from "../storage/journal.ts";

export interface Event {
  /** Strictly increasing, without holes. */
  readonly seq: number;
  readonly id: string;
  /** Of events of a message of a process: the same in every fork and every replay. */
  readonly replayKey?: string;
  readonly at: Date;
  readonly kind: string;
  readonly category: EventCategory;
  /** `user:NAME`, `task:ID`, `node:NAME` or `system`. */
  readonly actor: string;
  /** `run:ID`, `task:ID`, … */
  readonly subject: string;
  /** What caused it: an event's id, a subject, or an actor. */
  readonly parent?: string;
  /** The same for all events of one transaction. */
  readonly commit: string;
  /** The places of the map between which it moved something; `?` when nobody can say. */
  readonly from: string;
  readonly to: string;
  readonly trigger: Trigger;
  readonly call: Call;
  readonly label?: string;
  /** As it was measured, never rounded and never clamped; absent when nobody knows. */
  readonly durationMs?: number;
  readonly severity: Severity;
  readonly data?: Json;
  /** Of audited events: the chain up to this one. */
  readonly chain?: string;
}

export function toEvent(record: EventRecord): Event {
  const { seq, at, kind, category, severity, actor, subject, commit, label, durationMs, chain } = record;
  const data = record.data === undefined ? undefined : decodeJson(record.data);
  const slot = slotIn(data);
  const parent = record.parent ?? parentOf(record, slot);
  const replayKey = replayKeyOf(record, slot);
  return {
    seq,
    id: `e${seq}`,
    ...(replayKey === undefined ? {} : { replayKey }),
    at: new Date(at),
    kind,
    category,
    severity,
    actor,
    subject,
    ...(parent === undefined ? {} : { parent }),
    commit: `c${commit}`,
    ...flowOf(record),
    ...(label === undefined ? {} : { label }),
    // A clock that was set back meanwhile has measured nothing.
    ...(durationMs === undefined || durationMs < 0 ? {} : { durationMs }),
    ...(data === undefined ? {} : { data }),
    ...(chain === undefined ? {} : { chain }),
  };
}

function slotIn(data: Json | undefined): number | undefined {
  if (typeof data !== "object" || data === null || !("slot" in data)) return undefined;
  return typeof data.slot === "number" ? data.slot : undefined;
}
