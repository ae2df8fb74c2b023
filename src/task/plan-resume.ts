// What happened to the times of a task while it was stopped.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Rule } from "../schedule/rule.ts";
import type { SkipSpan } from "./skip.ts";
import type { TaskDefinition } from "./task.ts";

export interface ResumeInput {
  readonly definition: TaskDefinition;
  readonly rule: Rule;
  readonly cursor: Instant;
  readonly now: Instant;
}

export interface ResumePlan {
  readonly skips: readonly SkipSpan[];
  readonly cursor: Instant;
  readonly nextDue: Instant | null;
}

export function planResume(_input: ResumeInput): ResumePlan {
  throw new EscapementError("invariant.broken", "planResume is not written yet.");
}
