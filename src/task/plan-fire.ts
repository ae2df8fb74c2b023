// Decides, for one task at one moment, which nominal times run, which are skipped and why, and when to look again.
// Every nominal time after the old cursor and up to the new one is in exactly one run or one span: the invariant of
// the skip ledger. The work is bounded by the missed limit, never by how long the task was not looked at.
import type { Instant } from "../base/clock.ts";
import type { Rule } from "../schedule/rule.ts";
import { catchUp } from "./catch-up.ts";
import { dueAtOf, dueStretch, nextDueAfter, type DueAt, type DueStretch } from "./due-stretch.ts";
import { effectivePolicy, type EffectivePolicy } from "./effective-policy.ts";
import { omittedSpans } from "./omitted-spans.ts";
import { decideOverlap } from "./overlap.ts";
import { spanOf, type SkipReason, type SkipSpan } from "./skip.ts";
import type { TaskDefinition } from "./task.ts";

/** An unfinished run of the task. */
export interface LiveRun {
  readonly id: string;
  readonly running: boolean;
  /** It is due, and waits before a gate. */
  readonly held?: boolean;
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
  readonly blocked?: "switch" | "limit";
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

interface Outcome {
  readonly times: readonly Instant[];
  readonly skips: readonly SkipSpan[];
  readonly cancel: readonly string[];
}

export function planFire(input: FireInput): FirePlan {
  const { rule } = input;
  const policy = effectivePolicy(input.definition);
  const dueAt = dueAtOf(input.id, rule, policy.jitterMs);
  const stretch = dueStretch(rule, dueAt, input.cursor, input.now);
  const outcome = decide(input, policy, dueAt, stretch.due);
  const used = input.fired + outcome.times.length;
  const spent = policy.maxRuns !== null && used >= policy.maxRuns;
  const nextDue = spent ? null : nextDueAfter(rule, dueAt, stretch.cursor);
  const omitted = omittedSpans(rule, input.cursor, stretch.cursor);
  return {
    runs: outcome.times.map((at) => ({ at, dueAt: dueAt(at) })),
    skips: [...outcome.skips, ...omitted],
    cancel: outcome.cancel,
    cursor: stretch.cursor,
    nextDue,
    finished: nextDue === null,
  };
}

function decide(input: FireInput, policy: EffectivePolicy, dueAt: DueAt, due: DueStretch["due"]): Outcome {
  if (due === undefined) return { times: [], skips: [], cancel: [] };
  const left = (policy.maxRuns ?? Number.POSITIVE_INFINITY) - input.fired;
  const refusal: SkipReason | undefined = input.blocked ?? (left <= 0 ? "limit" : undefined);
  if (refusal !== undefined) {
    return { times: [], skips: [spanOf(input.rule, refusal, due.first, due.last)], cancel: [] };
  }
  const caught = catchUp({
    rule: input.rule,
    dueAt,
    ...due,
    now: input.now,
    windowMs: policy.missedWindowMs,
    limit: policy.missedLimit,
  });
  const line = caught.times;
  const overlap = decideOverlap({ policy, times: line, live: idsOf(input.live) });
  const start = line.length - overlap.keep;
  // Where only runs that a gate holds stand in the way, it is the gate that skips.
  const free = decideOverlap({
    policy,
    times: line,
    live: idsOf(input.live.filter((run) => run.held !== true)),
  });
  const gated = line.length - Math.max(free.keep, overlap.keep);
  const times = line.slice(start, start + left);
  return {
    times,
    skips: [
      ...caught.skips,
      ...spanOver(line.slice(0, gated), "overlap"),
      ...spanOver(line.slice(gated, start), "gate"),
      ...spanOver(line.slice(start + times.length), "limit"),
    ],
    cancel: overlap.cancel,
  };
}

function idsOf(runs: readonly LiveRun[]): string[] {
  return runs.map((run) => run.id);
}

/** The span over times that follow each other in the rule. */
function spanOver(times: readonly Instant[], reason: SkipReason): SkipSpan[] {
  const [at] = times;
  const until = times.at(-1);
  return at === undefined || until === undefined ? [] : [{ at, until, count: times.length, reason }];
}
