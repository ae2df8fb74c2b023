// Tasks in SQLite: the reading verbs.
import type { OccurrenceFilter, OccurrenceRecord, SkipCounts } from "../storage/tasks.ts";
import type { TaskState } from "../task/task-state.ts";
import type { TaskDefinition } from "../task/task.ts";
import type { Connection } from "./connection.ts";
import { text } from "../storage/row.ts";
import { decodeDefinition, decodeOccurrence, decodeSkipCounts, decodeTask } from "../storage/task-row.ts";

export interface TaskReads {
  get(request: { readonly id: string }): TaskState | undefined;
  list(filter: {
    readonly tag?: string;
    readonly enabled?: boolean;
    readonly after?: string;
    readonly limit: number;
  }): readonly TaskState[];
  occurrences(filter: OccurrenceFilter): readonly OccurrenceRecord[];
  skipCounts(): SkipCounts;
  definitionAt(request: { readonly id: string; readonly version: number }): TaskDefinition | undefined;
}

export function taskReads(connection: Connection): TaskReads {
  return {
    get({ id }) {
      const row = connection.get("SELECT * FROM task WHERE id = ?", id);
      return row === undefined ? undefined : decodeTask(row);
    },
    list(filter) {
      const tag =
        filter.tag === undefined
          ? "1"
          : "EXISTS (SELECT 1 FROM json_each(definition, '$.tags') WHERE value = ?)";
      const enabled = filter.enabled === undefined ? "1" : `enabled = ${filter.enabled ? 1 : 0}`;
      const values = [filter.after ?? "", ...(filter.tag === undefined ? [] : [filter.tag]), filter.limit];
      return connection
        .all(`SELECT * FROM task WHERE id > ? AND ${tag} AND ${enabled} ORDER BY id LIMIT ?`, ...values)
        .map(decodeTask);
    },
    occurrences: (filter) => readOccurrences(connection, filter),
    skipCounts: () =>
      decodeSkipCounts(connection.all("SELECT name, value FROM tally WHERE name LIKE 'skipped:%'")),
    definitionAt({ id, version }) {
      const row = connection.get(
        "SELECT definition FROM task_version WHERE task_id = ? AND version = ?",
        id,
        version,
      );
      return row === undefined ? undefined : decodeDefinition(text(row["definition"]));
    },
  };
}

/** Spans that reach into the range count as inside it. */
function readOccurrences(connection: Connection, filter: OccurrenceFilter): OccurrenceRecord[] {
  const where = ["task_id = ?"];
  const values: (string | number)[] = [filter.taskId];
  const add = (sql: string, given: string | number | undefined): void => {
    if (given === undefined) return;
    where.push(sql);
    values.push(given);
  };
  add("until >= ?", filter.from);
  add("at <= ?", filter.to);
  add("outcome = ?", filter.outcome);
  if (filter.after !== undefined) {
    where.push("(at, reason) > (?, ?)");
    values.push(...filter.after);
  }
  return connection
    .all(
      `SELECT * FROM occurrence WHERE ${where.join(" AND ")} ORDER BY at, reason LIMIT ?`,
      ...values,
      filter.limit,
    )
    .map(decodeOccurrence);
}
