// What the end of a run does to its task: counters, the last error, the seeds' events, and the pause after a failure.
import type { Instant } from "../base/clock.ts";
import { decodeJson } from "../base/json.ts";
import { text } from "./connection.ts";
import type { WriteContext } from "./write-context.ts";

interface TaskRunEnd {
  readonly taskId: string;
  readonly runId: string;
  readonly action: string;
  readonly startedAt: Instant | null;
  readonly state: "succeeded" | "failed" | "cancelled";
  readonly at: Instant;
  readonly error: string | null;
}

export function countTaskRun(context: WriteContext, end: TaskRunEnd): void {
  // A run that was cancelled before it started says nothing about the task.
  if (end.startedAt === null) return;
  const message = end.error === null ? null : errorMessage(end.error);
  const row = context.connection.get(
    `UPDATE task SET run_count = run_count + 1, error_count = error_count + ?, last_run = max(?, coalesce(last_run, 0)), last_error = ?
      WHERE id = ? RETURNING enabled, json_extract(definition, '$.pauseOnFailure') AS pause, json_extract(definition, '$.name') AS name`,
    end.state === "failed" ? 1 : 0,
    end.startedAt,
    message,
    end.taskId,
  );
  if (row === undefined || end.state === "cancelled") return;
  const failed = end.state === "failed";
  context.journal.add({
    at: end.at,
    kind: failed ? "scheduled_task_failed" : "scheduled_task_executed",
    actor: "system",
    subject: `task:${end.taskId}`,
    parent: `run:${end.runId}`,
    label: text(row["name"]),
    data: {
      taskId: end.taskId,
      runId: end.runId,
      action: end.action,
      ...(message === null ? {} : { error: message }),
    },
  });
  if (failed && row["pause"] === 1 && row["enabled"] === 1) pause(context, end, message ?? "");
}

function pause(context: WriteContext, end: TaskRunEnd, message: string): void {
  const note = `paused after run ${end.runId} failed: ${message}`;
  context.connection.run(
    "UPDATE task SET enabled = 0, next_due = NULL, paused_note = ? WHERE id = ?",
    note,
    end.taskId,
  );
  context.journal.add({
    at: end.at,
    kind: "task.stopped",
    actor: "system",
    subject: `task:${end.taskId}`,
    parent: `run:${end.runId}`,
    label: note,
  });
}

function errorMessage(json: string): string {
  const error = decodeJson(json);
  const message =
    typeof error === "object" && error !== null && "message" in error ? error["message"] : undefined;
  return typeof message === "string" ? message : json;
}
