// What the end of a run does to its task: counters, the last error, the seeds' events, and the pause after a failure.
import { text } from "../storage/row.ts";
import { endMessage, pauseEvent, taskEndEvent, type TaskRunEnd } from "../storage/task-end.ts";
import type { WriteContext } from "./write-context.ts";

export function countTaskRun(context: WriteContext, end: TaskRunEnd): void {
  if (end.startedAt === null) return;
  const failed = end.state === "failed";
  const row = context.connection.get(
    `UPDATE task SET run_count = run_count + 1, error_count = error_count + ?, last_run = max(?, coalesce(last_run, 0)), last_error = ?
      WHERE id = ? RETURNING enabled, json_extract(definition, '$.pauseOnFailure') AS pause, json_extract(definition, '$.name') AS name`,
    failed ? 1 : 0,
    end.startedAt,
    endMessage(end),
    end.taskId,
  );
  if (row === undefined || end.state === "cancelled") return;
  context.journal.add(taskEndEvent(end, text(row["name"])));
  if (!failed || row["pause"] !== 1 || row["enabled"] !== 1) return;
  const event = pauseEvent(end);
  context.connection.run(
    "UPDATE task SET enabled = 0, next_due = NULL, paused_note = ? WHERE id = ?",
    event.label,
    end.taskId,
  );
  context.journal.add(event);
}
