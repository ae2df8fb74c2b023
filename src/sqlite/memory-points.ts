// The points of memory in SQLite: the newest, the next, and the newest at some time. Their times never go backwards, so
// the last question is answered by halving.
import type { Instant } from "../base/clock.ts";
import { integer } from "../storage/row.ts";
import type { Connection } from "./connection.ts";

export interface Point {
  readonly seq: number;
  readonly at: Instant;
}

export function pointNow(connection: Connection): number {
  return integer(connection.get("SELECT point FROM memory")?.["point"]);
}

/** Takes so many points for what happens now; returns the last of them. `texts` is how many more records with text there are. */
export function takePoints(connection: Connection, count: number, now: Instant, texts = 0): Point {
  const row = connection.get(
    "UPDATE memory SET point = point + ?, at = max(at, ?), texts = texts + ? RETURNING point, at",
    count,
    Math.round(now),
    texts,
  );
  return { seq: integer(row?.["point"]), at: integer(row?.["at"]) };
}

const sources = [
  "SELECT seq, at FROM record WHERE seq >= ? ORDER BY seq LIMIT 1",
  "SELECT forgotten_seq AS seq, forgotten_at AS at FROM record WHERE forgotten_seq >= ? ORDER BY forgotten_seq LIMIT 1",
  "SELECT seq, at FROM ref_log WHERE seq >= ? ORDER BY seq LIMIT 1",
];

/** The newest point whose time is not later; 0 when there was none yet. */
export function pointAt(connection: Connection, at: Instant): number {
  return Math.max(...sources.map((sql) => newestAt(connection, sql, at)));
}

function newestAt(connection: Connection, sql: string, at: Instant): number {
  let found = 0;
  let low = 0;
  let high = pointNow(connection);
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const row = connection.get(sql, middle);
    const seq = row === undefined ? Number.POSITIVE_INFINITY : integer(row["seq"]);
    if (row === undefined || seq > high || integer(row["at"]) > at) high = middle - 1;
    else {
      found = seq;
      low = seq + 1;
    }
  }
  return found;
}
