// What a task is: a schedule, the action it runs, and the policies between them.
// Three shapes of it: as a caller writes it, as it is stored, and as it is handed out.
// Nothing here fills in a default: `effectivePolicy` is the one place that does.
import type { Instant } from "../base/clock.ts";
import type { Duration } from "../base/duration.ts";
import type { InstantLike } from "../base/instant.ts";
import type { Json } from "../base/json.ts";
import type { DayMatch, DstPreset } from "../cron/cron.ts";
import type { IntervalKind, ScheduleType } from "../schedule/schedule-definition.ts";

export const overlapPolicies = ["skip", "queue one", "queue all", "cancel running", "allow"] as const;
export const missedPolicies = ["latest", "none", "all"] as const;

export type Overlap = (typeof overlapPolicies)[number];
export type Missed = (typeof missedPolicies)[number];

export interface TaskRetry<Time = Duration> {
  readonly attempts?: number;
  readonly delay?: Time;
  readonly factor?: number;
  readonly maxDelay?: Time;
  readonly jitter?: boolean;
}

/** The fields that a caller chooses; `Time` and `At` say how durations and instants are spelled. */
interface TaskFields<Time, At> {
  readonly timezone?: string;
  readonly dst?: DstPreset;
  readonly dayMatch?: DayMatch;
  readonly anchor?: At;
  readonly every?: IntervalKind;
  readonly overlap?: Overlap;
  readonly maxConcurrent?: number;
  readonly missed?: Missed;
  readonly missedWindow?: Time;
  readonly missedLimit?: number;
  readonly jitter?: Time;
  readonly startAt?: At;
  readonly endAt?: At;
  readonly maxRuns?: number;
  readonly exclude?: readonly string[];
  readonly passes?: number;
  readonly pauseOnFailure?: boolean;
  readonly priority?: number;
  readonly retry?: TaskRetry<Time>;
  readonly timeout?: Time;
  readonly cluster?: string;
  readonly tags?: readonly string[];
}

/** What is stored: JSON, durations and instants as milliseconds, only what the caller chose. */
export interface TaskDefinition extends TaskFields<number, Instant> {
  readonly id: string;
  readonly name: string;
  readonly type: ScheduleType;
  /** As written: a cron expression; an interval in ms or as a duration; an instant in ms or ISO 8601. */
  readonly schedule: string;
  readonly enabled: boolean;
  readonly action: string;
  readonly params: Json;
}

/** What Escapement keeps about a task; accepted and ignored when registering. */
interface TaskKept<At> {
  readonly lastRun?: At;
  readonly nextRun?: At;
  readonly runCount: number;
  readonly errorCount: number;
  readonly lastError?: string;
  readonly pausedNote?: string;
  readonly version: number;
}

/** A task as it is handed out. */
export interface Task extends TaskFields<Duration, Date>, TaskKept<Date> {
  readonly id: string;
  readonly name: string;
  readonly type: ScheduleType;
  readonly schedule: string;
  readonly enabled: boolean;
  readonly action: string;
  readonly params: Json;
}

/** A task as it is registered: `name` is the id unless given, `enabled` is true and `params` is `{}`. */
export interface TaskInput extends TaskFields<Duration, InstantLike>, Partial<TaskKept<unknown>> {
  readonly id: string;
  readonly name?: string;
  readonly type: ScheduleType;
  readonly schedule: string | number | Date;
  readonly enabled?: boolean;
  readonly action: string;
  readonly params?: Json;
}

/** A task that is only looked at, to see its times: neither an id nor an action is needed for that. */
export type TaskLike = Omit<TaskInput, "id" | "action"> & Partial<Pick<TaskInput, "id" | "action">>;
