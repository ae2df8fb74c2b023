// The single times behind a span of the skip ledger.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Rule } from "../schedule/rule.ts";
import type { SkipSpan } from "./skip.ts";

/** Oldest first, lazily; `rule` must be the one that the span was made with. */
export function expandSpan(
  _rule: Rule,
  _span: Pick<SkipSpan, "at" | "until" | "reason">,
): Generator<Instant, void, undefined> {
  throw new EscapementError("invariant.broken", "expandSpan is not written yet.");
}
