// Looks a SQLite database over without changing it: is the file intact, does what is counted agree with what is there, does
// anything wait for something that will never come.
import type { Instant } from "../base/clock.ts";
import {
  judgeBacklog,
  judgeLeases,
  judgeProcesses,
  judgeSchema,
  judgeSubscriptions,
  type Finding,
} from "../storage/inspection.ts";
import { cursorReads } from "./sqlite-cursors.ts";
import type { Connection } from "./connection.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { migrations } from "./migrate.ts";

/** Runs in the reader thread; the integrity check reads the whole file. */
export function inspect(connection: Connection, now: Instant): Finding[] {
  const applied = appliedMigration(connection);
  const sound = [integrity(connection), judgeSchema(applied, newest)];
  // Tables of another version cannot be asked.
  if (applied !== newest) return sound;
  const readers = judgeSubscriptions(cursorReads(connection).list());
  const parked = connection.all("SELECT id FROM process WHERE parked IS NOT NULL ORDER BY id");
  const processes = judgeProcesses(parked.map((row) => text(row["id"])));
  return [...sound, counts(connection), lanes(connection), ...life(connection, now), readers, processes];
}

const newest = migrations.at(-1)?.id ?? 0;

function appliedMigration(connection: Connection): number | undefined {
  const isThere = connection.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'");
  return isThere === undefined
    ? undefined
    : integer(connection.get("SELECT max(id) AS id FROM migration")?.["id"]);
}

function integrity(connection: Connection): Finding {
  const [row] = connection.all("PRAGMA integrity_check(1)");
  const answer = text(row?.["integrity_check"]);
  if (answer === "ok") return { what: "integrity", ok: true, detail: "every page of the file is sound" };
  return {
    what: "integrity",
    ok: false,
    detail: answer,
    advice: "stop the server and restore the newest backup",
  };
}

function counts(connection: Connection): Finding {
  const tally = new Map(
    connection.all("SELECT name, value FROM tally").map((row) => [text(row["name"]), integer(row["value"])]),
  );
  const counted = [
    ["live", "SELECT count(*) AS n FROM run"],
    ["running", "SELECT count(*) AS n FROM run WHERE place IS NULL"],
    ["succeeded", "SELECT count(*) AS n FROM run_history WHERE state = 'succeeded'"],
    ["failed", "SELECT count(*) AS n FROM run_history WHERE state = 'failed'"],
    ["cancelled", "SELECT count(*) AS n FROM run_history WHERE state = 'cancelled'"],
  ] as const;
  const wrong = counted.flatMap(([name, sql]) => {
    const there = integer(connection.get(sql)?.["n"]);
    const kept = tally.get(name) ?? 0;
    return there === kept ? [] : [`${name} is counted as ${kept}, but ${there} are there`];
  });
  if (wrong.length === 0)
    return { what: "counts", ok: true, detail: "what is counted agrees with what is there" };
  return {
    what: "counts",
    ok: false,
    detail: wrong.join("; "),
    advice: "this is a fault of Escapement: please report it with this text",
  };
}

/** A run parked in a lane whose seats are all free would wait for ever. */
function lanes(connection: Connection): Finding {
  const stuck = connection.all(
    `SELECT DISTINCT substr(place, 6) AS key FROM run WHERE place >= 'lane:' AND place < 'lane;'
     AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.key = substr(run.place, 6) AND lane.seats > 0)`,
  );
  if (stuck.length === 0)
    return { what: "lanes", ok: true, detail: "whatever waits for its turn has somebody before it" };
  const keys = stuck.map((row) => JSON.stringify(text(row["key"]))).join(", ");
  return {
    what: "lanes",
    ok: false,
    detail: `nobody runs in ${keys}, but somebody waits`,
    advice: "cancel and enqueue those runs again, and report it",
  };
}

const holdings = `SELECT node, lease_until, (SELECT count(*) FROM run WHERE run.node = lease.node) AS runs FROM lease
  UNION ALL SELECT node, NULL, count(*) FROM run
  WHERE node IS NOT NULL AND place IS NULL AND node NOT IN (SELECT node FROM lease) GROUP BY node`;
const backlog = `SELECT count(*) AS runs, min(due_at) AS oldest, (SELECT min(next_due) FROM task) AS next
  FROM run WHERE place = '' AND due_at <= ?1
  AND NOT EXISTS (SELECT 1 FROM switch WHERE scope = 'all' AND (until IS NULL OR until > ?1))`;

function life(connection: Connection, now: Instant): readonly Finding[] {
  const held = connection.all(holdings).map((row) => ({
    node: text(row["node"]),
    leaseUntil: maybe(row, "lease_until"),
    runs: integer(row["runs"]),
  }));
  const row = connection.get(backlog, now) ?? {};
  const waiting = {
    runs: integer(row["runs"]),
    oldestDueAt: maybe(row, "oldest"),
    nextTaskDueAt: maybe(row, "next"),
  };
  const isAnybodyThere = held.some(({ leaseUntil = 0 }) => leaseUntil > now);
  return [judgeLeases(held, now), ...judgeBacklog(waiting, { now, isAnybodyThere })];
}

function maybe(row: Row, column: string): number | undefined {
  const value = row[column];
  return typeof value === "number" ? value : undefined;
}
