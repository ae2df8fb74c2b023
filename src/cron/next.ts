// The next instant of an expression in a zone. Nearly always one walk over integers inside one span of the zone;
// only near a change of offset are gaps and overlaps looked at.
import type { Instant } from "../base/clock.ts";
import { longestShiftMs, type Span } from "../time/span.ts";
import type { Zone } from "../time/zone.ts";
import type { Cron, DstPreset } from "./cron.ts";
import { closingOf, dstRuleOf, openingOf, type DstRule } from "./dst-rule.ts";
import { nextLocal } from "./next-local.ts";

/** Strictly after `after`; `null` when there is none up to the last year. The work is bounded. */
export function nextInstant(cron: Cron, after: Instant, zone: Zone, dst: DstPreset): Instant | null {
  const span = zone.spanAt(after);
  const local = nextLocal(cron, after + span.offset);
  if (after >= span.steadyFrom && after < span.steadyUntil) {
    const at = local - span.offset;
    if (at < span.steadyUntil) return at;
    if (local === Infinity) return null;
    // Nothing between here and there: if the time is an ordinary one of its own span, it is the answer.
    const there = zone.spanAt(at);
    const ordinary = local - there.offset;
    if (ordinary >= there.steadyFrom && ordinary < there.steadyUntil) return ordinary;
  }
  return nextAcrossChanges(cron, after, zone, dstRuleOf(cron, dst));
}

function nextAcrossChanges(cron: Cron, after: Instant, zone: Zone, rule: DstRule): Instant | null {
  let span = zone.spanAt(after);
  for (;;) {
    const start = Math.max(after, span.from - 1);
    const local = nextLocal(cron, start + span.offset);
    const found = Math.min(
      firstOfSpan(cron, Math.max(after, openingOf(span, rule) - 1), span, rule),
      firstMoved(cron, after, span, rule),
    );
    if (found < span.until) return found;
    if (span.until === Infinity) return null;
    // From inside the first pass of an overlap, times that are already behind may come again.
    const mayRepeat = start >= span.until - Math.max(span.offset - span.after, 0);
    if (local === Infinity && !mayRepeat) return null;
    span = zone.spanAt(mayRepeat ? span.until : Math.max(span.until, local - longestShiftMs));
  }
}

/** The first ordinary time of the span after `after`; `Infinity` when the span has none. */
function firstOfSpan(cron: Cron, after: Instant, span: Span, rule: DstRule): Instant {
  const at = nextLocal(cron, after + span.offset) - span.offset;
  return at < closingOf(span, rule) ? at : Infinity;
}

/** The first instant after `after` to which a time inside the gap before this span has moved. */
function firstMoved(cron: Cron, after: Instant, span: Span, rule: DstRule): Instant {
  if (rule.gap === "drop" || span.offset <= span.before) return Infinity;
  const [gapFrom, gapUntil] = [span.from + span.before, span.from + span.offset];
  if (rule.gap === "after") {
    return after < span.from && nextLocal(cron, gapFrom - 1) < gapUntil ? span.from : Infinity;
  }
  const local = nextLocal(cron, Math.max(after + span.before, gapFrom - 1));
  return local < gapUntil ? local - span.before : Infinity;
}
