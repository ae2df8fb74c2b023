// An event as a row of a copy; see dump-tables.ts.
import type { DumpRow } from "./dump.ts";
import type { EventRecord } from "./journal.ts";

export function rowOfEvent(event: EventRecord): DumpRow {
  return {
    seq: event.seq,
    at: event.at,
    kind: event.kind,
    actor: event.actor,
    subject: event.subject,
    parent: event.parent ?? null,
    commit_seq: event.commit,
    label: event.label ?? null,
    duration_ms: event.durationMs ?? null,
    data: event.data ?? null,
    chain: event.chain ?? null,
  };
}
