// Decides, for one task at one moment, which nominal times run, which are skipped and why, and when to look again.
import type { Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Rule } from "../schedule/rule.ts";
import type { SkipSpan } from "./skip.ts";
import type { TaskDefinition } from "./task.ts";

/** An unfinished run of the task. */
export interface LiveRun {
  readonly id: string;
  readonly running: boolean;
}

export interface FireInput {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly rule: Rule;
  /** Every nominal time up to and including the cursor has its outcome. */
  readonly cursor: Instant;
  readonly now: Instant;
  /** Nominal times that became runs so far. */
  readonly fired: number;
  /** Oldest first. */
  readonly live: readonly LiveRun[];
  readonly blocked?: "switch" | "gate" | "limit";
}

export interface PlannedRun {
  readonly at: Instant;
  readonly dueAt: Instant;
}

export interface FirePlan {
  /** Oldest first. */
  readonly runs: readonly PlannedRun[];
  readonly skips: readonly SkipSpan[];
  /** Ids of runs to cancel. */
  readonly cancel: readonly string[];
  readonly cursor: Instant;
  /** When to plan again, jitter included; `null` when never. */
  readonly nextDue: Instant | null;
  readonly finished: boolean;
}

export function planFire(_input: FireInput): FirePlan {
  throw new EscapementError("invariant.broken", "planFire is not written yet.");
}
