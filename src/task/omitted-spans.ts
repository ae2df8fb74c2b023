// The spans of times that could never have run: excluded ones, and ones that no clock showed.
// They are written when the cursor passes them, in the same commit as the runs around them.
import type { Instant } from "../base/clock.ts";
import { countedTimes } from "../schedule/count-times.ts";
import type { Rule } from "../schedule/rule.ts";
import type { SkipReason, SkipSpan } from "./skip.ts";

/** At most one span of each reason, over the times in (after, to]. */
export function omittedSpans(rule: Rule, after: Instant, to: Instant): SkipSpan[] {
  if (to <= after) return [];
  return [
    ...spanThrough(rule.excluded(after + 1, to), to, "excluded"),
    ...spanThrough(lostTimes(rule, after + 1, to), to, "dst-gap"),
  ];
}

/** The times inside a gap in whose stead nothing runs. */
export function* lostTimes(rule: Rule, from: Instant, to: Instant): Generator<Instant, void, undefined> {
  for (const gap of rule.gaps(from, to)) if (gap.becomes === null) yield gap.at;
}

function spanThrough(times: Iterable<Instant>, to: Instant, reason: SkipReason): SkipSpan[] {
  let at: Instant | undefined;
  let until = to;
  let count = 0;
  for (const time of times) {
    at ??= time;
    if (++count > countedTimes) return [{ at, until: to, count: null, reason }];
    until = time;
  }
  return at === undefined ? [] : [{ at, until, count, reason }];
}
