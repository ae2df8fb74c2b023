// Processes in SQLite: the reading verbs. What a fork shares with its origin is read where it is kept.
import { chainStart } from "../process/chain.ts";
import {
  decodeFold,
  decodeMessage,
  decodeProcess,
  decodeSnapshot,
  idsOfName,
  stretchesOf,
} from "../storage/process-row.ts";
import type {
  FoldRecord,
  MessageRecord,
  ProcessRecord,
  ProcessStorage,
  StateSource,
} from "../storage/processes.ts";
import type { Page } from "../storage/runs.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";

type Input<Verb extends keyof ProcessStorage> = Parameters<ProcessStorage[Verb]>[0];

export interface ProcessReads {
  waiting(request: Input<"waiting">): readonly { readonly process: string; readonly head: number }[];
  messages(request: Input<"messages">): readonly MessageRecord[];
  folds(request: Input<"folds">): readonly FoldRecord[];
  state(request: Input<"state">): StateSource;
  get(request: Input<"get">): readonly ProcessRecord[];
  list(filter: Input<"list">): Page<ProcessRecord>;
}

const waiting = "SELECT id, head FROM process WHERE node = ? AND head > folded";
const messagesOf = "SELECT * FROM message WHERE process = ? AND slot BETWEEN ? AND ? ORDER BY slot";
/** The first fold may begin before the slot. */
const foldsOf = `SELECT * FROM fold WHERE process = ?1 AND slot <= ?3 AND slot >= coalesce(
  (SELECT slot FROM fold WHERE process = ?1 AND slot <= ?2 ORDER BY slot DESC LIMIT 1), ?2) ORDER BY slot`;
const nearest = "SELECT * FROM snapshot WHERE process = ? AND slot <= ? ORDER BY slot DESC LIMIT 1";
/** Inputs handed over at once, in characters, beside the first. */
const enoughText = 4_194_304;

export function processReads(connection: Connection): ProcessReads {
  return {
    waiting: ({ node }) =>
      connection
        .all(waiting, node)
        .map((row) => ({ process: text(row["id"]), head: integer(row["head"]) })),
    messages: (request) => readMessages(connection, request),
    folds: ({ process, from, to }) =>
      stretchesOf(descent(connection, process), from, to).flatMap((stretch) =>
        connection.all(foldsOf, stretch.process, stretch.from, stretch.to).map(decodeFold),
      ),
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

export function readMessages(
  connection: Connection,
  { process, from, limit }: Input<"messages">,
): readonly MessageRecord[] {
  const found: MessageRecord[] = [];
  let size = 0;
  for (const stretch of stretchesOf(descent(connection, process), from, from + limit - 1)) {
    const rows = connection
      .prepare(messagesOf)
      .iterate(stretch.process, stretch.from, stretch.to);
    for (const row of rows) {
      const message = decodeMessage(row, process);
      size += message.input.length;
      if (found.length > 0 && size > enoughText) return found;
      found.push(message);
    }
  }
  return found;
}

/** The snapshot is the last of the stretch that holds the slot, so nothing before that stretch is needed. */
export function readState(connection: Connection, { process, at }: Input<"state">): StateSource {
  const [stretch] = stretchesOf(descent(connection, process), at, at);
  // Where a process begins there is no slot.
  const owner = stretch?.process ?? process;
  const row = connection.get(nearest, owner, at);
  if (row === undefined) return { folds: [] };
  const snapshot = decodeSnapshot(row);
  const folds = connection.all(
    "SELECT * FROM fold WHERE process = ? AND slot > ? AND slot <= ? ORDER BY slot",
    owner,
    snapshot.slot,
    at,
  );
  return { snapshot, folds: folds.map(decodeFold) };
}

/** The chain of the slot in front. */
export function chainBefore(connection: Connection, process: string, slot: number): string {
  const [before] = readMessages(connection, { process, from: slot - 1, limit: 1 });
  return slot === 0 || before === undefined ? chainStart : before.chain;
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
    .all(
      `SELECT * FROM process WHERE ${where.join(" AND ")} ORDER BY id LIMIT ?`,
      ...values,
      limit + 1,
    )
    .map(decodeProcess);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
}
