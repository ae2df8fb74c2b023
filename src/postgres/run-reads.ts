// Runs in PostgreSQL: the reading verbs, over live rows and history as one list, newest first.
import { idFloor } from "../base/id.ts";
import { integer, text } from "../storage/row.ts";
import { decodeRun } from "../storage/run-row.ts";
import type { Page, RunCounts, RunFilter, RunRecord, RunStorage } from "../storage/runs.ts";
import { ids } from "./columns.ts";
import type { Connection } from "./connection.ts";

const shared =
  "id, action, params, task_id, scheduled_for, due_at, priority, attempt, max_attempts, pass, passes, cluster, key, fifo, parent_id, tags, started_at, progress, error";
/** A run that a node holds waits no longer, whatever place it came from. */
const live = `SELECT ${shared}, CASE WHEN node IS NULL THEN place END AS place, NULL AS state, NULL::bigint AS finished_at,
  node, NULL AS result, NULL AS reason FROM escapement.run`;
const finished = `SELECT ${shared}, NULL AS place, state, finished_at, node, result, reason FROM escapement.run_history`;
const byId = `${live} WHERE id = ANY ($1::text[]) UNION ALL ${finished} WHERE id = ANY ($1::text[])`;

/** One snapshot, so that a run on its way to the history is found on either side. */
export async function getRuns(connection: Connection, ids: readonly string[]): Promise<RunRecord[]> {
  return (await connection.all(byId, ids)).map(decodeRun);
}

export async function listRuns(connection: Connection, filter: RunFilter): Promise<Page<RunRecord>> {
  const { state, limit } = filter;
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const condition = conditionOf(filter, value);
  const wanted = value(limit + 1);
  const parts: string[] = [];
  const part = (rows: string, only: string): void => {
    parts.push(
      `SELECT * FROM (${rows} WHERE ${only} AND ${condition} ORDER BY id DESC LIMIT ${wanted}) AS part`,
    );
  };
  if (state === undefined) part(live, "true");
  if (state === "waiting") part(live, "node IS NULL");
  if (state === "running") part(live, "node IS NOT NULL");
  if (state === undefined) part(finished, "true");
  else if (parts.length === 0) part(finished, `state = ${value(state)}`);
  const rows = await connection.all(
    `${parts.join(" UNION ALL ")} ORDER BY id DESC LIMIT ${wanted}`,
    ...values,
  );
  const items = rows.slice(0, limit).map(decodeRun);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
}

function conditionOf(filter: RunFilter, value: (given: unknown) => string): string {
  const { before, action, taskId, tag, error, from, to } = filter;
  const where: string[] = ["true"];
  if (before !== undefined) where.push(`id < ${value(before)}`);
  if (action !== undefined) where.push(`action = ${value(action)}`);
  if (taskId !== undefined) where.push(`task_id = ${value(taskId)}`);
  if (tag !== undefined) where.push(`tags @> ARRAY[${value(tag)}::text]`);
  if (error !== undefined)
    where.push(`coalesce(error::json ->> 'code', error::json ->> 'name') = ${value(error)}`);
  // Ids sort by the time of enqueueing.
  if (from !== undefined) where.push(`id >= ${value(idFloor(from))}`);
  if (to !== undefined) where.push(`id < ${value(idFloor(to))}`);
  return where.join(" AND ");
}

const sums = "SELECT name, sum(value)::bigint AS value FROM escapement.tally GROUP BY name";

export async function countRuns(connection: Connection): Promise<RunCounts> {
  const rows = await connection.all(sums);
  const tally = new Map(rows.map((row) => [text(row["name"]), integer(row["value"])]));
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

const held = "SELECT id, fence FROM escapement.run WHERE id = ANY ($1::text[]) AND node = $2";

/** Which attempts still hold their runs, in the order asked. */
export async function heldRuns(
  connection: Connection,
  { node, attempts }: Parameters<RunStorage["held"]>[0],
): Promise<boolean[]> {
  const rows = await connection.all(held, ids(attempts.map(({ id }) => id)), node);
  const now = new Map(rows.map((row) => [text(row["id"]), integer(row["fence"])]));
  return attempts.map(({ id, fence }) => now.get(id) === fence);
}
