// From what a clock on the wall shows to the instants at which it shows it: one, none (in a gap) or two (in an overlap).
// Local times are written as the milliseconds that the same digits would have in UTC.
import type { Instant } from "../base/clock.ts";
import { hourMs } from "./calendar.ts";
import type { Span } from "./span.ts";
import type { Zone } from "./zone.ts";

/** Local clock reading, as the milliseconds since the epoch that the same digits have in UTC. */
export type LocalMs = number;

export type LocalTime =
  | { readonly kind: "unique"; readonly at: Instant }
  | {
      readonly kind: "gap";
      /** The instant of the change: the first valid one after the gap. */
      readonly changeAt: Instant;
      readonly lengthMs: number;
      /** The local time moved on by the length of the gap. */
      readonly shiftedAt: Instant;
    }
  | { readonly kind: "overlap"; readonly first: Instant; readonly last: Instant };

/** Longer than any offset there is or was. */
const longestOffsetMs = 16 * hourMs;

export function localAt(zone: Zone, at: Instant): LocalMs {
  return at + zone.offsetAt(at);
}

export function resolveLocal(zone: Zone, localMs: LocalMs): LocalTime {
  const end = localMs + longestOffsetMs;
  let span = zone.spanAt(localMs - longestOffsetMs);
  if (end < span.until) return { kind: "unique", at: localMs - span.offset };
  let first: Instant | undefined;
  let last: Instant | undefined;
  let gap: Span | undefined;
  for (;;) {
    const at = localMs - span.offset;
    if (at >= span.from && at < span.until) {
      first ??= at;
      last = at;
    }
    if (at < span.from && localMs - span.before >= span.from) gap = span;
    if (end < span.until) break;
    span = zone.spanAt(span.until);
  }
  if (first !== undefined && last !== undefined) {
    return first === last ? { kind: "unique", at: first } : { kind: "overlap", first, last };
  }
  if (gap === undefined) throw new Error(`No span of ${zone.name} holds local time ${localMs}.`);
  return {
    kind: "gap",
    changeAt: gap.from,
    lengthMs: gap.offset - gap.before,
    shiftedAt: localMs - gap.before,
  };
}
