// What becomes of the nominal times of a task that was stopped: they are skipped as "paused".
import type { Instant } from "../base/clock.ts";
import type { Rule } from "../schedule/rule.ts";
import { dueAtOf, dueStretch, nextDueAfter } from "./due-stretch.ts";
import { effectivePolicy } from "./effective-policy.ts";
import { omittedSpans } from "./omitted-spans.ts";
import { spanOf, type SkipSpan } from "./skip.ts";
import type { TaskDefinition } from "./task.ts";

export interface ResumeInput {
  readonly definition: TaskDefinition;
  readonly rule: Rule;
  readonly cursor: Instant;
  readonly now: Instant;
  /** Nominal times that became runs so far: a task whose `maxRuns` are used up is not due again. */
  readonly fired?: number;
}

export interface ResumePlan {
  readonly skips: readonly SkipSpan[];
  readonly cursor: Instant;
  /** When to plan the first fire; `null` when never. */
  readonly nextDue: Instant | null;
}

export function planResume(input: ResumeInput): ResumePlan {
  const { definition, rule, cursor } = input;
  const policy = effectivePolicy(definition);
  const dueAt = dueAtOf(definition.id, rule, policy.jitterMs);
  const stretch = dueStretch(rule, dueAt, cursor, input.now);
  const paused =
    stretch.due === undefined ? [] : [spanOf(rule, "paused", stretch.due.first, stretch.due.last)];
  const spent = policy.maxRuns !== null && (input.fired ?? 0) >= policy.maxRuns;
  return {
    skips: [...paused, ...omittedSpans(rule, cursor, stretch.cursor)],
    cursor: stretch.cursor,
    nextDue: spent ? null : nextDueAfter(rule, dueAt, stretch.cursor),
  };
}
