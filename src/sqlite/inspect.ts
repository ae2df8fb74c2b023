// Looks a SQLite database over without changing it: is the file intact, does what is counted agree with what is there, does
// anything wait for something that will never come.
import type { Finding } from "../storage/inspection.ts";
import type { Connection } from "./connection.ts";
import { integer, text } from "../storage/row.ts";
import { migrations } from "./migrate.ts";

/** Runs in the reader thread; the integrity check reads the whole file. */
export function inspect(connection: Connection): Finding[] {
  return [integrity(connection), schema(connection), counts(connection), lanes(connection), lag(connection)];
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

function schema(connection: Connection): Finding {
  const applied = integer(connection.get("SELECT max(id) AS id FROM migration")?.["id"]);
  const known = migrations.at(-1)?.id ?? 0;
  return {
    what: "schema",
    ok: applied === known,
    detail: `migration ${applied} of ${known}`,
    ...(applied === known ? {} : { advice: "run escapement migrate" }),
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

function lag(connection: Connection): Finding {
  const row = connection.get("SELECT count(*) AS n, min(due_at) AS oldest FROM run WHERE place = ''");
  const waiting = integer(row?.["n"]);
  const oldest =
    typeof row?.["oldest"] === "number" ? `, the oldest due at ${new Date(row["oldest"]).toISOString()}` : "";
  return { what: "queue", ok: true, detail: `${waiting} runs stand ready${oldest}` };
}
