// What the ends of runs do to their tasks: counters, the last error, the seeds' events, and the pause after a failure.
import type { Ending } from "../storage/ending.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { endMessage, pauseEvent, taskEndEvent, type TaskRunEnd } from "../storage/task-end.ts";
import { decodeDefinition } from "../storage/task-row.ts";
import { texts, textsOrNull, wholeNumbers } from "./columns.ts";
import type { WriteContext } from "./write-context.ts";

const lock =
  "SELECT id, enabled, definition FROM escapement.task WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE";
const count = `UPDATE escapement.task SET run_count = task.run_count + ends.runs, error_count = task.error_count + ends.errors,
    last_run = greatest(task.last_run, ends.last_run), last_error = ends.last_error,
    enabled = task.enabled AND ends.paused_note IS NULL,
    next_due = CASE WHEN ends.paused_note IS NULL THEN task.next_due END,
    paused_note = coalesce(ends.paused_note, task.paused_note)
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS ends (id, runs, errors, last_run, last_error, paused_note)
  WHERE task.id = ANY ($1::text[]) AND task.id = ends.id`;

/** `rows` are those of the runs that ended. */
export async function countTaskRuns(
  context: WriteContext,
  endings: readonly Ending[],
  rows: ReadonlyMap<string, Row>,
): Promise<void> {
  const byTask = new Map<string, TaskRunEnd[]>();
  for (const ending of endings) {
    const row = rows.get(ending.id);
    const taskId = row?.["task_id"];
    // A run that was cancelled before it started says nothing about the task.
    if (row === undefined || typeof taskId !== "string" || ending.startedAt === null) continue;
    const startedAt = integer(row["started_at"]);
    const end = { ...ending, taskId, runId: ending.id, action: text(row["action"]), startedAt };
    byTask.set(taskId, [...(byTask.get(taskId) ?? []), end]);
  }
  if (byTask.size === 0) return;
  const tasks = await context.connection.all(lock, texts(Array.from(byTask.keys()).sort()));
  const sums = tasks.map((task) => sumUp(context, task, byTask.get(text(task["id"])) ?? []));
  if (sums.length === 0) return;
  await context.connection.run(
    count,
    texts(sums.map((sum) => sum.id)),
    wholeNumbers(sums.map((sum) => sum.runs)),
    wholeNumbers(sums.map((sum) => sum.errors)),
    wholeNumbers(sums.map((sum) => sum.lastRun)),
    textsOrNull(sums.map((sum) => sum.lastError)),
    textsOrNull(sums.map((sum) => sum.pausedNote)),
  );
}

interface Sum {
  readonly id: string;
  readonly runs: number;
  readonly errors: number;
  readonly lastRun: number;
  readonly lastError: string | null;
  readonly pausedNote: string | null;
}

function sumUp(context: WriteContext, task: Row, ends: readonly TaskRunEnd[]): Sum {
  const { name, pauseOnFailure } = decodeDefinition(text(task["definition"]));
  let enabled = task["enabled"] === true;
  let pausedNote: string | null = null;
  for (const end of ends) {
    if (end.state === "cancelled") continue;
    context.journal.add(taskEndEvent(end, name));
    if (end.state !== "failed" || pauseOnFailure !== true || !enabled) continue;
    const event = pauseEvent(end);
    context.journal.add(event);
    pausedNote = event.label;
    enabled = false;
  }
  const last = ends.at(-1);
  return {
    id: text(task["id"]),
    runs: ends.length,
    errors: ends.filter((end) => end.state === "failed").length,
    lastRun: Math.max(...ends.map((end) => end.startedAt ?? 0)),
    lastError: last === undefined ? null : endMessage(last),
    pausedNote,
  };
}
