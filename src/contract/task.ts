// Tasks on the wire. A definition is read by the runtime itself, which knows the actions and says every fault of every
// field at once; here it only has to be an object.
import { z } from "zod";
import type { InstantLike } from "../base/instant.ts";
import type { Json } from "../base/json.ts";
import { scheduleTypes } from "../schedule/schedule-definition.ts";
import type { Page } from "../storage/runs.ts";
import { overlapPolicies, missedPolicies, type Overlap, type Task, type TaskInput } from "../task/task.ts";
import type { PreviewedTime } from "../tasks/tasks.ts";
import { flagQuery, instantInput, limitQuery, wholeQuery, type Input } from "./input.ts";
import { instant, json, pageOf, type View } from "./view.ts";

export type { Task, TaskInput };
export { overlapPolicies };

const duration = z.union([z.number(), z.string()]);
const text = z.string().exactOptional();
const whole = z.int().exactOptional();

export const taskView: View<Task> = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(scheduleTypes),
    schedule: z.string(),
    enabled: z.boolean(),
    action: z.string(),
    params: json,
    timezone: text,
    dst: z.enum(["vixie", "skip", "shift", "first", "last", "both"]).exactOptional(),
    dayMatch: z.enum(["or", "and"]).exactOptional(),
    anchor: instant.exactOptional(),
    every: z.enum(["elapsed", "wall"]).exactOptional(),
    overlap: z.enum(overlapPolicies).exactOptional(),
    maxConcurrent: whole,
    missed: z.enum(missedPolicies).exactOptional(),
    missedWindow: duration.exactOptional(),
    missedLimit: whole,
    jitter: duration.exactOptional(),
    startAt: instant.exactOptional(),
    endAt: instant.exactOptional(),
    maxRuns: whole,
    exclude: z.array(z.string()).readonly().exactOptional(),
    passes: whole,
    pauseOnFailure: z.boolean().exactOptional(),
    priority: whole,
    retry: z
      .object({
        attempts: whole,
        delay: duration.exactOptional(),
        factor: z.number().exactOptional(),
        maxDelay: duration.exactOptional(),
        jitter: z.boolean().exactOptional(),
      })
      .exactOptional(),
    timeout: duration.exactOptional(),
    cluster: text,
    tags: z.array(z.string()).readonly().exactOptional(),
    lastRun: instant.exactOptional(),
    nextRun: instant.exactOptional(),
    runCount: z.int(),
    errorCount: z.int(),
    lastError: text,
    pausedNote: text,
    version: z.int(),
  } satisfies Record<keyof Task, z.ZodType>)
  .meta({ id: "Task" });

export const taskPage: View<Page<Task>> = pageOf(taskView);

export interface TaskListQuery {
  readonly tag?: string;
  readonly enabled?: boolean;
  readonly after?: string;
  readonly limit?: number;
}

export const taskListQuery: Input<TaskListQuery> = z.strictObject({
  tag: text,
  enabled: flagQuery.exactOptional(),
  after: z.string().meta({ description: "the `next` of the page before" }).exactOptional(),
  limit: limitQuery.exactOptional(),
});

/** An object; the id may be left to the path. */
export const taskInput: Input<TaskInput> = z
  .custom<TaskInput>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "must be an object with the fields of a task",
  )
  .meta({ description: "a task: id, type, schedule, action, params, and its policies" });

export const stopInput: Input<{ readonly note?: string }> = z.strictObject({
  note: z.string().max(1_000).exactOptional(),
});

export const triggerInput: Input<{ readonly params?: Json }> = z.strictObject({
  params: json.exactOptional(),
});

export interface BackfillInput {
  readonly from: InstantLike;
  readonly to: InstantLike;
  readonly overlap?: Overlap;
}

export const backfillInput: Input<BackfillInput> = z.strictObject({
  from: instantInput,
  to: instantInput,
  overlap: z.enum(overlapPolicies).exactOptional(),
});

export interface BackfillReport {
  readonly enqueued: number;
  readonly skipped: number;
}

export const backfillView: View<BackfillReport> = z.object({ enqueued: z.int(), skipped: z.int() });

export interface PreviewOptions {
  readonly count?: number;
  readonly from?: InstantLike;
}

export const previewQuery: Input<PreviewOptions> = z.strictObject({
  count: wholeQuery.exactOptional(),
  from: instantInput.exactOptional(),
});

/** A task that is not saved yet. */
export const previewInput: Input<PreviewOptions & { readonly task: TaskInput }> = z.strictObject({
  task: taskInput,
  count: z.int().exactOptional(),
  from: instantInput.exactOptional(),
});

export const previewView: View<{ readonly items: readonly PreviewedTime[] }> = z.object({
  items: z.array(z.object({ at: instant, local: z.string(), note: text })).readonly(),
});
