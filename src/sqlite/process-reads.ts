// Processes in SQLite: the reading verbs. What a fork shares with its origin is read where it is kept.
import {
  decodeFold,
  decodeHistory,
  decodeProcess,
  decodeSnapshot,
  idsOfName,
  stretchesOf,
} from "../storage/process-row.ts";
import type { HistoryRecord, ProcessRecord, ProcessStorage, StateSource } from "../storage/processes.ts";
import type { Page } from "../storage/runs.ts";
import { text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";

type Input<Verb extends keyof ProcessStorage> = Parameters<ProcessStorage[Verb]>[0];

export interface ProcessReads {
  history(request: Input<"history">): readonly HistoryRecord[];
  state(request: Input<"state">): StateSource;
  get(request: Input<"get">): readonly ProcessRecord[];
  list(filter: Input<"list">): Page<ProcessRecord>;
}

/** The first fold may begin before the slot. */
const foldsOf = `SELECT * FROM fold WHERE process = ?1 AND slot <= ?3 AND slot >= coalesce(
  (SELECT slot FROM fold WHERE process = ?1 AND slot <= ?2 ORDER BY slot DESC LIMIT 1), ?2) ORDER BY slot`;
const foldsBehind = "SELECT * FROM fold WHERE process = ? AND slot > ? AND slot <= ? ORDER BY slot";
const nearest = "SELECT * FROM snapshot WHERE process = ? AND slot <= ? ORDER BY slot DESC LIMIT 1";
/** Read at once, in characters, beside the first row. */
const enoughText = 4_194_304;

export function processReads(connection: Connection): ProcessReads {
  return {
    history: (request) => readHistory(connection, request),
    state: (request) => readState(connection, request),
    get: ({ ids }) => ids.flatMap((id) => getProcess(connection, id) ?? []),
    list: (filter) => listProcesses(connection, filter),
  };
}

export function getProcess(connection: Connection, id: string): ProcessRecord | undefined {
  const row = connection.get("SELECT * FROM process WHERE id = ?", id);
  return row === undefined ? undefined : decodeProcess(row);
}

/** The process, the one from which it was forked, and so on. */
function descent(connection: Connection, id: string): readonly ProcessRecord[] {
  const line: ProcessRecord[] = [];
  for (let next: string | undefined = id; next !== undefined; next = line.at(-1)?.forkedFrom) {
    const process = getProcess(connection, next);
    if (process === undefined) break;
    line.push(process);
  }
  return line;
}

export function readHistory(
  connection: Connection,
  { process, from, limit }: Input<"history">,
): readonly HistoryRecord[] {
  const found: HistoryRecord[] = [];
  let size = 0;
  for (const stretch of stretchesOf(descent(connection, process), from, from + limit - 1)) {
    for (const row of connection.prepare(foldsOf).iterate(stretch.process, stretch.from, stretch.to)) {
      size += text(row["messages"]).length + text(row["entries"]).length;
      if (found.length > 0 && size > enoughText) return found;
      found.push(decodeHistory(row));
    }
  }
  return found;
}

/** Where a process was forked there is a snapshot, so nothing is needed of another than the one that keeps the slot. */
export function readState(connection: Connection, { process, at }: Input<"state">): StateSource {
  const [stretch] = stretchesOf(descent(connection, process), at, at);
  const owner = at < 0 ? undefined : stretch?.process;
  if (owner === undefined) return { folds: [] };
  const row = connection.get(nearest, owner, at);
  const snapshot = row === undefined ? undefined : decodeSnapshot(row);
  const folds = connection.all(foldsBehind, owner, snapshot?.slot ?? -1, at).map(decodeFold);
  return snapshot === undefined ? { folds } : { snapshot, folds };
}

function listProcesses(connection: Connection, { name, after, limit }: Input<"list">): Page<ProcessRecord> {
  const where = ["1"];
  const values: string[] = [];
  if (name !== undefined) {
    where.push("id >= ?", "id < ?");
    values.push(...idsOfName(name));
  }
  if (after !== undefined) {
    where.push("id > ?");
    values.push(after);
  }
  const rows = connection
    .all(`SELECT * FROM process WHERE ${where.join(" AND ")} ORDER BY id LIMIT ?`, ...values, limit + 1)
    .map(decodeProcess);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
}
