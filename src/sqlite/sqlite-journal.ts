// The journal in SQLite. The one writer hands out the numbers itself, so they follow each other without holes;
// a transaction that is rolled back gives its numbers back.
import { classify, eventKinds, kindsOf, type EventCategory, type NewEvent } from "../event/event.ts";
import type { EventFilter, EventRecord, RunNote } from "../storage/journal.ts";
import type { Connection } from "./connection.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";

const insert = `INSERT INTO journal (seq, at, kind, actor, subject, parent, commit_seq, label, duration_ms, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
/** Many events of one kind about runs, as one statement over a JSON list of RunNote. */
const insertRuns = `INSERT INTO journal (seq, at, kind, actor, subject, parent, commit_seq, label, duration_ms, data)
  SELECT ?1 + key, value ->> 1, ?2, ?3, 'run:' || (value ->> 0), value ->> 2, ?4, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?5)`;

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

  /** Many events of one kind and one actor about runs: one statement, not one each. */
  addRuns(kind: string, actor: string, notes: readonly RunNote[]): void {
    if (notes.length === 0) return;
    this.#connection.run(insertRuns, this.#head + 1, kind, actor, this.#commit, JSON.stringify(notes));
    this.#head += notes.length;
  }
}

function readHead(connection: Connection): number {
  return integer(connection.get("SELECT coalesce(max(seq), 0) AS head FROM journal")?.["head"]);
}

export interface JournalReads {
  read(filter: EventFilter): readonly EventRecord[];
  head(): number;
}

export function journalReads(connection: Connection): JournalReads {
  return {
    read: (filter) => readEvents(connection, filter),
    head: () => readHead(connection),
  };
}

function readEvents(connection: Connection, filter: EventFilter): EventRecord[] {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: (string | number)[]): void => {
    where.push(sql);
    values.push(...given);
  };
  if (filter.after !== undefined) add("seq > ?", filter.after);
  if (filter.before !== undefined) add("seq < ?", filter.before);
  if (filter.kind !== undefined) add("kind = ?", filter.kind);
  if (filter.category !== undefined) addCategory(filter.category, add);
  if (filter.subject !== undefined) add("subject = ?", filter.subject);
  if (filter.actor !== undefined) add("actor = ?", filter.actor);
  if (filter.q !== undefined) {
    const pattern = `%${filter.q.replaceAll(/[\\%_]/g, "\\$&")}%`;
    add(
      `(kind LIKE ? ESCAPE '\\' OR subject LIKE ? ESCAPE '\\' OR label LIKE ? ESCAPE '\\' OR data LIKE ? ESCAPE '\\')`,
      pattern,
      pattern,
      pattern,
      pattern,
    );
  }
  const condition = where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`;
  const order = filter.after === undefined ? "DESC" : "ASC";
  return connection
    .all(`SELECT * FROM journal ${condition} ORDER BY seq ${order} LIMIT ?`, ...values, filter.limit)
    .map(decodeEvent);
}

type Add = (sql: string, ...given: (string | number)[]) => void;

/** The category of an event follows from its kind; a kind that is not in the list is a note, which is `system`. */
function addCategory(category: EventCategory, add: Add): void {
  const own = "kind IN (SELECT value FROM json_each(?))";
  if (category !== "system") return add(own, JSON.stringify(kindsOf(category)));
  const others = Object.keys(eventKinds).filter((kind) => classify(kind)[0] !== "system");
  return add("kind NOT IN (SELECT value FROM json_each(?))", JSON.stringify(others));
}

function decodeEvent(row: Row): EventRecord {
  const kind = text(row["kind"]);
  const [category, severity] = classify(kind);
  return {
    seq: integer(row["seq"]),
    at: integer(row["at"]),
    kind,
    category,
    severity,
    actor: text(row["actor"]),
    subject: text(row["subject"]),
    commit: integer(row["commit_seq"]),
    ...optional("parent", row["parent"], text),
    ...optional("label", row["label"], text),
    ...optional("durationMs", row["duration_ms"], integer),
    ...optional("data", row["data"], text),
  };
}
