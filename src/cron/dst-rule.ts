// A DST preset applied to one expression: what becomes of its times inside gaps, and in which pass of an overlap they run.
// The six presets are sentences in docs/reference/cron.md; this table is those sentences.
import type { Instant } from "../base/clock.ts";
import type { Span } from "../time/span.ts";
import type { Cron, DstPreset } from "./cron.ts";

export interface DstRule {
  /** Times inside a gap: not run, run once at the change, or moved on by the length of the gap. */
  readonly gap: "drop" | "after" | "shift";
  readonly overlap: "first" | "last" | "both";
}

const fixedRules: Readonly<Record<DstPreset, DstRule>> = {
  vixie: { gap: "after", overlap: "first" },
  skip: { gap: "drop", overlap: "first" },
  shift: { gap: "shift", overlap: "first" },
  first: { gap: "after", overlap: "first" },
  last: { gap: "after", overlap: "last" },
  both: { gap: "drop", overlap: "both" },
};

const rhythmRules: Readonly<Record<DstPreset, DstRule>> = {
  vixie: { gap: "drop", overlap: "both" },
  skip: { gap: "drop", overlap: "both" },
  shift: { gap: "drop", overlap: "both" },
  first: { gap: "drop", overlap: "first" },
  last: { gap: "drop", overlap: "last" },
  both: { gap: "drop", overlap: "both" },
};

export function dstRuleOf(cron: Cron, dst: DstPreset): DstRule {
  return (cron.fixed ? fixedRules : rhythmRules)[dst];
}

/** The first instant of the span whose local time runs here: the second pass of an overlap may not. */
export function openingOf(span: Span, rule: DstRule): Instant {
  return rule.overlap === "first" && span.before > span.offset
    ? span.from + span.before - span.offset
    : span.from;
}

/** The first instant of the span whose local time no longer runs here: the first pass of an overlap may not. */
export function closingOf(span: Span, rule: DstRule): Instant {
  return rule.overlap === "last" && span.offset > span.after
    ? span.until - (span.offset - span.after)
    : span.until;
}
