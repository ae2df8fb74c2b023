// Deleting what is old from SQLite, oldest first, a bounded number of rows a step.
import { idFloor } from "../base/id.ts";
import type { RetentionReport, RetentionStorage } from "../storage/retention.ts";
import { text } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

export class SqliteRetention {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  step(request: Parameters<RetentionStorage["step"]>[0]): RetentionReport {
    const { runsBefore, limit } = request;
    const runs = this.#deleteRuns(runsBefore, limit);
    const { connection } = this.#context;
    const occurrences = connection.run(
      "DELETE FROM occurrence WHERE (task_id, at, reason) IN (SELECT task_id, at, reason FROM occurrence WHERE until < ? LIMIT ?)",
      runsBefore,
      limit,
    );
    // A limit that is not in use counts from anew when it is asked again.
    connection.run("DELETE FROM rate WHERE wake_at IS NULL AND tat < ?", runsBefore);
    return { runs, occurrences, more: runs >= limit || occurrences >= limit };
  }

  /** Ids sort by the time of enqueueing, so the old ones are found without an index over `finished_at`. */
  #deleteRuns(before: number, limit: number): number {
    const deleted = this.#context.connection.all(
      "DELETE FROM run_history WHERE id IN (SELECT id FROM run_history WHERE id < ? AND finished_at < ? ORDER BY id LIMIT ?) RETURNING id, state",
      idFloor(before),
      before,
      limit,
    );
    for (const row of deleted) this.#context.tally(text(row["state"]), -1);
    if (deleted.length > 0) {
      const ids = JSON.stringify(deleted.map((row) => text(row["id"])));
      this.#context.connection.run("DELETE FROM step WHERE run_id IN (SELECT value FROM json_each(?))", ids);
    }
    return deleted.length;
  }
}
