// Looks a PostgreSQL schema over without changing it: does what is counted agree with what is there, does anything wait
// for something that will never come, is work taken. All in one snapshot, so that work going on disturbs nothing.
import type { Instant } from "../base/clock.ts";
import {
  judgeBacklog,
  judgeLeases,
  judgeProcesses,
  judgeSchema,
  judgeSubscriptions,
  type Finding,
} from "../storage/inspection.ts";
import { listCursors } from "./postgres-cursors.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { migrations } from "./migrate.ts";

const exists = "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'migration'";
const applied = "SELECT max(id) AS id FROM escapement.migration";
const there = `SELECT 'live' AS name, count(*) AS n FROM escapement.run
  UNION ALL SELECT 'running', count(*) FROM escapement.run WHERE node IS NOT NULL
  UNION ALL SELECT states.state, count(run.id) FROM unnest(ARRAY['succeeded', 'failed', 'cancelled']) AS states (state)
    LEFT JOIN escapement.run_history AS run ON run.state = states.state GROUP BY states.state`;
const counted = "SELECT name, sum(value)::bigint AS n FROM escapement.tally GROUP BY name";
/** A run parked in a lane whose seats are all free would wait for ever. */
const stuck = `SELECT DISTINCT substr(place, 6) AS key FROM escapement.run WHERE place >= 'lane:' AND place < 'lane;' AND node IS NULL
  AND NOT EXISTS (SELECT 1 FROM escapement.lane WHERE lane.key = substr(run.place, 6) AND lane.seats > 0)`;
const holdings = `SELECT node, lease_until, (SELECT count(*) FROM escapement.run WHERE run.node = lease.node) AS runs FROM escapement.lease
  UNION ALL SELECT node, NULL, count(*) FROM escapement.run
  WHERE node IS NOT NULL AND node NOT IN (SELECT node FROM escapement.lease) GROUP BY node`;
const backlog = `SELECT count(*) AS runs, min(due_at) AS oldest, (SELECT min(next_due) FROM escapement.task) AS next
  FROM escapement.run WHERE place = '' AND node IS NULL AND due_at <= $1
  AND NOT EXISTS (SELECT 1 FROM escapement.switch WHERE scope = 'all' AND (until IS NULL OR until > $1))`;
const parked = "SELECT id FROM escapement.process WHERE parked IS NOT NULL ORDER BY id";
const brokenIndexes = `SELECT indexrelid::regclass::text AS name FROM pg_index
  WHERE NOT indisvalid AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = $1::regnamespace)`;
/** A transaction that stays open keeps what was deleted from being cleaned up: every claim walks past it. */
const openLong = `SELECT pid, extract(epoch FROM now() - xact_start)::bigint AS seconds FROM pg_stat_activity
  WHERE backend_xmin IS NOT NULL AND xact_start < now() - interval '5 minutes' ORDER BY xact_start LIMIT 1`;

export async function inspect(
  connection: Connection,
  { schema, now }: { readonly schema: string; readonly now: Instant },
): Promise<Finding[]> {
  await connection.exec("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    const isThere = (await connection.get(exists, schema)) !== undefined;
    const id = isThere ? integer((await connection.get(applied))?.["id"]) : undefined;
    const newest = migrations.at(-1)?.id ?? 0;
    // Tables of another version cannot be asked.
    if (id !== newest) return [judgeSchema(id, newest)];
    return [
      integrity(await connection.all(brokenIndexes, `"${schema}"`)),
      judgeSchema(id, newest),
      counts(await connection.all(there), await connection.all(counted)),
      lanes(await connection.all(stuck)),
      ...life(await connection.all(holdings), await connection.get(backlog, Math.round(now)), now),
      judgeSubscriptions(await listCursors(connection)),
      judgeProcesses((await connection.all(parked)).map((row) => text(row["id"]))),
      horizon(await connection.get(openLong)),
    ];
  } finally {
    await connection.exec("COMMIT");
  }
}

/** What is on the disk is the server's care; an index that was not finished is said to nobody. */
function integrity(rows: readonly Row[]): Finding {
  const names = rows.map((row) => text(row["name"])).join(", ");
  if (names === "") return { what: "integrity", ok: true, detail: "every index is valid" };
  return { what: "integrity", ok: false, detail: `not valid: ${names}`, advice: "REINDEX them" };
}

function life(held: readonly Row[], waiting: Row = {}, now: Instant): readonly Finding[] {
  const nodes = held.map((row) => ({
    node: text(row["node"]),
    leaseUntil: maybe(row, "lease_until"),
    runs: integer(row["runs"]),
  }));
  const due = {
    runs: integer(waiting["runs"]),
    oldestDueAt: maybe(waiting, "oldest"),
    nextTaskDueAt: maybe(waiting, "next"),
  };
  const isAnybodyThere = nodes.some(({ leaseUntil = 0 }) => leaseUntil > now);
  return [judgeLeases(nodes, now), ...judgeBacklog(due, { now, isAnybodyThere })];
}

function maybe(row: Row, column: string): number | undefined {
  const value = row[column];
  return typeof value === "number" ? value : undefined;
}

function counts(present: readonly Row[], kept: readonly Row[]): Finding {
  const tally = new Map(kept.map((row) => [text(row["name"]), integer(row["n"])]));
  const wrong = present.flatMap((row) => {
    const name = text(row["name"]);
    const sum = tally.get(name) ?? 0;
    return sum === row["n"] ? [] : [`${name} is counted as ${sum}, but ${integer(row["n"])} are there`];
  });
  if (wrong.length === 0)
    return { what: "counts", ok: true, detail: "what is counted agrees with what is there" };
  const advice = "this is a fault of Escapement: please report it with this text";
  return { what: "counts", ok: false, detail: wrong.join("; "), advice };
}

function lanes(rows: readonly Row[]): Finding {
  if (rows.length === 0)
    return { what: "lanes", ok: true, detail: "whatever waits for its turn has somebody before it" };
  const keys = rows.map((row) => JSON.stringify(text(row["key"]))).join(", ");
  const advice = "cancel and enqueue those runs again, and report it";
  return { what: "lanes", ok: false, detail: `nobody runs in ${keys}, but somebody waits`, advice };
}

function horizon(row: Row | undefined): Finding {
  if (row === undefined)
    return { what: "transactions", ok: true, detail: "none has been open for more than five minutes" };
  const detail = `process ${String(row["pid"])} has had one open for ${integer(row["seconds"])} seconds`;
  const advice = "end it: what was deleted meanwhile cannot be cleaned up, and claims slow down";
  return { what: "transactions", ok: false, detail, advice };
}
