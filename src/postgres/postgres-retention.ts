// Deleting what is old from PostgreSQL, oldest first, a bounded number of rows a step.
import { idFloor } from "../base/id.ts";
import type { RetentionReport, RetentionStorage } from "../storage/retention.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

/** Ids sort by the time of enqueueing, so the old ones are found without an index over finished_at. */
const deleteRuns = `WITH gone AS (
    DELETE FROM escapement.run_history WHERE id = ANY (ARRAY(
      SELECT id FROM escapement.run_history WHERE id < $1 AND finished_at < $2 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED))
    RETURNING id, state
  ), steps AS (
    DELETE FROM escapement.step WHERE run_id = ANY (ARRAY(SELECT id FROM gone))
  ) SELECT state, count(*) AS runs FROM gone GROUP BY state`;
const deleteOccurrences = `DELETE FROM escapement.occurrence WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM escapement.occurrence WHERE until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))`;
/** A limit that is not in use counts from anew when it is asked again. */
const deleteRates = "DELETE FROM escapement.rate WHERE wake_at IS NULL AND tat < $1";
/** Sums up the counts that every transaction adds to. */
export const sumTallies: string = `WITH parts AS (DELETE FROM escapement.tally RETURNING name, value)
  INSERT INTO escapement.tally (name, value) SELECT name, sum(value)::bigint FROM parts GROUP BY name`;

export class PostgresRetention {
  async step(
    context: WriteContext,
    request: Parameters<RetentionStorage["step"]>[0],
  ): Promise<RetentionReport> {
    const { runsBefore, limit } = request;
    const { connection } = context;
    const before = Math.round(runsBefore);
    const deleted = await connection.all(deleteRuns, idFloor(runsBefore), before, limit);
    for (const row of deleted) context.tally(text(row["state"]), -integer(row["runs"]));
    const runs = deleted.reduce((sum: number, row: Row) => sum + integer(row["runs"]), 0);
    const occurrences = await connection.run(deleteOccurrences, before, limit);
    await connection.run(deleteRates, before);
    return { runs, occurrences, more: runs === limit || occurrences === limit };
  }
}
