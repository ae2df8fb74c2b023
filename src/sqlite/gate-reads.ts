// Gates in SQLite: the reading verbs, and the search for what a release would let go. Work that waits before a gate and
// work that no claim has looked at yet are one line, oldest first, whatever its priority.
import type { Instant } from "../base/clock.ts";
import { holdOf, type Controls } from "../run/controls.ts";
import { refusalOf, type Gate } from "../run/gate.ts";
import { behindGate, ready } from "../run/place.ts";
import { candidateOf } from "../storage/flow-row.ts";
import {
  decodeGate,
  decodeHeldMessage,
  decodeHeldRun,
  firstPage,
  inOrderOfAge,
  nextPage,
  olderOf,
  pendingOf,
  splitScope,
  type Found,
  type FoundRun,
} from "../storage/gate-row.ts";
import type { GateStorage, PendingWork } from "../storage/gate.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { loadControls } from "./sqlite-control.ts";

export interface GateReads {
  pending(request: Parameters<GateStorage["pending"]>[0]): PendingWork;
  list(): readonly Gate[];
}

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
/** The messages that each process would handle next stand in the order in which they came. */
const oldestMessage = `SELECT m.process, m.slot, m.id, m.name, m.at FROM message AS m CROSS JOIN process AS p ON p.id = m.process
  WHERE m.slot = max(p.folded, coalesce(p.permit + 1, 0)) AND p.parked IS NULL AND (? = 'all' OR p.name = ? OR p.id = ?)
  ORDER BY m.seq LIMIT 1`;

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
  const [kind, name] = splitScope(scope);
  const isOfProcesses = kind === "process";
  const { run, isKilled } = isOfProcesses
    ? { run: undefined, isKilled: false }
    : findRun(connection, scope, controls, now);
  const row = isOfProcesses || kind === "all" ? connection.get(oldestMessage, kind, name, name) : undefined;
  const held = olderOf(run, row === undefined ? undefined : decodeHeldMessage(row));
  return held === undefined ? { isKilled } : { held, isKilled };
}

function findRun(connection: Connection, scope: string, controls: Controls, now: Instant): FoundRun {
  let isKilled = false;
  let after: Mark = [Number.MIN_SAFE_INTEGER, ""];
  for (let size = firstPage; ; size = nextPage(size)) {
    const rows = heldPage(connection, scope, { places: placesOf(controls), now, after, size });
    for (const row of rows) {
      if (holdOf(controls, candidateOf(row), now) === undefined) return { run: decodeHeldRun(row), isKilled };
      isKilled = true;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < size)
      return { isKilled: isKilled || connection.get(parked, now, scope, scope, scope) !== undefined };
    after = [integer(last["due_at"]), text(last["id"])];
  }
}

type Mark = readonly [dueAt: Instant, id: string];

interface PageOf {
  readonly places: readonly string[];
  readonly now: Instant;
  readonly after: Mark;
  readonly size: number;
}

function placesOf(controls: Controls): string[] {
  return [ready, ...Array.from(controls.gates.keys(), behindGate)];
}

function heldPage(connection: Connection, scope: string, { places, now, after, size }: PageOf): Row[] {
  const [kind, name] = splitScope(scope);
  if (kind === "task") return connection.all(ofTask, name, JSON.stringify(places), now, ...after, size);
  const rows = places.flatMap((place) =>
    prioritiesOf(connection, place).flatMap((priority) =>
      kind === "action"
        ? connection.all(ofAction, place, priority, now, ...after, name, size)
        : connection.all(ofPlace, place, priority, now, ...after, size),
    ),
  );
  return inOrderOfAge(rows).slice(0, size);
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
