// The journal in SQLite. The one writer hands out the numbers itself, so they follow each other without holes;
// a transaction that is rolled back gives its numbers back.
import type { Instant } from "../base/clock.ts";
import type { Json } from "../base/json.ts";
import { classify, type EventCategory, type NewEvent, type Severity } from "../event/event.ts";
import type { EventFilter, EventRecord } from "../storage/journal.ts";
import { integer, optional, text, type Connection, type Row } from "./connection.ts";

const insert = `INSERT INTO journal (seq, at, kind, category, severity, actor, subject, parent, commit_seq, label, duration_ms, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Appends events inside the transaction that its engine has open. */
export class JournalWriter {
  readonly #statement: ReturnType<Connection["prepare"]>;
  #head: number;
  #commit: number;

  constructor(connection: Connection) {
    this.#statement = connection.prepare(insert);
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
    const data = event.data === undefined ? null : JSON.stringify(event.data);
    this.#write(
      event.at,
      event.kind,
      event.actor,
      event.subject,
      event.parent ?? null,
      event.label ?? null,
      event.durationMs ?? null,
      data,
    );
    return this.#head;
  }

  /** The same for the hot path, without an object per event. */
  addRun(
    kind: string,
    at: Instant,
    actor: string,
    runId: string,
    label: string | null,
    durationMs: number | null,
    data: Json | undefined,
    parent: string | null,
  ): void {
    this.#write(
      at,
      kind,
      actor,
      `run:${runId}`,
      parent,
      label,
      durationMs,
      data === undefined ? null : JSON.stringify(data),
    );
  }

  #write(
    at: Instant,
    kind: string,
    actor: string,
    subject: string,
    parent: string | null,
    label: string | null,
    durationMs: number | null,
    data: string | null,
  ): void {
    const [category, severity] = classify(kind);
    this.#head += 1;
    this.#statement.run(
      this.#head,
      at,
      kind,
      category,
      severity,
      actor,
      subject,
      parent,
      this.#commit,
      label,
      durationMs,
      data,
    );
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
  if (filter.category !== undefined) add("category = ?", filter.category);
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

const categories: ReadonlySet<string> = new Set<EventCategory>([
  "run",
  "task",
  "process",
  "control",
  "cycle",
  "memory",
  "alert",
  "system",
]);
const severities: ReadonlySet<string> = new Set<Severity>(["info", "notice", "warning", "error", "critical"]);

function decodeEvent(row: Row): EventRecord {
  const category = row["category"];
  const severity = row["severity"];
  return {
    seq: integer(row["seq"]),
    at: integer(row["at"]),
    kind: text(row["kind"]),
    category: isCategory(category) ? category : "system",
    severity: isSeverity(severity) ? severity : "info",
    actor: text(row["actor"]),
    subject: text(row["subject"]),
    commit: integer(row["commit_seq"]),
    ...optional("parent", row["parent"], text),
    ...optional("label", row["label"], text),
    ...optional("durationMs", row["duration_ms"], integer),
    ...optional("data", row["data"], text),
  };
}

function isCategory(value: unknown): value is EventCategory {
  return typeof value === "string" && categories.has(value);
}

function isSeverity(value: unknown): value is Severity {
  return typeof value === "string" && severities.has(value);
}
