// Processes in SQLite: the reading verbs. What a fork shares with its origin is read where it is kept.
import {
  cutHistory,
  decodeFold,
  decodeHistory,
  decodeProcess,
  decodeSnapshot,
  idsOfName,
  keeperOf,
  stretchesOf,
} from "../storage/process-row.ts";
import type { HistoryRecord, ProcessRecord, ProcessStorage, StateSource } from "../storage/processes.ts";
import { text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";

type Input<Verb extends keyof ProcessStorage> = Parameters<ProcessStorage[Verb]>[0];

export interface ProcessReads {
  history(request: Input<"history">): readonly HistoryRecord[];
  state(request: Input<"state">): StateSource | undefined;
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
  };
}

/** Its row, which is behind while messages wait. */
export function findProcess(connection: Connection, id: string): Row | undefined {
  return connection.get("SELECT * FROM process WHERE id = ?", id);
}

/** The process, the one from which it was forked, and so on. */
function descent(connection: Connection, id: string): readonly ProcessRecord[] {
  const line: ProcessRecord[] = [];
  for (let next: string | undefined = id; next !== undefined; next = line.at(-1)?.forkedFrom) {
    const row = findProcess(connection, next);
    if (row === undefined) break;
    line.push(decodeProcess(row));
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
      found.push(cutHistory(decodeHistory(row), stretch.end));
    }
  }
  return found;
}

export function readState(
  connection: Connection,
  { process, at: asked }: Input<"state">,
): StateSource | undefined {
  const line = descent(connection, process);
  const folded = line[0]?.folded;
  if (folded === undefined) return undefined;
  const at = asked ?? folded - 1;
  const keeper = keeperOf(line, at);
  if (keeper === undefined) return { folded, folds: [] };
  const row = connection.get(nearest, keeper, at);
  const snapshot = row === undefined ? undefined : decodeSnapshot(row);
  const folds = connection.all(foldsBehind, keeper, snapshot?.slot ?? -1, at).map(decodeFold);
  return snapshot === undefined ? { folded, folds } : { folded, snapshot, folds };
}

/** One more than asked for, when there are. */
export function listProcesses(connection: Connection, { name, after, limit }: Input<"list">): Row[] {
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
  return connection.all(
    `SELECT * FROM process WHERE ${where.join(" AND ")} ORDER BY id LIMIT ?`,
    ...values,
    limit + 1,
  );
}
