// The changes of a zone's offset within a stretch of time, for previews, ledgers and proofs.
import type { Instant } from "../base/clock.ts";
import type { Zone } from "./zone.ts";

export interface Change {
  /** The first instant with the new offset. */
  readonly at: Instant;
  readonly before: number;
  readonly after: number;
}

/** The changes in (from, to], in order. A clock that goes forward (`after > before`) makes a gap, backward an overlap. */
export function changesBetween(zone: Zone, from: Instant, to: Instant): Change[] {
  const changes: Change[] = [];
  let span = zone.spanAt(from);
  while (span.until <= to) {
    span = zone.spanAt(span.until);
    if (span.before !== span.offset) {
      changes.push({ at: span.from, before: span.before, after: span.offset });
    }
  }
  return changes;
}
