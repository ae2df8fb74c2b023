// What a database must keep of tasks: the definition, the cursor up to which every nominal time has its outcome,
// the counters, and the ledger of occurrences. The decisions are pure functions of task/; an engine loads, asks, writes.
import type { Instant } from "../base/clock.ts";
import type { Lane } from "../run/lane.ts";
import type { Rate } from "../run/plan-claim.ts";
import type { SkipReason } from "../task/skip.ts";
import type { TaskState } from "../task/task-state.ts";
import type { Overlap, TaskDefinition } from "../task/task.ts";

/** One line of the ledger: a nominal time that became a run, or a span of nominal times skipped for one reason. */
export interface OccurrenceRecord {
  readonly taskId: string;
  readonly at: Instant;
  /** The last nominal time of the span; equal to `at` for one. */
  readonly until: Instant;
  readonly outcome: "run" | "skipped";
  readonly reason?: SkipReason;
  /** How many nominal times the span holds; absent when they were too many to count. */
  readonly count?: number;
  readonly runId?: string;
  /** The definition under which a span was skipped, so that it can be unrolled after an edit. Version of the task. */
  readonly version: number;
}

export interface OccurrenceFilter {
  readonly taskId: string;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly outcome?: "run" | "skipped";
  /** Where the page before ended: `at` and `reason` of its last record, `""` for a run. */
  readonly after?: readonly [Instant, string];
  readonly limit: number;
}

/** The lanes and limits of runs whose keys follow from their input. */
export interface Flow {
  readonly lanes: readonly Lane[];
  readonly rates: readonly Rate[];
}

/** What an action says about its runs, as far as the database has to know when it makes them. */
export interface ActionTraits {
  readonly maxAttempts: number;
  readonly priority: number;
  readonly cluster?: string;
  readonly lanes: readonly Lane[];
  readonly rates: readonly Rate[];
}

/** By action name; the runs of an action that is not named get the defaults. */
export type TraitsByAction = Readonly<Record<string, ActionTraits>>;

export interface FireRequest {
  readonly now: Instant;
  readonly limit: number;
  readonly traits: TraitsByAction;
}

export interface FireReport {
  /** Tasks looked at. */
  readonly tasks: number;
  /** Runs enqueued, with how late each was, in ms. */
  readonly latenessMs: readonly number[];
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Running runs that a task's overlap policy has cancelled. */
  readonly cancelled: readonly string[];
  /** When the next task is due; absent when none will be. */
  readonly nextDueAt?: Instant;
}

export type SkipCounts = Readonly<Partial<Record<SkipReason, number>>>;

export interface TaskStorage {
  /** Creates or replaces the definition; throws `task.conflict` when `expectedVersion` is not the present one. */
  register(request: {
    readonly id: string;
    readonly definition: TaskDefinition;
    readonly enabled: boolean;
    /** Kept with the task: what keys its params give. */
    readonly flow?: Flow;
    readonly expectedVersion?: number;
    readonly traits: TraitsByAction;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<TaskState>;
  /** Switches a task on or off; undefined when there is none of that id. */
  setEnabled(request: {
    readonly id: string;
    readonly enabled: boolean;
    readonly note?: string;
    /** For what came due before a stop: it still runs. */
    readonly traits: TraitsByAction;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<TaskState | undefined>;
  remove(request: { readonly id: string; readonly actor: string; readonly now: Instant }): Promise<boolean>;
  /** Gives every due nominal time of at most `limit` due tasks its outcome. */
  fire(request: FireRequest): Promise<FireReport>;
  /** Runs for nominal times of the past; those that have run already are left out. */
  backfill(request: {
    readonly id: string;
    readonly times: readonly Instant[];
    readonly overlap?: Overlap;
    readonly traits: TraitsByAction;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<{ readonly enqueued: number; readonly skipped: number }>;
  get(request: { readonly id: string }): Promise<TaskState | undefined>;
  list(filter: {
    readonly tag?: string;
    readonly enabled?: boolean;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly TaskState[]>;
  occurrences(filter: OccurrenceFilter): Promise<readonly OccurrenceRecord[]>;
  /** Nominal times skipped since the beginning, by reason; a span too long to count counts as one. */
  skipCounts(): Promise<SkipCounts>;
  /** The definition as it was under a version; spans of the ledger need it. */
  definitionAt(request: {
    readonly id: string;
    readonly version: number;
  }): Promise<TaskDefinition | undefined>;
}
