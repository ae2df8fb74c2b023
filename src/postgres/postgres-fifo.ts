// The lines of PostgreSQL: runs with the same fifo key go one at a time, in the order of their ids. Whoever enters or
// leaves a line locks its row first, so that no two of a line can both find it empty.
import type { Instant } from "../base/clock.ts";
import { inFifo } from "../run/place.ts";
import { ownLine } from "../storage/own-line.ts";
import { integer, text } from "../storage/row.ts";
import type { NewRun } from "../storage/runs.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { WriteContext } from "./write-context.ts";

const enter = `INSERT INTO escapement.fifo AS line (key, runs) SELECT * FROM unnest($1::text[], $2::integer[])
  ON CONFLICT (key) DO UPDATE SET runs = line.runs + excluded.runs RETURNING key, runs`;
/** Makes the rows that are missing, and locks all of them. */
const lock = `INSERT INTO escapement.fifo AS line (key, runs) SELECT key, 0 FROM unnest($1::text[]) AS key
  ON CONFLICT (key) DO UPDATE SET runs = line.runs`;
const leave = `UPDATE escapement.fifo AS line SET runs = line.runs - gone.runs
  FROM unnest($1::text[], $2::integer[]) AS gone (key, runs) WHERE line.key = ANY ($1::text[]) AND line.key = gone.key`;
const tidy = "DELETE FROM escapement.fifo WHERE key = ANY ($1::text[]) AND runs <= 0";
/**
 * The first of a line moves up when nobody stands before it any more. One that is locked is on its way out of the line,
 * and whoever takes it out calls the next.
 */
const callFirst = `UPDATE escapement.run SET place = ${ownLine} WHERE id = ANY (ARRAY(
  SELECT called.id FROM unnest($1::text[], $2::text[]) AS line (key, place), LATERAL (
    SELECT id FROM escapement.run WHERE fifo = line.key AND run.place = line.place ORDER BY id LIMIT 1) AS first,
    LATERAL (SELECT id FROM escapement.run WHERE run.id = first.id FOR UPDATE SKIP LOCKED) AS called
  WHERE (SELECT id FROM escapement.run WHERE fifo = line.key AND run.place <> line.place LIMIT 1) IS NULL))`;

export class PostgresFifo {
  /** Counts runs into their lines; resolves to the ids of those that have to wait behind another. */
  async enter(
    context: WriteContext,
    runs: readonly Pick<NewRun, "id" | "fifo">[],
  ): Promise<ReadonlySet<string>> {
    const coming = countKeys(runs.map((run) => run.fifo));
    if (coming.size === 0) return new Set();
    const keys = sortedKeys(coming);
    const counts = wholeNumbers(keys.map((key) => coming.get(key)));
    const rows = await context.connection.all(enter, texts(keys), counts);
    const empty = new Set(
      rows
        .filter((row) => integer(row["runs"]) === coming.get(text(row["key"])))
        .map((row) => text(row["key"])),
    );
    const waiting = runs.filter((run) => run.fifo !== undefined && !empty.delete(run.fifo));
    return new Set(waiting.map((run) => run.id));
  }

  /** Keeps everybody else out of these lines until the commit; `tidy` them at the end. Resolves to their keys. */
  async lock(context: WriteContext, lines: readonly unknown[]): Promise<readonly string[]> {
    const keys = sortedKeys(countKeys(lines));
    if (keys.length > 0) await context.connection.run(lock, texts(keys));
    return keys;
  }

  /** Forgets those lines in which nobody is. */
  async tidy(context: WriteContext, keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await context.connection.run(tidy, texts(keys));
  }

  /** Takes runs that are gone already out of their lines, and lets the next ones move up. */
  async leave(context: WriteContext, gone: readonly unknown[], now: Instant): Promise<void> {
    const leaving = countKeys(gone);
    if (leaving.size === 0) return;
    const keys = sortedKeys(leaving);
    const { connection } = context;
    await connection.run(lock, texts(keys));
    await connection.run(leave, texts(keys), wholeNumbers(keys.map((key) => leaving.get(key))));
    await this.tidy(context, keys);
    if ((await connection.run(callFirst, texts(keys), texts(keys.map(inFifo)))) > 0) context.runDue(now);
  }
}

function countKeys(keys: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) if (typeof key === "string") counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Rows are always locked in this order, so that nobody waits in a circle. */
export function sortedKeys(keys: ReadonlyMap<string, unknown>): string[] {
  return Array.from(keys.keys()).sort();
}
