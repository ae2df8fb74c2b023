// Keeping messages in SQLite: the lines of their processes are read once, moved on in memory, and written back once.
import type { Instant } from "../base/clock.ts";
import { chainStart } from "../process/chain.ts";
import { keyName, takeSlots, type LineRequest, type ProcessLine } from "../storage/process-line.ts";
import { nameOf, noteOfMessage } from "../storage/process-row.ts";
import type { MessageRecord, NewMessage, SendAnswer, SlotAnswer } from "../storage/processes.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { chainBefore } from "./process-reads.ts";
import type { WriteContext } from "./write-context.ts";

const columns = "process, slot, id, name, input, at, chain, actor, key, parent";
const tuple = `(${columns.replaceAll(/\w+/g, "?")})`;
const into = `INSERT INTO message (${columns}) VALUES `;
/** Crossing into SQLite costs as much as a row does. */
const rowsPerStatement = 16;
const insertOne = into + tuple;
const insertMany = into + Array.from({ length: rowsPerStatement }, () => tuple).join(", ");
const find = "SELECT head, folded, chain, last_at FROM process WHERE id = ?";
const begin = `INSERT INTO process (id, name, head, folded, chain, last_at, waiting, created_at, first_seq)
  VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)`;
/** One that nobody holds waits from now on, unless it waits already. */
const moveOn = `UPDATE process SET head = ?, chain = ?, last_at = ?,
  waiting = CASE WHEN node IS NULL AND parked IS NULL THEN coalesce(waiting, ?) END WHERE id = ?`;
const byKey = "SELECT slot, id, at, chain FROM message WHERE process = ? AND key = ?";

interface KnownLine extends ProcessLine {
  readonly isNew: boolean;
}

export class ProcessSend {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  send(messages: readonly NewMessage[], request: LineRequest): readonly SendAnswer[] {
    const lines = new Map<string, KnownLine>();
    const lineOf = (process: string): KnownLine => {
      let line = lines.get(process);
      if (line === undefined) {
        line = this.#find(process);
        lines.set(process, line);
      }
      return line;
    };
    const { rows, answers } = takeSlots(messages, lineOf, this.#known(messages), request);
    if (rows.length === 0) return answers;
    this.#insert(rows);
    const moved = new Set(rows.map((row) => row.process));
    for (const process of moved) this.#write(process, lineOf(process), request.now);
    this.#context.journal.addProcesses("process.sent", request.actor, rows.map(noteOfMessage));
    return answers;
  }

  #find(process: string): KnownLine {
    const row = this.#context.connection.get(find, process);
    if (row === undefined)
      return { head: 0, folded: 0, chain: chainStart, lastAt: Number.NEGATIVE_INFINITY, isNew: true };
    return {
      head: integer(row["head"]),
      folded: integer(row["folded"]),
      chain: text(row["chain"]),
      lastAt: integer(row["last_at"]),
      isNew: false,
    };
  }

  #known(messages: readonly NewMessage[]): Map<string, SlotAnswer> {
    const known = new Map<string, SlotAnswer>();
    for (const { process, key } of messages) {
      if (key === undefined) continue;
      const row = this.#context.connection.get(byKey, process, key);
      if (row !== undefined) known.set(keyName(process, key), this.#answer(process, row));
    }
    return known;
  }

  #answer(process: string, row: Row): SlotAnswer {
    const slot = integer(row["slot"]);
    return {
      slot,
      messageId: text(row["id"]),
      at: integer(row["at"]),
      chain: text(row["chain"]),
      previous: chainBefore(this.#context.connection, process, slot),
    };
  }

  #insert(rows: readonly MessageRecord[]): void {
    const { connection } = this.#context;
    const whole = rows.length - (rows.length % rowsPerStatement);
    for (let from = 0; from < whole; from += rowsPerStatement)
      connection.run(insertMany, ...rows.slice(from, from + rowsPerStatement).flatMap(valuesOf));
    for (const row of rows.slice(whole)) connection.run(insertOne, ...valuesOf(row));
  }

  #write(process: string, line: KnownLine, now: Instant): void {
    const { connection, journal } = this.#context;
    const { head, chain, lastAt } = line;
    if (line.isNew) {
      const first = journal.head + 1;
      connection.run(begin, process, nameOf(process), head, chain, lastAt, now, now, first);
    } else connection.run(moveOn, head, chain, lastAt, now, process);
    this.#context.processSent(process);
  }
}

type Value = string | number | null;

function valuesOf(row: MessageRecord): Value[] {
  const { process, slot, id, name, input, at, chain, actor, key = null, parent = null } = row;
  return [process, slot, id, name, input, at, chain, actor, key, parent];
}
