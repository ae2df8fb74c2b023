// The search in PostgreSQL for what a gate's release would let go. Work that waits before a gate and work that no claim has
// looked at yet are one line, oldest first, whatever its priority.
import type { Instant } from "../base/clock.ts";
import { holdOf, type Controls } from "../run/controls.ts";
import { behindGate, ready } from "../run/place.ts";
import { candidateOf } from "../storage/flow-row.ts";
import {
  decodeHeldMessage,
  decodeHeldRun,
  firstPage,
  inOrderOfAge,
  nextPage,
  olderOf,
  splitScope,
  type Found,
  type FoundRun,
} from "../storage/gate-row.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { texts } from "./columns.ts";
import type { Connection } from "./connection.ts";

const columns = "id, action, task_id, cluster, scheduled_for, due_at, lanes, rates, permit";
const inPlaces = `SELECT ${columns} FROM escapement.held_runs($1::text[], $2, $3::bigint, $4::bigint, $5, $6)`;
/** A task has few runs at a time. */
const ofTask = `SELECT ${columns} FROM escapement.run WHERE task_id = $2 AND place = ANY ($1::text[]) AND due_at <= $3
  AND (due_at, id) > ($4::bigint, $5) AND node IS NULL AND permit IS NULL ORDER BY due_at, id LIMIT $6`;
/** What a claim has parked behind a switch or a cluster waits as well, but for those to be lifted. */
const parked = `SELECT 1 FROM escapement.run WHERE ((place >= 'switch:' AND place < 'switch;') OR (place >= 'cluster:' AND place < 'cluster;'))
  AND due_at <= $1 AND node IS NULL AND permit IS NULL
  AND ($2 = 'all' OR 'action:' || action = $2 OR 'task:' || task_id = $2) LIMIT 1`;

/** The message that each process with work would handle next. */
const oldestMessage = `SELECT m.process, m.slot, m.id, m.name, m.at FROM (
    SELECT * FROM escapement.process WHERE waiting IS NOT NULL
    UNION SELECT * FROM escapement.process WHERE gate IS NOT NULL
    UNION SELECT * FROM escapement.process WHERE node IS NOT NULL
  ) AS p, LATERAL (SELECT * FROM escapement.message WHERE message.process = p.id
    AND message.slot = greatest(p.folded, coalesce(p.permit + 1, 0)) LIMIT 1) AS m
  WHERE p.parked IS NULL AND ($1 = 'all' OR p.name = $2 OR p.id = $2) ORDER BY m.at, m.process LIMIT 1`;

/** The oldest due work of a scope that nothing but gates holds. */
export async function findHeld(
  connection: Connection,
  scope: string,
  controls: Controls,
  now: Instant,
): Promise<Found> {
  const [kind, name] = splitScope(scope);
  const isOfProcesses = kind === "process";
  const { run, isKilled } = isOfProcesses
    ? { run: undefined, isKilled: false }
    : await findRun(connection, scope, controls, now);
  const row = isOfProcesses || kind === "all" ? await connection.get(oldestMessage, kind, name) : undefined;
  const held = olderOf(run, row === undefined ? undefined : decodeHeldMessage(row));
  return held === undefined ? { isKilled } : { held, isKilled };
}

async function findRun(
  connection: Connection,
  scope: string,
  controls: Controls,
  now: Instant,
): Promise<FoundRun> {
  const places = texts([ready, ...Array.from(controls.gates.keys(), behindGate)]);
  let isKilled = false;
  let after: readonly [Instant, string] = [Number.MIN_SAFE_INTEGER, ""];
  for (let size = firstPage; ; size = nextPage(size)) {
    const rows = await heldPage(connection, scope, [places, Math.round(now), ...after, size]);
    for (const row of rows) {
      if (holdOf(controls, candidateOf(row), now) === undefined) return { run: decodeHeldRun(row), isKilled };
      isKilled = true;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < size)
      return {
        isKilled: isKilled || (await connection.get(parked, Math.round(now), scope)) !== undefined,
      };
    after = [integer(last["due_at"]), text(last["id"])];
  }
}

type PageOf = readonly [places: string, now: Instant, dueAt: Instant, id: string, size: number];

async function heldPage(connection: Connection, scope: string, page: PageOf): Promise<Row[]> {
  const [places, ...rest] = page;
  const [kind, name] = splitScope(scope);
  if (kind === "task") return connection.all(ofTask, places, name, ...rest);
  const rows = await connection.all(inPlaces, places, kind === "action" ? name : null, ...rest);
  return inOrderOfAge(rows).slice(0, page[4]);
}
