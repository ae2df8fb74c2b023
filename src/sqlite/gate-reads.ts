// Gates in SQLite: the reading verbs, and the search for what a release would let go. Work that waits before a gate and
// work that no claim has looked at yet are one line, oldest first, whatever its priority.
import type { Instant } from "../base/clock.ts";
import { holdOf, type Controls } from "../run/controls.ts";
import { refusalOf, type Gate } from "../run/gate.ts";
import { behindGate, ready } from "../run/place.ts";
import { candidateOf } from "../storage/flow-row.ts";
import {
  decodeGate,
  decodeHeld,
  inOrderOfAge,
  pendingOf,
  splitScope,
  type Found,
} from "../storage/gate-row.ts";
import type { GateStorage, PendingWork } from "../storage/gate.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { loadControls } from "./sqlite-control.ts";

export interface GateReads {
  pending(request: Parameters<GateStorage["pending"]>[0]): PendingWork;
  list(): readonly Gate[];
}

const pageSize = 64;
const columns = "id, action, task_id, cluster, scheduled_for, due_at, lanes, rates, permit";
/** One value of priority in one place is in order already. */
const inPlace = `SELECT ${columns} FROM run WHERE place = ? AND priority = ? AND due_at <= ? AND permit IS NULL
  AND (due_at, id) > (?, ?)`;
const order = "ORDER BY due_at, id LIMIT ?";
const ofPlace = `${inPlace} ${order}`;
const ofAction = `${inPlace} AND action = ? ${order}`;
/** A task has few runs at a time. */
const ofTask = `SELECT ${columns} FROM run WHERE task_id = ? AND +place IN (SELECT value FROM json_each(?)) AND due_at <= ?
  AND permit IS NULL AND (due_at, id) > (?, ?) ${order}`;
/** What a claim has parked behind a switch or a cluster waits as well, but for those to be lifted. */
const parked = `SELECT 1 FROM run WHERE ((place >= 'switch:' AND place < 'switch;') OR (place >= 'cluster:' AND place < 'cluster;'))
  AND due_at <= ? AND permit IS NULL AND (? = 'all' OR 'action:' || action = ? OR 'task:' || task_id = ?) LIMIT 1`;

export function gateReads(connection: Connection): GateReads {
  return {
    list: () => connection.all("SELECT * FROM gate ORDER BY scope").map(decodeGate),
    pending: ({ scope, now }) => {
      const controls = loadControls(connection);
      const movedAt = readMovedAt(connection, scope);
      const refusal = refusalOf(scope, undefined, { controls, now, movedAt });
      const found = refusal === undefined ? findHeld(connection, scope, controls, now) : { isKilled: false };
      return pendingOf(movedAt, refusal, found);
    },
  };
}

export function readMovedAt(connection: Connection, scope: string): number {
  const row = connection.get(
    "SELECT coalesce(max(seq), 0) AS seq FROM gate_move WHERE scope IN (?, '')",
    scope,
  );
  return integer(row?.["seq"]);
}

/** The oldest due work of a scope that nothing but gates holds. */
export function findHeld(connection: Connection, scope: string, controls: Controls, now: Instant): Found {
  let isKilled = false;
  let after: Mark = [Number.MIN_SAFE_INTEGER, ""];
  for (;;) {
    const rows = heldPage(connection, scope, { places: placesOf(controls), now, after });
    for (const row of rows) {
      if (holdOf(controls, candidateOf(row), now) === undefined) return { held: decodeHeld(row), isKilled };
      isKilled = true;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize)
      return { isKilled: isKilled || connection.get(parked, now, scope, scope, scope) !== undefined };
    after = [integer(last["due_at"]), text(last["id"])];
  }
}

type Mark = readonly [dueAt: Instant, id: string];

interface PageOf {
  readonly places: readonly string[];
  readonly now: Instant;
  readonly after: Mark;
}

function placesOf(controls: Controls): string[] {
  return [ready, ...Array.from(controls.gates.keys(), behindGate)];
}

function heldPage(connection: Connection, scope: string, { places, now, after }: PageOf): Row[] {
  const [kind, name] = splitScope(scope);
  if (kind === "task") return connection.all(ofTask, name, JSON.stringify(places), now, ...after, pageSize);
  if (kind === "process") return [];
  const rows = places.flatMap((place) =>
    prioritiesOf(connection, place).flatMap((priority) =>
      kind === "action"
        ? connection.all(ofAction, place, priority, now, ...after, name, pageSize)
        : connection.all(ofPlace, place, priority, now, ...after, pageSize),
    ),
  );
  return inOrderOfAge(rows).slice(0, pageSize);
}

function prioritiesOf(connection: Connection, place: string): number[] {
  const found: number[] = [];
  for (let below = Number.MAX_SAFE_INTEGER; ; below = found.at(-1) ?? 0) {
    const row = connection.get(
      "SELECT max(priority) AS priority FROM run WHERE place = ? AND priority < ?",
      place,
      below,
    );
    if (typeof row?.["priority"] !== "number") return found;
    found.push(row["priority"]);
  }
}
