// Rows of `task` and `occurrence` as records.
import type { Instant } from "../base/clock.ts";
import { decodeJson } from "../base/json.ts";
import { behindGate, ready } from "../run/place.ts";
import type { LiveRun } from "../task/plan-fire.ts";
import type { OccurrenceRecord, SkipCounts } from "./tasks.ts";
import type { SkipReason } from "../task/skip.ts";
import type { TaskDefinition } from "../task/task.ts";
import type { TaskState } from "../task/task-state.ts";
import { integer, optional, text, truth, type Row } from "./row.ts";

export function decodeTask(row: Row): TaskState {
  return {
    id: text(row["id"]),
    definition: decodeDefinition(text(row["definition"])),
    enabled: truth(row["enabled"]),
    cursor: integer(row["cursor"]),
    fired: integer(row["fired"]),
    runCount: integer(row["run_count"]),
    errorCount: integer(row["error_count"]),
    version: integer(row["version"]),
    createdAt: integer(row["created_at"]),
    ...optional("pausedNote", row["paused_note"], text),
    ...optional("nextDue", row["next_due"], integer),
    ...optional("lastRun", row["last_run"], integer),
    ...optional("lastError", row["last_error"], text),
    ...decodeFlow(row),
  };
}

function decodeFlow(row: Row): Pick<TaskState, "flow"> {
  if (typeof row["flow"] !== "string") return {};
  const flow: NonNullable<TaskState["flow"]> = JSON.parse(row["flow"]);
  return { flow };
}

/** Definitions are written by Escapement alone, from a validated task, and read back as they were. */
export function decodeDefinition(json: string): TaskDefinition {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- validated by readTask before it was written
  return decodeJson(json) as unknown as TaskDefinition;
}

export function decodeOccurrence(row: Row): OccurrenceRecord {
  const reason = row["reason"];
  return {
    taskId: text(row["task_id"]),
    at: integer(row["at"]),
    until: integer(row["until"]),
    outcome: row["outcome"] === "run" ? "run" : "skipped",
    version: integer(row["version"]),
    ...(isReason(reason) ? { reason } : {}),
    ...optional("count", row["count"], integer),
    ...optional("runId", row["run_id"], text),
  };
}

const reasons: ReadonlySet<string> = new Set<SkipReason>([
  "overlap",
  "window",
  "paused",
  "excluded",
  "dst-gap",
  "switch",
  "limit",
  "gate",
]);

/** Rows of `tally` named `skipped:REASON`. */
export function decodeSkipCounts(rows: readonly Row[]): SkipCounts {
  const counts: Partial<Record<SkipReason, number>> = {};
  for (const row of rows) {
    const reason = text(row["name"]).slice("skipped:".length);
    if (isReason(reason)) counts[reason] = integer(row["value"]);
  }
  return counts;
}

function isReason(value: unknown): value is SkipReason {
  return typeof value === "string" && reasons.has(value);
}

/** An unfinished run of a task; `gated` says whether a gate holds such runs. Also one that no claim has parked yet. */
export function decodeLive(row: Row, gated: boolean, now: Instant): LiveRun {
  const { node, place, permit, due_at: dueAt } = row;
  const stands = place === ready || (typeof place === "string" && place.startsWith(behindGate("")));
  const held = gated && node === null && permit === null && stands && integer(dueAt) <= now;
  return { id: text(row["id"]), running: node !== null, ...(held ? { held } : {}) };
}
