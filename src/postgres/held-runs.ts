// The search in PostgreSQL for what a gate's release would let go. Work that waits before a gate and work that no claim has
// looked at yet are one line, oldest first, whatever its priority.
import type { Instant } from "../base/clock.ts";
import { holdOf, type Controls } from "../run/controls.ts";
import { behindGate, ready } from "../run/place.ts";
import { candidateOf } from "../storage/flow-row.ts";
import { decodeHeld, inOrderOfAge, splitScope, type Found } from "../storage/gate-row.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { texts } from "./columns.ts";
import type { Connection } from "./connection.ts";

const pageSize = 64;
const columns = "id, action, task_id, cluster, scheduled_for, due_at, lanes, rates, permit";
const inPlaces = `SELECT ${columns} FROM escapement.held_runs($1::text[], $2, $3::bigint, $4::bigint, $5, ${pageSize})`;
/** A task has few runs at a time. */
const ofTask = `SELECT ${columns} FROM escapement.run WHERE task_id = $2 AND place = ANY ($1::text[]) AND due_at <= $3
  AND (due_at, id) > ($4::bigint, $5) AND node IS NULL AND permit IS NULL ORDER BY due_at, id LIMIT ${pageSize}`;
/** What a claim has parked behind a switch or a cluster waits as well, but for those to be lifted. */
const parked = `SELECT 1 FROM escapement.run WHERE ((place >= 'switch:' AND place < 'switch;') OR (place >= 'cluster:' AND place < 'cluster;'))
  AND due_at <= $1 AND node IS NULL AND permit IS NULL
  AND ($2 = 'all' OR 'action:' || action = $2 OR 'task:' || task_id = $2) LIMIT 1`;

/** The oldest due work of a scope that nothing but gates holds. */
export async function findHeld(
  connection: Connection,
  scope: string,
  controls: Controls,
  now: Instant,
): Promise<Found> {
  const places = texts([ready, ...Array.from(controls.gates.keys(), behindGate)]);
  let isKilled = false;
  let after: readonly [Instant, string] = [Number.MIN_SAFE_INTEGER, ""];
  for (;;) {
    const rows = await heldPage(connection, scope, [places, Math.round(now), ...after]);
    for (const row of rows) {
      if (holdOf(controls, candidateOf(row), now) === undefined) return { held: decodeHeld(row), isKilled };
      isKilled = true;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize)
      return {
        isKilled: isKilled || (await connection.get(parked, Math.round(now), scope)) !== undefined,
      };
    after = [integer(last["due_at"]), text(last["id"])];
  }
}

type PageOf = readonly [places: string, now: Instant, dueAt: Instant, id: string];

async function heldPage(connection: Connection, scope: string, page: PageOf): Promise<Row[]> {
  const [places, ...rest] = page;
  const [kind, name] = splitScope(scope);
  if (kind === "process") return [];
  if (kind === "task") return connection.all(ofTask, places, name, ...rest);
  const rows = await connection.all(inPlaces, places, kind === "action" ? name : null, ...rest);
  return inOrderOfAge(rows).slice(0, pageSize);
}
