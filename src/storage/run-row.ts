// Rows of `run` and `run_history` as records. A live row's state follows from its place.
import { holdReason } from "../run/place.ts";
import { runStates, type RunState } from "../run/run.ts";
import type { ClaimedRun, NewRun, RunRecord } from "./runs.ts";
import { integer, optional, text, type Row } from "./row.ts";

export function decodeRun(row: Row): RunRecord {
  const live = row["state"] === null;
  const place = row["place"];
  const hold = typeof place === "string" ? holdReason(place) : undefined;
  return {
    id: text(row["id"]),
    action: text(row["action"]),
    params: text(row["params"]),
    state: live ? (place === null ? "running" : "waiting") : decodeState(row),
    scheduledFor: integer(row["scheduled_for"]),
    dueAt: integer(row["due_at"]),
    priority: integer(row["priority"]),
    attempt: integer(row["attempt"]),
    maxAttempts: integer(row["max_attempts"]),
    pass: integer(row["pass"]),
    passes: integer(row["passes"]),
    tags: decodeTags(row),
    ...optional("taskId", row["task_id"], text),
    ...optional("cluster", row["cluster"], text),
    ...optional("key", row["key"], text),
    ...optional("fifo", row["fifo"], text),
    ...optional("parentId", row["parent_id"], text),
    ...optional("startedAt", row["started_at"], integer),
    ...optional("finishedAt", row["finished_at"], integer),
    ...optional("progress", row["progress"], integer),
    ...optional("result", row["result"], text),
    ...optional("error", row["error"], text),
    ...optional("reason", hold ?? row["reason"], text),
    ...optional("node", row["node"], text),
  };
}

export function decodeClaimed(
  row: Row,
  { attempt, fence }: Pick<ClaimedRun, "attempt" | "fence">,
): ClaimedRun {
  return {
    id: text(row["id"]),
    fence,
    action: text(row["action"]),
    params: text(row["params"]),
    scheduledFor: integer(row["scheduled_for"]),
    attempt,
    maxAttempts: integer(row["max_attempts"]),
    pass: integer(row["pass"]),
    passes: integer(row["passes"]),
    ...optional("taskId", row["task_id"], text),
    ...optional("options", row["options"], text),
  };
}

const states: ReadonlySet<string> = new Set(runStates);

function decodeState(row: Row): RunState {
  const state = row["state"];
  return isState(state) ? state : "failed";
}

function isState(value: unknown): value is RunState {
  return typeof value === "string" && states.has(value);
}

function decodeTags(row: Row): readonly string[] {
  const tags = row["tags"];
  // JSON text in SQLite, a list in PostgreSQL.
  const list: unknown = typeof tags === "string" ? JSON.parse(tags) : tags;
  return Array.isArray(list) ? list.filter((tag) => typeof tag === "string") : [];
}

/** A scheduled run is caused by its task, another by the run that asked for it, or by what else is named with its noun. */
export function causeOf(run: NewRun): string | null {
  if (run.taskId !== undefined) return `task:${run.taskId}`;
  if (run.parentId === undefined) return null;
  return run.parentId.includes(":") ? run.parentId : `run:${run.parentId}`;
}
