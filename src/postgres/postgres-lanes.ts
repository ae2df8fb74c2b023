// The seats of lanes in PostgreSQL: counted per key, given back when a run leaves, and offered to the next in line.
// A lane's row is locked by whoever takes or leaves a seat, so a claim that finds it full cannot miss one that is left.
import type { Instant } from "../base/clock.ts";
import type { Lane, SeatBook } from "../run/lane.ts";
import { inLane } from "../run/place.ts";
import { ownLine } from "../storage/own-line.ts";
import { integer, text } from "../storage/row.ts";
import { texts, wholeNumbers } from "./columns.ts";
import { sortedKeys } from "./postgres-fifo.ts";
import type { WriteContext } from "./write-context.ts";

/** Makes the rows that are missing, locks all of them, and tells their seats. */
const take = `INSERT INTO escapement.lane AS lane (key, seats) SELECT key, 0 FROM unnest($1::text[]) AS key
  ON CONFLICT (key) DO UPDATE SET seats = lane.seats RETURNING key, seats`;
const lock = "SELECT key FROM escapement.lane WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE";
const keep = `UPDATE escapement.lane SET seats = kept.seats FROM unnest($1::text[], $2::integer[]) AS kept (key, seats)
  WHERE lane.key = ANY ($1::text[]) AND lane.key = kept.key AND lane.seats <> kept.seats`;
const leave = `UPDATE escapement.lane SET seats = greatest(0, lane.seats - gone.seats)
  FROM unnest($1::text[], $2::integer[]) AS gone (key, seats) WHERE lane.key = ANY ($1::text[]) AND lane.key = gone.key`;
const tidy = "DELETE FROM escapement.lane WHERE key = ANY ($1::text[]) AND seats = 0";
/** One that is locked is on its way out of the line: the next one is called instead. */
const call = `UPDATE escapement.run SET place = ${ownLine} WHERE id = ANY (ARRAY(
  SELECT next.id FROM unnest($1::text[], $2::integer[]) AS line (place, calls), LATERAL (
    SELECT id FROM escapement.run WHERE run.place = line.place AND node IS NULL
      ORDER BY priority DESC, due_at, id LIMIT line.calls FOR UPDATE SKIP LOCKED) AS next))`;

/** How often something happens to each lane. */
export type LaneCounts = Map<string, number>;

export function countLane(counts: LaneCounts, lane: Lane): void {
  counts.set(lane.key, (counts.get(lane.key) ?? 0) + 1);
}

export class PostgresLanes {
  /** Makes sure that the book knows these lanes, and that nobody else changes them before the commit. */
  async load(context: WriteContext, lanes: readonly Lane[], book: SeatBook): Promise<void> {
    const missing = new Map(lanes.filter((lane) => !book.has(lane.key)).map((lane) => [lane.key, lane]));
    if (missing.size === 0) return;
    for (const row of await context.connection.all(take, texts(sortedKeys(missing))))
      book.set(text(row["key"]), integer(row["seats"]));
  }

  async save(context: WriteContext, book: SeatBook): Promise<void> {
    if (book.size === 0) return;
    const keys = texts([...book.keys()]);
    await context.connection.run(keep, keys, wholeNumbers([...book.values()]));
    await context.connection.run(tidy, keys);
  }

  /** Seats that are left, and then the next of each line. */
  async leave(context: WriteContext, left: LaneCounts, now: Instant): Promise<void> {
    if (left.size === 0) return;
    const keys = sortedKeys(left);
    const { connection } = context;
    await connection.all(lock, texts(keys));
    await connection.run(leave, texts(keys), wholeNumbers(keys.map((key) => left.get(key))));
    await connection.run(tidy, texts(keys));
    await this.callNext(context, left, now);
  }

  /**
   * The first in the line of a lane may be judged again, as many as are given. Also when a run that was called leaves
   * without starting. False when nobody is in these lines.
   */
  async callNext(context: WriteContext, calls: LaneCounts, now: Instant): Promise<boolean> {
    if (calls.size === 0) return false;
    const keys = sortedKeys(calls);
    const counts = wholeNumbers(keys.map((key) => calls.get(key)));
    if ((await context.connection.run(call, texts(keys.map(inLane)), counts)) === 0) return false;
    context.runDue(now);
    return true;
  }
}
