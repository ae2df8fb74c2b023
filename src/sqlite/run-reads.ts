// Runs in SQLite: the reading verbs, over live rows and history as one list, newest first.
import { idFloor } from "../base/id.ts";
import type { Page, RunCounts, RunFilter, RunRecord, RunStorage } from "../storage/runs.ts";
import type { Connection } from "./connection.ts";
import { integer, text } from "../storage/row.ts";
import { decodeRun } from "../storage/run-row.ts";

export interface RunReads {
  get(request: { readonly id: string }): RunRecord | undefined;
  list(filter: RunFilter): Page<RunRecord>;
  counts(): RunCounts;
  held(request: Parameters<RunStorage["held"]>[0]): readonly boolean[];
}

const shared =
  "id, action, params, task_id, scheduled_for, due_at, priority, attempt, max_attempts, pass, passes, cluster, key, fifo, parent_id, tags, started_at, progress, error";
const live = `SELECT ${shared}, place, NULL AS state, NULL AS finished_at, node, NULL AS result, NULL AS reason FROM run`;
const finished = `SELECT ${shared}, NULL AS place, state, finished_at, node, result, reason FROM run_history`;
/** A run that has no place waits no longer. */
const running = "place IS NULL";
const held = `SELECT one.key AS number FROM json_each(?) AS one CROSS JOIN run ON run.id = one.value ->> 0
  WHERE run.fence = one.value ->> 1 AND run.node = ?`;

export function runReads(connection: Connection): RunReads {
  return {
    get({ id }) {
      const row =
        connection.get(`${live} WHERE id = ?`, id) ?? connection.get(`${finished} WHERE id = ?`, id);
      return row === undefined ? undefined : decodeRun(row);
    },
    list: (filter) => listRuns(connection, filter),
    counts: () => countRuns(connection),
    held({ node, attempts }) {
      const all = JSON.stringify(attempts.map(({ id, fence }) => [id, fence]));
      const numbers = new Set(connection.all(held, all, node).map((row) => integer(row["number"])));
      return attempts.map((_, number) => numbers.has(number));
    },
  };
}

function listRuns(connection: Connection, filter: RunFilter): Page<RunRecord> {
  const { sql: condition, values } = conditionOf(filter);
  const parts: string[] = [];
  if (filter.state === undefined || filter.state === "waiting" || filter.state === "running") {
    const place =
      filter.state === undefined ? "1" : filter.state === "running" ? running : "place IS NOT NULL";
    parts.push(`SELECT * FROM (${live} WHERE ${place} AND ${condition} ORDER BY id DESC LIMIT ?)`);
  }
  if (filter.state === undefined || (filter.state !== "waiting" && filter.state !== "running")) {
    const state = filter.state === undefined ? "1" : `state = '${filter.state}'`;
    parts.push(`SELECT * FROM (${finished} WHERE ${state} AND ${condition} ORDER BY id DESC LIMIT ?)`);
  }
  const limit = filter.limit + 1;
  const all = parts.flatMap(() => [...values, limit]);
  const rows = connection
    .all(`${parts.join(" UNION ALL ")} ORDER BY id DESC LIMIT ?`, ...all, limit)
    .map(decodeRun);
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  return rows.length > filter.limit && last !== undefined ? { items, next: last.id } : { items };
}

function conditionOf(filter: RunFilter): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const where: string[] = ["1"];
  const values: (string | number)[] = [];
  const add = (sql: string, given: string | number | undefined): void => {
    if (given === undefined) return;
    where.push(sql);
    values.push(given);
  };
  add("id < ?", filter.before);
  add("action = ?", filter.action);
  add("task_id = ?", filter.taskId);
  add("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)", filter.tag);
  add("coalesce(error ->> 'code', error ->> 'name') = ?", filter.error);
  // Ids sort by the time of enqueueing.
  add("id >= ?", filter.from === undefined ? undefined : idFloor(filter.from));
  add("id < ?", filter.to === undefined ? undefined : idFloor(filter.to));
  return { sql: where.join(" AND "), values };
}

function countRuns(connection: Connection): RunCounts {
  const tally = new Map(
    connection.all("SELECT name, value FROM tally").map((row) => [text(row["name"]), integer(row["value"])]),
  );
  const total = (name: string): number => tally.get(name) ?? 0;
  return {
    waiting: total("live") - total("running"),
    running: total("running"),
    succeeded: total("succeeded"),
    failed: total("failed"),
    cancelled: total("cancelled"),
    skipped: total("skipped"),
  };
}
