// Whether an instant is one of a task's nominal times, and if not, why not: the half of `tasks.explain` that needs no history.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Rule } from "../schedule/rule.ts";

export interface RuleExplanation {
  readonly outcome: "scheduled" | "excluded" | "dst-gap" | "outside bounds" | "not scheduled";
  /** One sentence. */
  readonly note: string;
}

export function explainRule(_rule: Rule, _at: Instant): RuleExplanation {
  throw new EscapementError("invariant.broken", "explainRule is not written yet.");
}
