// Whether an event is one of those that a filter asks for: for events that are no rows of their own.
import type { EventFilter, EventRecord } from "./journal.ts";

export function eventFits(event: EventRecord, filter: Omit<EventFilter, "limit">): boolean {
  const { after, before, kind, category, subject, actor, audited } = filter;
  if (after !== undefined && event.seq <= after) return false;
  if (before !== undefined && event.seq >= before) return false;
  if (kind !== undefined && event.kind !== kind) return false;
  if (category !== undefined && event.category !== category) return false;
  if (subject !== undefined && event.subject !== subject) return false;
  if (actor !== undefined && event.actor !== actor) return false;
  if (audited === true && event.chain === undefined) return false;
  const wanted = filter.q?.toLowerCase();
  if (wanted === undefined) return true;
  return [event.kind, event.subject, event.label, event.data].some(
    (part) => part?.toLowerCase().includes(wanted) === true,
  );
}
