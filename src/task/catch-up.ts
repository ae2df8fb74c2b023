// The missed policies: which of the times that are due at one moment may still run.
// All three are one rule with two numbers, a window and a limit (see effective-policy.ts).
import type { Instant } from "../base/clock.ts";
import type { Rule } from "../schedule/rule.ts";
import type { DueAt } from "./due-stretch.ts";
import { spanOf, type SkipSpan } from "./skip.ts";

export interface CatchUpInput {
  readonly rule: Rule;
  readonly dueAt: DueAt;
  readonly first: Instant;
  readonly last: Instant;
  readonly now: Instant;
  readonly windowMs: number;
  readonly limit: number;
}

export interface CatchUp {
  /** Oldest first. */
  readonly times: readonly Instant[];
  readonly skips: readonly SkipSpan[];
}

/** Takes the newest `limit` times that are inside the window; walks no further than that. */
export function catchUp(input: CatchUpInput): CatchUp {
  const { rule, dueAt, first } = input;
  const opens = input.now - input.windowMs;
  const times: Instant[] = [];
  let at: Instant | null = input.last;
  while (at !== null && times.length < input.limit && dueAt(at) >= opens) {
    times.push(at);
    at = at > first ? rule.previous(at) : null;
  }
  times.reverse();
  return { times, skips: at === null ? [] : skipOlder(input, at, opens) };
}

/** Accounts for [first, last]: too old for the window, or inside it but over the limit. */
function skipOlder(input: CatchUpInput, last: Instant, opens: Instant): SkipSpan[] {
  const { rule, first } = input;
  const inside = oldestInside(input, last, opens);
  if (inside === undefined) return [spanOf(rule, "window", first, last)];
  const over = spanOf(rule, "limit", inside, last);
  const outside = rule.previous(inside);
  return outside === null || outside < first ? [over] : [spanOf(rule, "window", first, outside), over];
}

function oldestInside(input: CatchUpInput, last: Instant, opens: Instant): Instant | undefined {
  const { rule, dueAt, first } = input;
  // The newest time before the window opens may be inside it thanks to its jitter; none before that can.
  const before = rule.previous(opens);
  const oldest = before !== null && dueAt(before) >= opens ? before : rule.next(before ?? opens - 1);
  return oldest === null || oldest > last ? undefined : Math.max(oldest, first);
}
