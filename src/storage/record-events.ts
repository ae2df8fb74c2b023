// What the journal is told of memory: ids and numbers, never contents. Many records of one call are one event each namespace.
import type { Instant } from "../base/clock.ts";
import type { NewEvent } from "../event/event.ts";
import type { Cause, NewRecordRow, RecordRow } from "./records.ts";
import type { RefMove } from "./refs.ts";

type Made = readonly [record: Pick<NewRecordRow, "id" | "namespace">, seq: number];

/** For the records that a call has made, at least one, in their order. */
export function appendedEvents(made: readonly Made[], cause: Cause, at: Instant): NewEvent[] {
  const head = { at, kind: "record.appended", ...causeOf(cause) };
  const [first] = made;
  if (made.length === 1 && first !== undefined) {
    const [{ id, namespace }, seq] = first;
    return [{ ...head, subject: `record:${id}`, data: { namespace, seq } }];
  }
  const groups = Map.groupBy(made, ([{ namespace }]) => namespace);
  return Array.from(groups, ([namespace, group]) => ({
    ...head,
    subject: `namespace:${namespace}`,
    data: { count: group.length, first: group[0]?.[1] ?? 0, last: group.at(-1)?.[1] ?? 0 },
  }));
}

export function forgottenEvent(
  record: Pick<RecordRow, "id" | "namespace" | "seq">,
  request: { readonly purge: boolean; readonly reason: string } & Cause,
  at: Instant,
): NewEvent {
  const { purge, reason } = request;
  const kind = purge ? "record.purged" : "record.forgotten";
  const data = { namespace: record.namespace, seq: record.seq };
  return { at, kind, ...causeOf(request), subject: `record:${record.id}`, label: reason, data };
}

export function sweptEvent(namespace: string, count: number, cause: Cause, at: Instant): NewEvent {
  const subject = `namespace:${namespace}`;
  return { at, kind: "record.purged", ...causeOf(cause), subject, label: "retention", data: { count } };
}

export function movedEvent(move: RefMove, cause: Cause, at: Instant): NewEvent {
  const data = { from: move.expected, to: move.to };
  return { at, kind: "ref.moved", ...causeOf(cause), subject: `ref:${move.name}`, data };
}

function causeOf({ actor, parent }: Cause): Pick<NewEvent, "actor" | "parent"> {
  return { actor, ...(parent === undefined ? {} : { parent }) };
}
