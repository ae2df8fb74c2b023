// A stretch of time during which a zone keeps one offset, and how such stretches are found.
// A zone is known by its spans; all arithmetic inside one is adding an integer.
import type { Instant } from "../base/clock.ts";
import { dayMs, minuteMs, secondMs } from "./calendar.ts";
import type { OffsetProbe } from "./offset-probe.ts";

export interface Span {
  /** First instant of the span. */
  readonly from: Instant;
  /** First instant after it. */
  readonly until: Instant;
  /** Milliseconds: local = UTC + offset. */
  readonly offset: number;
  /** The offset just before `from`; the same one where a table was merely cut. */
  readonly before: number;
  /** The offset at `until`. */
  readonly after: number;
  /** Between these two, every local time of the span is its own and no other's, a gap's length from any change. */
  readonly steadyFrom: Instant;
  readonly steadyUntil: Instant;
}

/**
 * Two changes closer together than this, whose effects cancel, would be missed. The closest known are those of northern
 * Brazil in October 2000 (America/Boa_Vista), 6 days and 23 hours apart.
 */
const strideMs = 6 * dayMs;
/** Longer than any two offsets of a zone are apart. */
export const longestShiftMs: number = 2 * dayMs;

const quarterMs = 15 * minuteMs;

/** The spans that cover [from, until), found by sampling and bisection. Both ends are whole seconds. */
export function findSpans(probe: OffsetProbe, from: Instant, until: Instant): Span[] {
  const spans: Span[] = [];
  let start = from;
  let before = probe(from - secondMs);
  let offset = probe(from);
  for (let low = from; low < until;) {
    const high = Math.min(low + strideMs, until);
    const next = probe(high);
    if (next === offset) {
      low = high;
      continue;
    }
    const changeAt = findChange(probe, low, high, offset);
    if (changeAt >= until) break;
    const after = probe(changeAt);
    spans.push(makeSpan(start, changeAt, before, offset, after));
    [start, before, offset, low] = [changeAt, offset, after, changeAt];
  }
  spans.push(makeSpan(start, until, before, offset, probe(until)));
  return spans;
}

export function makeSpan(from: Instant, until: Instant, before: number, offset: number, after: number): Span {
  return Object.freeze({
    from,
    until,
    offset,
    before,
    after,
    steadyFrom: from + Math.abs(offset - before),
    steadyUntil: until - Math.abs(after - offset),
  });
}

/** The first whole second in (low, high] whose offset is not `offset`, given that it is at `low` and not at `high`. */
function findChange(probe: OffsetProbe, low: Instant, high: Instant, offset: number): Instant {
  // Nearly every change falls on a quarter of an hour: look there first, then confirm to the second.
  let [same, other] = [low, high];
  for (const step of [quarterMs, secondMs]) {
    while (other - same > step) {
      const middle = roundUp(same + (other - same) / 2, step);
      if (middle >= other) break;
      if (probe(middle) === offset) same = middle;
      else other = middle;
    }
    if (probe(other - secondMs) === offset) return other;
  }
  return other;
}

function roundUp(at: number, step: number): number {
  return Math.ceil(at / step) * step;
}
