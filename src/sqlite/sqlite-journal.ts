// The journal in SQLite. The one writer hands out the numbers itself, so they follow each other without holes;
// a transaction that is rolled back gives its numbers back.
import type { NewEvent } from "../event/event.ts";
import type { RunNote, SubjectNote } from "../storage/journal.ts";
import type { Connection } from "./connection.ts";
import { readHead } from "./journal-reads.ts";

const insert = `INSERT INTO journal (seq, at, kind, actor, subject, parent, commit_seq, label, duration_ms, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertSet =
  "INSERT INTO journal (seq, count, at, kind, actor, commit_seq, entries) VALUES (?, ?, ?, ?, ?, ?, ?)";
/** A set is read as a whole, so it must not grow without bound. */
const largestSet = 500;

/** Appends events inside the transaction that its engine has open. */
export class JournalWriter {
  readonly #connection: Connection;
  #head: number;
  #commit: number;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#head = readHead(connection);
    this.#commit = this.#head + 1;
  }

  get head(): number {
    return this.#head;
  }

  /** Events from here on belong to one commit. */
  begin(): void {
    this.#commit = this.#head + 1;
  }

  /** Forgets what was rolled back. */
  rewind(head: number): void {
    this.#head = head;
  }

  add(event: NewEvent): number {
    this.#head += 1;
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
      event.data === undefined ? null : JSON.stringify(event.data),
    );
    return this.#head;
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
}
