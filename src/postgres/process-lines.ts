// The ends of the lines of processes, locked for a transaction: read in the order of their ids by everybody, moved on in
// memory, and written back in one statement.
import type { Instant } from "../base/clock.ts";
import { chainStart } from "../process/chain.ts";
import { takeSlots, type LineRequest, type ProcessLine } from "../storage/process-line.ts";
import { keyName } from "../storage/process-line.ts";
import { nameOf, noteOfMessage } from "../storage/process-row.ts";
import type { MessageRecord, NewMessage, SendAnswer, SlotAnswer } from "../storage/processes.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { texts, textsOrNull, wholeNumbers } from "./columns.ts";
import type { WriteContext } from "./write-context.ts";

const lock = "SELECT * FROM escapement.process WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE";
const begin = `INSERT INTO escapement.process (id, name, head, folded, chain, last_at, created_at)
  SELECT id, name, 0, 0, '${chainStart}', $3::bigint, $4::bigint FROM unnest($1::text[], $2::text[]) AS given (id, name) ORDER BY id
  ON CONFLICT DO NOTHING RETURNING *`;
const insert = `INSERT INTO escapement.message (process, slot, id, name, input, at, chain, actor, key, previous, parent)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[])`;
/** One that nobody holds waits from now on, unless it waits already. */
const write = `UPDATE escapement.process AS p SET head = line.head, chain = line.chain, last_at = line.last_at,
    waiting = CASE WHEN p.node IS NULL AND p.parked IS NULL THEN coalesce(p.waiting, $5::bigint) END
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[]) AS line (id, head, chain, last_at)
  WHERE p.id = ANY ($1::text[]) AND p.id = line.id`;
const byKey = `SELECT m.process, m.key, slot, id, at, chain, previous FROM escapement.message AS m
  JOIN unnest($1::text[], $2::text[]) AS asked (process, key) ON m.process = asked.process AND m.key = asked.key
  WHERE m.process = ANY ($1::text[]) AND m.key = ANY ($2::text[])`;
/** A process that has no message yet has no time that could go backwards. */
const longAgo: number = Number.MIN_SAFE_INTEGER;

export class ProcessLines {
  readonly #context: WriteContext;
  readonly #rows = new Map<string, Row>();
  readonly #lines = new Map<string, ProcessLine>();

  constructor(context: WriteContext) {
    this.#context = context;
  }

  /** Locks them, all at once and before anything else; with `now`, those that are not there begin. */
  async lock(processes: Iterable<string>, now?: Instant): Promise<void> {
    const ids = sorted(processes);
    if (ids.length === 0) return;
    const { connection } = this.#context;
    this.#learn(await connection.all(lock, texts(ids)));
    const missing = ids.filter((id) => !this.#rows.has(id));
    if (now === undefined || missing.length === 0) return;
    const names = texts(missing.map(nameOf));
    this.#learn(await connection.all(begin, texts(missing), names, longAgo, Math.round(now)));
    const begun = missing.filter((id) => !this.#rows.has(id));
    // Somebody else was quicker.
    if (begun.length > 0) this.#learn(await connection.all(lock, texts(begun)));
  }

  #learn(rows: readonly Row[]): void {
    for (const row of rows) {
      const id = text(row["id"]);
      this.#rows.set(id, row);
      this.#lines.set(id, {
        head: integer(row["head"]),
        folded: integer(row["folded"]),
        chain: text(row["chain"]),
        lastAt: integer(row["last_at"]),
      });
    }
  }

  /** As it was when it was locked. */
  rowOf(process: string): Row | undefined {
    return this.#rows.get(process);
  }

  /** Of a process that was locked. */
  readonly lineOf = (process: string): ProcessLine => {
    const line = this.#lines.get(process);
    return line ?? { head: 0, folded: 0, chain: chainStart, lastAt: longAgo };
  };

  /** Gives the messages of each request their slots; their processes are locked. */
  async send(
    requests: readonly (LineRequest & { readonly messages: readonly NewMessage[] })[],
  ): Promise<readonly (readonly SendAnswer[])[]> {
    const known = await this.#known(requests.flatMap((request) => request.messages));
    const all: MessageRecord[] = [];
    const answers = requests.map((request) => {
      const taken = takeSlots(request.messages, this.lineOf, known, request);
      all.push(...taken.rows);
      const notes = taken.rows.map(noteOfMessage);
      if (notes.length > 0) this.#context.journal.addProcesses("process.sent", request.actor, notes);
      return taken.answers;
    });
    if (all.length > 0) await this.#write(all, known, Math.max(...requests.map((request) => request.now)));
    return answers;
  }

  async #known(messages: readonly NewMessage[]): Promise<Map<string, SlotAnswer>> {
    const keyed = messages.filter((message) => message.key !== undefined);
    if (keyed.length === 0) return new Map();
    const processes = texts(keyed.map((message) => message.process));
    const rows = await this.#context.connection.all(byKey, processes, texts(keyed.map(({ key }) => key)));
    return new Map(
      rows.map((row) => [
        keyName(text(row["process"]), text(row["key"])),
        {
          slot: integer(row["slot"]),
          messageId: text(row["id"]),
          at: integer(row["at"]),
          chain: text(row["chain"]),
          previous: text(row["previous"]),
        },
      ]),
    );
  }

  async #write(
    rows: readonly MessageRecord[],
    known: ReadonlyMap<string, SlotAnswer>,
    now: Instant,
  ): Promise<void> {
    const { connection } = this.#context;
    const previousOf = ({ process, key }: MessageRecord): string | undefined =>
      key === undefined ? undefined : known.get(keyName(process, key))?.previous;
    await connection.run(
      insert,
      texts(rows.map((row) => row.process)),
      wholeNumbers(rows.map((row) => row.slot)),
      texts(rows.map((row) => row.id)),
      texts(rows.map((row) => row.name)),
      texts(rows.map((row) => row.input)),
      wholeNumbers(rows.map((row) => row.at)),
      texts(rows.map((row) => row.chain)),
      texts(rows.map((row) => row.actor)),
      textsOrNull(rows.map((row) => row.key)),
      textsOrNull(rows.map(previousOf)),
      textsOrNull(rows.map((row) => row.parent)),
    );
    const moved = sorted(rows.map((row) => row.process));
    const lines = moved.map(this.lineOf);
    await connection.run(
      write,
      texts(moved),
      wholeNumbers(lines.map((line) => line.head)),
      texts(lines.map((line) => line.chain)),
      wholeNumbers(lines.map((line) => line.lastAt)),
      Math.round(now),
    );
    this.#context.tell({ messages: moved.map((id, index) => [id, lines[index]?.head ?? 0]) });
  }
}

/** Each once, in the order in which everybody locks. */
function sorted(ids: Iterable<string>): string[] {
  return [...new Set(ids)].sort((one, other) => (one < other ? -1 : 1));
}
