// Deleting what is old from SQLite, oldest first, a bounded number of rows a step.
import { idFloor } from "../base/id.ts";
import type { RetentionReport, RetentionStorage } from "../storage/retention.ts";
import { integer, text } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

export class SqliteRetention {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  step(request: Parameters<RetentionStorage["step"]>[0]): RetentionReport {
    const { runsBefore, journalBefore, limit } = request;
    const runs = this.#deleteRuns(runsBefore, limit);
    const { connection } = this.#context;
    const occurrences = connection.run(
      "DELETE FROM occurrence WHERE (task_id, at, reason) IN (SELECT task_id, at, reason FROM occurrence WHERE until < ? LIMIT ?)",
      runsBefore,
      limit,
    );
    const events = this.#deleteEvents(journalBefore, limit);
    return { runs, occurrences, events, more: runs === limit || occurrences === limit || events === limit };
  }

  /** Ids sort by the time of enqueueing, so the old ones are found without an index over `finished_at`. */
  #deleteRuns(before: number, limit: number): number {
    const deleted = this.#context.connection.all(
      "DELETE FROM run_history WHERE id IN (SELECT id FROM run_history WHERE id < ? AND finished_at < ? ORDER BY id LIMIT ?) RETURNING state",
      idFloor(before),
      before,
      limit,
    );
    for (const row of deleted) this.#context.tally(text(row["state"]), -1);
    return deleted.length;
  }

  /** Only a prefix ever goes, so the journal keeps no holes; its newest event always stays. */
  #deleteEvents(before: number, limit: number): number {
    const { connection, journal } = this.#context;
    const row = connection.get("SELECT min(seq) AS first FROM journal");
    if (typeof row?.["first"] !== "number") return 0;
    const first = row["first"];
    const young = connection.get(
      "SELECT seq FROM journal WHERE seq >= ? AND at >= ? ORDER BY seq LIMIT 1",
      first,
      before,
    );
    const end = Math.min(
      young === undefined ? journal.head : integer(young["seq"]),
      first + limit,
      journal.head,
    );
    return connection.run("DELETE FROM journal WHERE seq < ?", end);
  }
}
