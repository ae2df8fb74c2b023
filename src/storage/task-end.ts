// What the end of a run says about its task, as events and notes. The same for both engines.
import type { Instant } from "../base/clock.ts";
import { decodeJson } from "../base/json.ts";
import type { NewEvent } from "../event/event.ts";
import { ranFor } from "./ending.ts";

export interface TaskRunEnd {
  readonly taskId: string;
  readonly runId: string;
  readonly action: string;
  /** null for a run that was cancelled before it started: that says nothing about the task. */
  readonly startedAt: Instant | null;
  readonly state: "succeeded" | "failed" | "cancelled";
  readonly at: Instant;
  /** JSON text. */
  readonly error: string | null;
  readonly reason: string | null;
}

/** The message of the error, or null when the run did not fail. */
export function endMessage(end: Pick<TaskRunEnd, "error">): string | null {
  if (end.error === null) return null;
  const error = decodeJson(end.error);
  const message =
    typeof error === "object" && error !== null && "message" in error ? error["message"] : undefined;
  return typeof message === "string" ? message : end.error;
}

/** The seeds' event: executed, or failed. */
export function taskEndEvent(end: TaskRunEnd, name: string): NewEvent {
  const message = endMessage(end);
  const durationMs = ranFor(end);
  return {
    at: end.at,
    kind: end.state === "failed" ? "scheduled_task_failed" : "scheduled_task_executed",
    actor: "system",
    subject: `task:${end.taskId}`,
    parent: `run:${end.runId}`,
    label: name,
    ...(durationMs === undefined ? {} : { durationMs }),
    data: {
      taskId: end.taskId,
      runId: end.runId,
      action: end.action,
      ...(message === null ? {} : { error: message }),
    },
  };
}

/** Why a task that pauses on failure was stopped; its `label` is the note to keep. */
export function pauseEvent(end: TaskRunEnd): NewEvent & { readonly label: string } {
  return {
    at: end.at,
    kind: "task.stopped",
    actor: "system",
    subject: `task:${end.taskId}`,
    parent: `run:${end.runId}`,
    label: `paused after run ${end.runId} failed: ${endMessage(end) ?? ""}`,
  };
}
