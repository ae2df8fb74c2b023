// The stretch of nominal times whose due moment has come since the cursor.
// It is found from both ends, so a year of missed seconds costs as much as one.
import type { Instant } from "../base/clock.ts";
import { jitterOf } from "../schedule/jitter.ts";
import type { Rule } from "../schedule/rule.ts";

/** When the run of a nominal time is due: the time itself plus its jitter. Grows with the time. */
export type DueAt = (at: Instant) => Instant;

export interface DueStretch {
  /** The oldest and the newest due time; `undefined` when none is due. */
  readonly due: { readonly first: Instant; readonly last: Instant } | undefined;
  /** Every nominal time up to here is due. */
  readonly cursor: Instant;
}

export function dueAtOf(id: string, rule: Rule, jitterMs: number): DueAt {
  if (jitterMs === 0) return (at) => at;
  return (at) => at + jitterOf(id, at, jitterMs, rule.next(at));
}

export function dueStretch(rule: Rule, dueAt: DueAt, cursor: Instant, now: Instant): DueStretch {
  const first = now > cursor ? rule.next(cursor) : null;
  if (first === null || first > now) return { due: undefined, cursor: Math.max(cursor, now) };
  const newest = rule.previous(now + 1) ?? first;
  if (dueAt(newest) <= now) return { due: { first, last: Math.max(first, newest) }, cursor: now };
  // Jitter stays below the distance to the next time, so only the newest time can still be waiting for it.
  if (newest <= first) return { due: undefined, cursor: first - 1 };
  return { due: { first, last: rule.previous(newest) ?? first }, cursor: newest - 1 };
}

/** When to look again: the due moment of the first time after the cursor; `null` when there is none. */
export function nextDueAfter(rule: Rule, dueAt: DueAt, cursor: Instant): Instant | null {
  const next = rule.next(cursor);
  return next === null ? null : dueAt(next);
}
