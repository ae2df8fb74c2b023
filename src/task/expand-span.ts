// The single times behind a span of the skip ledger.
import type { Instant } from "../base/clock.ts";
import type { Rule } from "../schedule/rule.ts";
import { timesBetween } from "../schedule/times.ts";
import { lostTimes } from "./omitted-spans.ts";
import type { SkipSpan } from "./skip.ts";

/** Oldest first, lazily; `rule` must be the one that the span was made with. */
export function* expandSpan(
  rule: Rule,
  span: Pick<SkipSpan, "at" | "until" | "reason">,
): Generator<Instant, void, undefined> {
  if (span.reason === "excluded") yield* rule.excluded(span.at, span.until);
  else if (span.reason === "dst-gap") yield* lostTimes(rule, span.at, span.until);
  else yield* timesBetween(rule, span.at, span.until);
}
