// The previous instant of an expression in a zone: next.ts in a mirror.
import type { Instant } from "../base/clock.ts";
import { longestShiftMs, type Span } from "../time/span.ts";
import type { Zone } from "../time/zone.ts";
import type { Cron, DstPreset } from "./cron.ts";
import { closingOf, dstRuleOf, openingOf, type DstRule } from "./dst-rule.ts";
import { nextLocal } from "./next-local.ts";
import { previousLocal } from "./previous-local.ts";

/** Strictly before `before`; `null` when there is none down to the first year. The work is bounded. */
export function previousInstant(cron: Cron, before: Instant, zone: Zone, dst: DstPreset): Instant | null {
  const span = zone.spanAt(before - 1);
  if (before > span.steadyFrom && before <= span.steadyUntil) {
    const local = previousLocal(cron, before + span.offset);
    if (local === -Infinity) return null;
    const at = local - span.offset;
    if (at >= span.steadyFrom) return at;
    const there = zone.spanAt(at);
    const ordinary = local - there.offset;
    if (ordinary >= there.steadyFrom && ordinary < there.steadyUntil) return ordinary;
  }
  return previousAcrossChanges(cron, before, zone, dstRuleOf(cron, dst));
}

function previousAcrossChanges(cron: Cron, before: Instant, zone: Zone, rule: DstRule): Instant | null {
  let span = zone.spanAt(before - 1);
  for (;;) {
    const end = Math.min(before, span.until);
    const local = previousLocal(cron, end + span.offset);
    const found = Math.max(
      lastOfSpan(cron, Math.min(before, closingOf(span, rule)), span, rule),
      lastMoved(cron, before, span, rule),
    );
    if (span.from === -Infinity) return found === -Infinity ? null : found;
    if (found >= span.from) return found;
    // From inside the second pass of an overlap, times that are still ahead were there before.
    const mayRepeat = end <= span.from + Math.max(span.before - span.offset, 0);
    // A time inside the gap before this span moves into it and has been looked at.
    if (local === -Infinity && !mayRepeat) return null;
    span = zone.spanAt(mayRepeat ? span.from - 1 : Math.min(span.from - 1, local + longestShiftMs));
  }
}

/** The last ordinary time of the span before `before`; `-Infinity` when the span has none. */
function lastOfSpan(cron: Cron, before: Instant, span: Span, rule: DstRule): Instant {
  const at = previousLocal(cron, before + span.offset) - span.offset;
  return at >= openingOf(span, rule) ? at : -Infinity;
}

/** The last instant before `before` to which a time inside the gap before this span has moved. */
function lastMoved(cron: Cron, before: Instant, span: Span, rule: DstRule): Instant {
  if (rule.gap === "drop" || span.offset <= span.before) return -Infinity;
  const [gapFrom, gapUntil] = [span.from + span.before, span.from + span.offset];
  if (rule.gap === "after") {
    return before > span.from && nextLocal(cron, gapFrom - 1) < gapUntil ? span.from : -Infinity;
  }
  const local = previousLocal(cron, Math.min(before + span.before, gapUntil));
  return local >= gapFrom ? local - span.before : -Infinity;
}
