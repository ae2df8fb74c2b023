// What a caller may say about a run, read into what is kept; every fault at once.
import { parseDuration, type Duration } from "../base/duration.ts";
import { invalidInput, type Issue } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { checkOptions } from "../base/options.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";
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

const fields = ["delay", "at", "priority", "tags", "key", "onConflict", "fifo", "parentId", "actor"];
const longestTag = 200;
const longestKey = 512;
const conflictRules: readonly OnConflict[] = ["return", "reject", "replace", "drop"];

/** Throws `run.invalid`. */
export function readEnqueueOptions(action: string, options: EnqueueOptions, now: Instant): ReadOptions {
  const what = `Cannot enqueue "${action}".`;
  checkOptions(options, fields, { code: "run.invalid", what });
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
    issues.push({ field: "priority", message: `is ${show(priority)}; write a whole number` });
  if (!Array.isArray(tags) || !tags.every((tag) => isName(tag, longestTag)))
    issues.push({ field: "tags", message: `must be a list; each tag is a ${nameOf(longestTag)}` });
  for (const field of ["key", "fifo"] as const) {
    const value = options[field];
    if (value === undefined || isName(value, longestKey)) continue;
    const given =
      typeof value === "string" && value.length > longestKey
        ? `has ${value.length} characters`
        : `is ${show(value)}`;
    issues.push({ field, message: `${given}; write a ${nameOf(longestKey)}` });
  }
  const { key, onConflict, fifo, parentId } = options;
  if (parentId !== undefined && !isName(parentId, longestKey))
    issues.push({ field: "parentId", message: `is ${show(parentId)}; write the id of a run` });
  if (onConflict !== undefined && !conflictRules.includes(onConflict)) {
    issues.push({
      field: "onConflict",
      message: `is ${show(onConflict)}; write one of ${conflictRules.join(", ")}`,
    });
  }
  if (onConflict !== undefined && key === undefined)
    issues.push({ field: "onConflict", message: "means nothing without a key" });
  if (issues.length > 0) throw invalidInput("run.invalid", what, issues);
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

/** What lists, journals and tables show in one line. */
function isName(value: unknown, longest: number): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= longest && isPlain(value);
}

function nameOf(longest: number): string {
  return `text of 1 to ${longest} characters without control characters`;
}
