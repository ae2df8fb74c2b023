// Keeping messages in SQLite: each gets its slot and a row at the end of the table, whatever its process.
import type { Instant } from "../base/clock.ts";
import { keyName, takeSlots, type LineRequest } from "../storage/process-line.ts";
import { nameOf, noteOfMessage } from "../storage/process-row.ts";
import type { MessageRecord, NewMessage, SendAnswer, SlotAnswer } from "../storage/processes.ts";
import { integer, text } from "../storage/row.ts";
import type { PendingMessages } from "./pending-messages.ts";
import type { ProcessLines } from "./process-lines.ts";
import type { WriteContext } from "./write-context.ts";

const columns = "seq, process, slot, id, name, input, at, chain, actor, key, parent";
const tuple = `(${columns.replaceAll(/\w+/g, "?")})`;
const into = `INSERT INTO message (${columns}) VALUES `;
/** Crossing into SQLite costs as much as a row does. */
const rowsPerStatement = 16;
const insertOne = into + tuple;
const insertMany = into + Array.from({ length: rowsPerStatement }, () => tuple).join(", ");
const begin = `INSERT INTO process (id, name, head, folded, chain, last_at, waiting, created_at, first_seq)
  VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)`;
const wait = "UPDATE process SET waiting = ? WHERE id = ?";
const byKey = "SELECT slot, id, at, chain, previous FROM message_key WHERE process = ? AND key = ?";
const keepKey =
  "INSERT INTO message_key (process, key, slot, id, at, chain, previous) VALUES (?, ?, ?, ?, ?, ?, ?)";

export class ProcessSend {
  readonly #context: WriteContext;
  readonly #lines: ProcessLines;
  readonly #pending: PendingMessages;

  constructor(context: WriteContext, lines: ProcessLines, pending: PendingMessages) {
    this.#context = context;
    this.#lines = lines;
    this.#pending = pending;
  }

  send(messages: readonly NewMessage[], request: LineRequest): readonly SendAnswer[] {
    const known = this.#known(messages);
    const { rows, answers } = takeSlots(messages, (process) => this.#lines.of(process), known, request);
    if (rows.length === 0) return answers;
    this.#insert(rows);
    for (const row of rows) if (row.key !== undefined) this.#keepKey(row, row.key, known);
    const touched = new Set(rows.map((row) => row.process));
    for (const process of touched) this.#tell(process, request.now);
    this.#context.journal.addProcesses("process.sent", request.actor, rows.map(noteOfMessage));
    return answers;
  }

  #known(messages: readonly NewMessage[]): Map<string, SlotAnswer> {
    const known = new Map<string, SlotAnswer>();
    for (const { process, key } of messages) {
      if (key === undefined) continue;
      const row = this.#context.connection.get(byKey, process, key);
      if (row === undefined) continue;
      known.set(keyName(process, key), {
        slot: integer(row["slot"]),
        messageId: text(row["id"]),
        at: integer(row["at"]),
        chain: text(row["chain"]),
        previous: text(row["previous"]),
      });
    }
    return known;
  }

  #insert(rows: readonly MessageRecord[]): void {
    const { connection } = this.#context;
    const whole = rows.length - (rows.length % rowsPerStatement);
    for (let from = 0; from < whole; from += rowsPerStatement) {
      const values: Value[] = [];
      for (let index = from; index < from + rowsPerStatement; index++) this.#put(rows[index], values);
      connection.run(insertMany, ...values);
    }
    for (const row of rows.slice(whole)) {
      const values: Value[] = [];
      this.#put(row, values);
      connection.run(insertOne, ...values);
    }
  }

  #put(row: MessageRecord | undefined, values: Value[]): void {
    if (row === undefined) return;
    const { process, slot, id, name, input, at, chain, actor, key = null, parent = null } = row;
    const seq = this.#pending.add(process, JSON.stringify([id, name, input, at, chain, actor, key, parent]));
    values.push(seq, process, slot, id, name, input, at, chain, actor, key, parent);
  }

  #keepKey(row: MessageRecord, key: string, known: ReadonlyMap<string, SlotAnswer>): void {
    const previous = known.get(keyName(row.process, key))?.previous ?? "";
    const { process, slot, id, at, chain } = row;
    this.#context.connection.run(keepKey, process, key, slot, id, at, chain, previous);
  }

  /** The row is written by whoever handles the messages; until then it need not know of them. */
  #tell(process: string, now: Instant): void {
    const { connection, journal } = this.#context;
    const line = this.#lines.of(process);
    const { head, chain, lastAt } = line;
    if (line.isNew) {
      const first = journal.head + 1;
      connection.run(begin, process, nameOf(process), head, chain, lastAt, now, now, first);
    } else if (line.rests) connection.run(wait, now, process);
    line.isNew = line.rests = false;
    this.#context.processSent(process, head);
  }
}

type Value = string | number | null;
