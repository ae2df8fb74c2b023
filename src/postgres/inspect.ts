// Looks a PostgreSQL schema over without changing it: does what is counted agree with what is there, does anything wait
// for something that will never come, is work taken. All in one snapshot, so that work going on disturbs nothing.
import type { Finding } from "../storage/inspection.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { migrations } from "./migrate.ts";

const newest = "SELECT max(id) AS id FROM escapement.migration";
const there = `SELECT 'live' AS name, count(*) AS n FROM escapement.run
  UNION ALL SELECT 'running', count(*) FROM escapement.run WHERE node IS NOT NULL
  UNION ALL SELECT states.state, count(run.id) FROM unnest(ARRAY['succeeded', 'failed', 'cancelled']) AS states (state)
    LEFT JOIN escapement.run_history AS run ON run.state = states.state GROUP BY states.state`;
const counted = "SELECT name, sum(value)::bigint AS n FROM escapement.tally GROUP BY name";
/** A run parked in a lane whose seats are all free would wait for ever. */
const stuck = `SELECT DISTINCT substr(place, 6) AS key FROM escapement.run WHERE place >= 'lane:' AND place < 'lane;' AND node IS NULL
  AND NOT EXISTS (SELECT 1 FROM escapement.lane WHERE lane.key = substr(run.place, 6) AND lane.seats > 0)`;
/** Runs under the name of a node that holds no lease would never be taken over. */
const orphans =
  "SELECT node, count(*) AS n FROM escapement.run WHERE node IS NOT NULL AND node NOT IN (SELECT node FROM escapement.lease) GROUP BY node";
const line =
  "SELECT count(*) AS n, min(due_at) AS oldest FROM escapement.run WHERE place = '' AND node IS NULL";
/** A transaction that stays open keeps what was deleted from being cleaned up: every claim walks past it. */
const openLong = `SELECT pid, extract(epoch FROM now() - xact_start)::bigint AS seconds FROM pg_stat_activity
  WHERE backend_xmin IS NOT NULL AND xact_start < now() - interval '5 minutes' ORDER BY xact_start LIMIT 1`;

export async function inspect(connection: Connection): Promise<Finding[]> {
  await connection.exec("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    return [
      schema(await connection.get(newest)),
      counts(await connection.all(there), await connection.all(counted)),
      lanes(await connection.all(stuck)),
      nodes(await connection.all(orphans)),
      queue(await connection.get(line)),
      horizon(await connection.get(openLong)),
    ];
  } finally {
    await connection.exec("COMMIT");
  }
}

function schema(row: Row | undefined): Finding {
  const applied = integer(row?.["id"]);
  const known = migrations.at(-1)?.id ?? 0;
  const detail = `migration ${applied} of ${known}`;
  if (applied === known) return { what: "schema", ok: true, detail };
  return { what: "schema", ok: false, detail, advice: "run escapement migrate" };
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

function nodes(rows: readonly Row[]): Finding {
  if (rows.length === 0)
    return { what: "leases", ok: true, detail: "whatever runs stands under the lease of a node" };
  const held = rows
    .map((row) => `${integer(row["n"])} runs of ${JSON.stringify(text(row["node"]))}`)
    .join(", ");
  const advice = "start a node of that name, or cancel the runs";
  return { what: "leases", ok: false, detail: `nobody holds a lease for ${held}`, advice };
}

function queue(row: Row | undefined): Finding {
  const oldest =
    typeof row?.["oldest"] === "number" ? `, the oldest due at ${new Date(row["oldest"]).toISOString()}` : "";
  return { what: "queue", ok: true, detail: `${integer(row?.["n"])} runs stand ready${oldest}` };
}

function horizon(row: Row | undefined): Finding {
  if (row === undefined)
    return { what: "transactions", ok: true, detail: "none has been open for more than five minutes" };
  const detail = `process ${String(row["pid"])} has had one open for ${integer(row["seconds"])} seconds`;
  const advice = "end it: what was deleted meanwhile cannot be cleaned up, and claims slow down";
  return { what: "transactions", ok: false, detail, advice };
}
