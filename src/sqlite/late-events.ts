// Events that may come after the end of their run. A finished run knows up to which number its events go, so that they
// are found without an index over all of them: whoever adds one later moves that number on.
import type { RunNote } from "../storage/journal.ts";
import type { WriteContext } from "./write-context.ts";

const lastSeq = "UPDATE run_history SET last_seq = ? WHERE id IN (SELECT value FROM json_each(?))";

/** What an attempt wanted although it did not hold its run any more. */
export function noteStale(context: WriteContext, actor: string, notes: readonly RunNote[]): void {
  if (notes.length === 0) return;
  context.journal.addRuns("run.stale", actor, notes);
  reachHead(
    context,
    notes.map(([id]) => id),
  );
}

/** The newest event may be about these runs. */
export function reachHead({ connection, journal }: WriteContext, ids: readonly string[]): void {
  connection.run(lastSeq, journal.head, JSON.stringify(ids));
}
