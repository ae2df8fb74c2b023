// Processes in PostgreSQL: the reading verbs. What a fork shares with its origin is read where it is kept.
import type { Controls } from "../run/controls.ts";
import { upTo } from "../storage/process-line.ts";
import {
  cutHistory,
  decodeFold,
  decodeMessage,
  decodeProcess,
  decodeSnapshot,
  idsOfName,
  keeperOf,
  stretchesOf,
} from "../storage/process-row.ts";
import type {
  HistoryRecord,
  MessageRecord,
  ProcessRecord,
  ProcessStorage,
  StateSource,
  WaitingProcess,
} from "../storage/processes.ts";
import type { Page } from "../storage/runs.ts";
import { integer, text } from "../storage/row.ts";
import { texts } from "./columns.ts";
import type { Connection } from "./connection.ts";

type Input<Verb extends keyof ProcessStorage> = Parameters<ProcessStorage[Verb]>[0];

/** Read at once, in characters, beside the first row. */
const enoughText = 4_194_304;
const byIds = "SELECT * FROM escapement.process WHERE id = ANY ($1::text[]) ORDER BY id";
const descentOf = `WITH RECURSIVE line AS (
    SELECT *, 0 AS depth FROM escapement.process WHERE id = $1
    UNION ALL SELECT origin.*, line.depth + 1 FROM line JOIN escapement.process AS origin ON origin.id = line.forked_from
  ) SELECT * FROM line ORDER BY depth`;
const heldBy = "SELECT * FROM escapement.process WHERE node = $1 AND head > folded ORDER BY id";
const messagesOf = `SELECT * FROM (
    SELECT *, sum(length(input)) OVER (ORDER BY slot) AS size FROM escapement.message WHERE process = $1 AND slot BETWEEN $2 AND $3
  ) AS part WHERE slot = $2 OR size <= ${enoughText} ORDER BY slot`;
/** All of the folds, however large. */
const messagesOfFolds =
  "SELECT * FROM escapement.message WHERE process = $1 AND slot BETWEEN $2 AND $3 ORDER BY slot";
/** The first fold may begin before the slot. */
const foldsOf = `SELECT * FROM (
    SELECT *, sum(length(entries)) OVER (ORDER BY slot) AS size, row_number() OVER (ORDER BY slot) AS n FROM escapement.fold
    WHERE process = $1 AND slot <= $3 AND slot >= coalesce(
      (SELECT slot FROM escapement.fold WHERE process = $1 AND slot <= $2 ORDER BY slot DESC LIMIT 1), $2)
  ) AS part WHERE n = 1 OR size <= ${enoughText} ORDER BY slot`;
const nearest =
  "SELECT * FROM escapement.snapshot WHERE process = $1 AND slot <= $2 ORDER BY slot DESC LIMIT 1";
const foldsBehind =
  "SELECT * FROM escapement.fold WHERE process = $1 AND slot > $2 AND slot <= $3 ORDER BY slot";

export async function getProcesses(connection: Connection, ids: readonly string[]): Promise<ProcessRecord[]> {
  return (await connection.all(byIds, texts(ids))).map(decodeProcess);
}

export async function waitingProcesses(
  connection: Connection,
  node: string,
  controls: Controls,
): Promise<WaitingProcess[]> {
  const rows = await connection.all(heldBy, node);
  return rows.map((row) => ({
    process: text(row["id"]),
    fence: integer(row["fence"]),
    head: Math.min(integer(row["head"]), upTo(row, controls)),
  }));
}

/** Messages that were not handled yet. */
export async function pendingMessages(
  connection: Connection,
  { process, from, limit }: Input<"messages">,
): Promise<MessageRecord[]> {
  const [record] = await getProcesses(connection, [process]);
  if (record === undefined) return [];
  const first = Math.max(from, record.folded);
  return (await connection.all(messagesOf, process, first, first + limit - 1)).map(decodeMessage);
}

async function descent(connection: Connection, process: string): Promise<readonly ProcessRecord[]> {
  return (await connection.all(descentOf, process)).map(decodeProcess);
}

export async function readHistory(
  connection: Connection,
  { process, from, limit }: Input<"history">,
): Promise<HistoryRecord[]> {
  const found: HistoryRecord[] = [];
  const stretches = stretchesOf(await descent(connection, process), from, from + limit - 1);
  for (const { process: keeper, from: first, to, end } of stretches) {
    const folds = (await connection.all(foldsOf, keeper, first, to)).map(decodeFold);
    const [front] = folds;
    const back = folds.at(-1);
    if (front === undefined || back === undefined) continue;
    const last = back.slot + back.count - 1;
    const messages = (await connection.all(messagesOfFolds, keeper, front.slot, last)).map(decodeMessage);
    let next = 0;
    for (const fold of folds) {
      const start = next;
      while ((messages[next]?.slot ?? Number.POSITIVE_INFINITY) < fold.slot + fold.count) next += 1;
      found.push(cutHistory({ ...fold, messages: messages.slice(start, next) }, end));
    }
  }
  return found;
}

export async function readState(
  connection: Connection,
  { process, at: asked }: Input<"state">,
): Promise<StateSource | undefined> {
  const line = await descent(connection, process);
  const folded = line[0]?.folded;
  if (folded === undefined) return undefined;
  const at = asked ?? folded - 1;
  const keeper = keeperOf(line, at);
  if (keeper === undefined) return { folded, folds: [] };
  const row = await connection.get(nearest, keeper, at);
  const snapshot = row === undefined ? undefined : decodeSnapshot(row);
  const rows = await connection.all(foldsBehind, keeper, snapshot?.slot ?? -1, at);
  const folds = rows.map(decodeFold);
  return snapshot === undefined ? { folded, folds } : { folded, snapshot, folds };
}

export async function listProcesses(
  connection: Connection,
  { name, after, limit }: Input<"list">,
): Promise<Page<ProcessRecord>> {
  const where = ["true"];
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  if (name !== undefined) {
    const [from, below] = idsOfName(name);
    where.push(`id >= ${value(from)}`, `id < ${value(below)}`);
  }
  if (after !== undefined) where.push(`id > ${value(after)}`);
  const sql = `SELECT * FROM escapement.process WHERE ${where.join(" AND ")} ORDER BY id LIMIT ${value(limit + 1)}`;
  const rows = (await connection.all(sql, ...values)).map(decodeProcess);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
}
