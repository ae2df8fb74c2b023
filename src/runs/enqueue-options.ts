// What a caller may say about a run, read into what is kept; every fault at once.
import { parseDuration, type Duration } from "../base/duration.ts";
import { invalidInput, type Issue } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import type { Instant } from "../base/clock.ts";
import type { OnConflict } from "../storage/runs.ts";

export interface EnqueueOptions {
  /** Not before this much time has passed. */
  readonly delay?: Duration;
  /** Not before this time. */
  readonly at?: InstantLike;
  /** Higher goes first. Default: the action's. */
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** Makes the run the only one of its action with this key, as long as the other is kept. */
  readonly key?: string;
  /** What happens when the key is taken; default `return`. */
  readonly onConflict?: OnConflict;
  /** Runs with the same text go one at a time, in the order in which they were enqueued; a retry holds the line. */
  readonly fifo?: string;
  /** The run that asks for this one. */
  readonly parentId?: string;
  /** Who asks, for the journal; default `system`. */
  readonly actor?: string;
}

/** What is kept of it. */
export interface ReadOptions extends Pick<EnqueueOptions, "key" | "onConflict" | "fifo" | "parentId"> {
  readonly dueAt: Instant;
  readonly priority: number | undefined;
  readonly tags: readonly string[];
}

const longestTag = 200;
const longestKey = 512;
const conflictRules: readonly OnConflict[] = ["return", "reject", "replace", "drop"];

/** Throws `run.invalid`. */
export function readEnqueueOptions(action: string, options: EnqueueOptions, now: Instant): ReadOptions {
  const issues: Issue[] = [];
  const attempt = <Value>(field: string, fallback: Value, read: () => Value): Value => {
    try {
      return read();
    } catch (error) {
      issues.push({ field, message: error instanceof Error ? error.message : String(error) });
      return fallback;
    }
  };
  const { delay, at, priority, tags = [] } = options;
  if (delay !== undefined && at !== undefined)
    issues.push({ field: "at", message: 'give either "delay" or "at", not both' });
  const dueAt =
    delay === undefined
      ? at === undefined
        ? now
        : attempt("at", now, () => parseInstant(at))
      : attempt("delay", now, () => parseInstant(Math.round(now + parseDuration(delay))));
  if (priority !== undefined && !Number.isSafeInteger(priority))
    issues.push({ field: "priority", message: `is ${priority}; write a whole number` });
  if (
    !Array.isArray(tags) ||
    !tags.every((tag) => typeof tag === "string" && tag.length > 0 && tag.length <= longestTag)
  ) {
    issues.push({ field: "tags", message: `must be a list of texts of 1 to ${longestTag} characters` });
  }
  for (const field of ["key", "fifo"] as const) {
    const value = options[field];
    if (
      value !== undefined &&
      !(typeof value === "string" && value.length > 0 && value.length <= longestKey)
    ) {
      issues.push({ field, message: `must be a text of 1 to ${longestKey} characters` });
    }
  }
  const { key, onConflict, fifo, parentId } = options;
  if (parentId !== undefined && typeof parentId !== "string")
    issues.push({ field: "parentId", message: "must be the id of a run" });
  if (onConflict !== undefined && !conflictRules.includes(onConflict)) {
    issues.push({
      field: "onConflict",
      message: `is ${JSON.stringify(onConflict)}; write one of ${conflictRules.join(", ")}`,
    });
  }
  if (onConflict !== undefined && key === undefined)
    issues.push({ field: "onConflict", message: "means nothing without a key" });
  if (issues.length > 0) throw invalidInput("run.invalid", `Cannot enqueue "${action}".`, issues);
  return {
    dueAt,
    priority,
    tags,
    ...(key === undefined ? {} : { key }),
    ...(onConflict === undefined ? {} : { onConflict }),
    ...(fifo === undefined ? {} : { fifo }),
    ...(parentId === undefined ? {} : { parentId }),
  };
}
