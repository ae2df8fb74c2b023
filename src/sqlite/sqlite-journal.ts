// The journal in SQLite. The one writer hands out the numbers itself, so they follow each other without holes;
// a transaction that is rolled back gives its numbers back.
import { auditText, isAudited, nextChain } from "../event/audit.ts";
import type { NewEvent } from "../event/event.ts";
import type { RunNote, SubjectNote } from "../storage/journal.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { readBounds } from "./journal-reads.ts";

const insert = `INSERT INTO journal (seq, at, kind, actor, subject, parent, commit_seq, label, duration_ms, data, chain)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertSet =
  "INSERT INTO journal (seq, count, at, kind, actor, commit_seq, entries) VALUES (?, ?, ?, ?, ?, ?, ?)";
const dropRows = `DELETE FROM journal WHERE seq <= ? AND seq + count - 1 <= ? AND seq < (SELECT max(seq) FROM journal)
  RETURNING seq, count`;
/** Audited events stand in rows of their own. */
const lastDroppedChain = `SELECT chain FROM journal WHERE chain IS NOT NULL AND seq <= ? AND seq < (SELECT max(seq) FROM journal)
  ORDER BY seq DESC LIMIT 1`;
/** A set is read as a whole, so it must not grow without bound. */
const largestSet = 500;

/** How far the journal had come at some moment. */
export interface JournalMark {
  readonly head: number;
  readonly counted: number;
  readonly ended: number;
  readonly audited: number;
  readonly chain: string;
}

/** Appends events inside the transaction that its engine has open. */
export class JournalWriter {
  readonly #connection: Connection;
  #head: number;
  #commit: number;
  /** Of the numbers up to here the tally knows. */
  #counted: number;
  #audited: number;
  #chain: string;
  /** The link that is kept apart as the end of the chain. */
  #ended: number;

  constructor(connection: Connection) {
    this.#connection = connection;
    const { head, lastAudited, chain } = readBounds(connection);
    this.#head = this.#counted = head;
    this.#commit = head + 1;
    this.#audited = this.#ended = lastAudited;
    this.#chain = chain;
  }

  get head(): number {
    return this.#head;
  }

  /** Events from here on belong to one commit. */
  begin(): void {
    this.#commit = this.#head + 1;
  }

  mark(): JournalMark {
    return {
      head: this.#head,
      counted: this.#counted,
      ended: this.#ended,
      audited: this.#audited,
      chain: this.#chain,
    };
  }

  /** Forgets what was rolled back. */
  rewind({ head, counted, ended, audited, chain }: JournalMark): void {
    this.#head = head;
    this.#counted = counted;
    this.#ended = ended;
    this.#audited = audited;
    this.#chain = chain;
  }

  /** Keeps the end of the chain apart from it; gives how many events came since it was last asked. */
  close(): number {
    if (this.#ended !== this.#audited)
      this.#connection.run("UPDATE journal_end SET audited = ?, chain = ?", this.#audited, this.#chain);
    this.#ended = this.#audited;
    const by = this.#head - this.#counted;
    this.#counted = this.#head;
    return by;
  }

  add(event: NewEvent): number {
    this.#head += 1;
    const data = event.data === undefined ? null : JSON.stringify(event.data);
    this.#connection.run(
      insert,
      this.#head,
      event.at,
      event.kind,
      event.actor,
      event.subject,
      event.parent ?? null,
      this.#commit,
      event.label ?? null,
      event.durationMs ?? null,
      data,
      isAudited(event.kind) ? this.#seal({ ...event, data }) : null,
    );
    return this.#head;
  }

  /** The next link of the chain. */
  #seal(event: Omit<NewEvent, "data"> & { readonly data: string | null }): string {
    const seq = this.#head;
    this.#chain = nextChain(this.#chain, { seq, commit: this.#commit, text: auditText(event) });
    this.#audited = seq;
    return this.#chain;
  }

  /** Events of one kind and one actor about runs, as sets: a row each would cost more than the change they tell of. */
  addRuns(kind: string, actor: string, notes: readonly RunNote[]): void {
    for (let from = 0; from < notes.length; from += largestSet)
      this.#addSet(kind, actor, notes.slice(from, from + largestSet));
  }

  /** The same about processes: the kind says what its notes are about. */
  addProcesses(kind: string, actor: string, notes: readonly SubjectNote[]): void {
    this.addRuns(kind, actor, notes);
  }

  #addSet(kind: string, actor: string, notes: readonly RunNote[]): void {
    const at = notes[0]?.[1] ?? 0;
    this.#connection.run(
      insertSet,
      this.#head + 1,
      notes.length,
      at,
      kind,
      actor,
      this.#commit,
      JSON.stringify(notes),
    );
    this.#head += notes.length;
  }

  /** Only a prefix ever goes, so the journal keeps no holes; the newest row always stays. */
  drop({ to }: { readonly to: number }): number {
    const connection = this.#connection;
    const audited = connection.get(lastDroppedChain, to);
    const chain = audited === undefined ? null : text(audited["chain"]);
    const gone = connection.all(dropRows, to, to);
    const last = gone.reduce((end, row) => Math.max(end, integer(row["seq"]) + integer(row["count"])), 0);
    if (last === 0) return 0;
    connection.run("UPDATE journal_end SET first = ?, first_chain = coalesce(?, first_chain)", last, chain);
    return gone.reduce((sum, row) => sum + integer(row["count"]), 0);
  }
}
