// The next times of a task, saved or not: as many as it may still have, each with what changes it.
import type { Instant } from "../base/clock.ts";
import { invalidInput } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { preview } from "../schedule/preview.ts";
import { settleAnchor } from "../task/first-cursor.ts";
import { ruleOf } from "../task/rule-of.ts";
import { runsLeft, type TaskState } from "../task/task-state.ts";
import type { TaskLike } from "../task/task.ts";
import { readInput, type InputReader } from "./read-input.ts";

export interface PreviewedTime {
  readonly at: Date;
  /** Like `2026-03-29 03:00:00 +02:00 (Europe/Paris)`. */
  readonly local: string;
  /** Names a DST change, an exclusion, jitter. */
  readonly note?: string;
}

export interface PreviewOptions {
  /** 5 unless given, 1,000 at most. */
  readonly count?: number;
  /** Times after this instant; the present unless given. */
  readonly from?: InstantLike;
}

type Previewed = Pick<TaskState, "definition" | "fired">;

const largestPreview = 1_000;
/** Stands for what an unsaved task does not say yet. */
const defaults = { id: "preview", action: "preview:none" };

export function previewTask(task: Previewed, options: PreviewOptions, now: Instant): PreviewedTime[] {
  const { count = 5 } = options;
  if (!Number.isInteger(count) || count < 1 || count > largestPreview) {
    throw invalidInput("task.invalid", "Cannot preview.", [
      { field: "count", message: `is ${count}; ask for 1 to ${largestPreview}` },
    ]);
  }
  const from = options.from === undefined ? now : parseInstant(options.from);
  const left = Math.min(count, runsLeft(task));
  if (left === 0) return [];
  const { id, jitter } = task.definition;
  const times = preview(ruleOf(id, task.definition), {
    from,
    count: left,
    ...(jitter === undefined ? {} : { jitter: { id, ms: jitter } }),
  });
  return times.map((time) => ({ ...time, at: new Date(time.at) }));
}

/** A task as it would be if it were registered now; one without an id or an action will do. */
export async function readPreviewed(reader: InputReader, input: TaskLike, now: Instant): Promise<Previewed> {
  const { definition, existing } = await readInput(reader, input, { now, verb: "preview", defaults });
  const kept = existing === undefined ? {} : { existing: existing.definition };
  return { definition: settleAnchor(definition, { now, ...kept }), fired: existing?.fired ?? 0 };
}
