// The points of memory in PostgreSQL. Whoever takes one holds the row of `memory` until the commit: so everything that
// changes memory goes one after the other, and what it decides by stays true.
import type { Instant } from "../base/clock.ts";
import { integer } from "../storage/row.ts";
import { whole } from "./columns.ts";
import type { Connection } from "./connection.ts";

export interface Point {
  readonly seq: number;
  readonly at: Instant;
}

/** The last of so many new points; with 0 only nobody else takes one until the commit. `texts` is how many more records with text there are. */
export async function takePoints(
  connection: Connection,
  count: number,
  now: Instant,
  texts = 0,
): Promise<Point> {
  const row = await connection.get(
    "SELECT seq, at FROM escapement.take_points($1, $2, $3)",
    count,
    whole(now),
    texts,
  );
  return { seq: integer(row?.["seq"]), at: integer(row?.["at"]) };
}

const newest = "SELECT point FROM escapement.memory";
const newestAt = `SELECT greatest(
  (SELECT seq FROM escapement.record WHERE at <= $1 ORDER BY at DESC, seq DESC LIMIT 1),
  (SELECT max(forgotten_seq) FROM escapement.record WHERE forgotten_seq IS NOT NULL AND forgotten_at <= $1),
  (SELECT seq FROM escapement.ref_log WHERE at <= $1 ORDER BY at DESC, seq DESC LIMIT 1), 0) AS point`;

export async function pointNow(connection: Connection): Promise<number> {
  return integer((await connection.get(newest))?.["point"]);
}

/** The newest point whose time is not later; 0 when there was none yet. */
export async function pointAt(connection: Connection, at: Instant): Promise<number> {
  return integer((await connection.get(newestAt, whole(at)))?.["point"]);
}
