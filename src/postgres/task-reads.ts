// Tasks in PostgreSQL: the reading verbs.
import { text } from "../storage/row.ts";
import { decodeDefinition, decodeOccurrence, decodeSkipCounts, decodeTask } from "../storage/task-row.ts";
import type { OccurrenceFilter, OccurrenceRecord, SkipCounts, TaskStorage } from "../storage/tasks.ts";
import type { TaskState } from "../task/task-state.ts";
import type { TaskDefinition } from "../task/task.ts";
import type { Connection } from "./connection.ts";

type Input<Verb extends keyof TaskStorage> = Parameters<TaskStorage[Verb]>[0];

export async function getTask(connection: Connection, id: string): Promise<TaskState | undefined> {
  const row = await connection.get("SELECT * FROM escapement.task WHERE id = $1", id);
  return row === undefined ? undefined : decodeTask(row);
}

export async function listTasks(connection: Connection, filter: Input<"list">): Promise<TaskState[]> {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const where = [`id > ${value(filter.after ?? "")}`];
  if (filter.tag !== undefined)
    where.push(
      `EXISTS (SELECT 1 FROM json_array_elements_text(definition::json -> 'tags') AS tag WHERE tag = ${value(filter.tag)})`,
    );
  if (filter.enabled !== undefined) where.push(`enabled = ${value(filter.enabled)}`);
  const rows = await connection.all(
    `SELECT * FROM escapement.task WHERE ${where.join(" AND ")} ORDER BY id LIMIT ${value(filter.limit)}`,
    ...values,
  );
  return rows.map(decodeTask);
}

/** Spans that reach into the range count as inside it. */
export async function readOccurrences(
  connection: Connection,
  filter: OccurrenceFilter,
): Promise<OccurrenceRecord[]> {
  const { taskId, from, to, outcome, after } = filter;
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const where = [`task_id = ${value(taskId)}`];
  if (from !== undefined) where.push(`until >= ${value(Math.round(from))}`);
  if (to !== undefined) where.push(`at <= ${value(Math.round(to))}`);
  if (outcome !== undefined) where.push(`outcome = ${value(outcome)}`);
  if (after !== undefined)
    where.push(`(at, reason) > (${value(Math.round(after[0]))}::bigint, ${value(after[1])}::text)`);
  const rows = await connection.all(
    `SELECT * FROM escapement.occurrence WHERE ${where.join(" AND ")} ORDER BY at, reason LIMIT ${value(filter.limit)}`,
    ...values,
  );
  return rows.map(decodeOccurrence);
}

export async function definitionAt(
  connection: Connection,
  { id, version }: Input<"definitionAt">,
): Promise<TaskDefinition | undefined> {
  const row = await connection.get(
    "SELECT definition FROM escapement.task_version WHERE task_id = $1 AND version = $2",
    id,
    version,
  );
  return row === undefined ? undefined : decodeDefinition(text(row["definition"]));
}

const skips =
  "SELECT name, sum(value)::bigint AS value FROM escapement.tally WHERE name LIKE 'skipped:%' GROUP BY name";

export async function skipCounts(connection: Connection): Promise<SkipCounts> {
  return decodeSkipCounts(await connection.all(skips));
}
