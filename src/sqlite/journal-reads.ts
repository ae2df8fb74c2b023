// Reading the journal in SQLite: rows are found by what they have in common, sets are unrolled, and each event is held
// against the filter by itself.
import { classify, eventKinds, kindsOf, type EventCategory } from "../event/event.ts";
import type { EventFilter, EventRecord, JournalBounds, JournalStorage, Stretch } from "../storage/journal.ts";
import { eventFits } from "../storage/event-fits.ts";
import type { Connection } from "./connection.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";
import type { RunNote } from "../storage/journal.ts";

type Closed = Parameters<JournalStorage["closed"]>[0];

export interface JournalReads {
  read(filter: EventFilter): readonly EventRecord[];
  head(): number;
  bounds(): JournalBounds;
  closed(request: Closed): Stretch | undefined;
}

export function journalReads(connection: Connection): JournalReads {
  return {
    read: (filter) => readEvents(connection, filter),
    head: () => readHead(connection),
    bounds: () => readBounds(connection),
    closed: (request) => findClosed(connection, request),
  };
}

/** One statement, so that everything is of one moment. */
const bounds = `SELECT journal_end.*, max(
    coalesce((SELECT value FROM tally WHERE name = 'journal'), 0),
    coalesce((SELECT seq + count - 1 FROM journal ORDER BY seq DESC LIMIT 1), 0)) AS head FROM journal_end`;

export function readBounds(connection: Connection): JournalBounds {
  const row = connection.get(bounds);
  return {
    first: integer(row?.["first"]),
    firstChain: text(row?.["first_chain"]),
    head: integer(row?.["head"]),
    lastAudited: integer(row?.["audited"]),
    chain: text(row?.["chain"]),
  };
}

/** A row may be a set of events and counts as a whole, so a stretch may be somewhat longer than it was asked to. */
function findClosed(connection: Connection, { before, limit, upTo }: Closed): Stretch | undefined {
  const rows = connection.all("SELECT seq, count, at FROM journal ORDER BY seq LIMIT ?", limit + 1);
  let from = 0;
  let to = 0;
  let events = 0;
  // The last one that was looked at is taken for the newest, which stays.
  for (const row of rows.slice(0, -1)) {
    const seq = integer(row["seq"]);
    const last = seq + integer(row["count"]) - 1;
    if (integer(row["at"]) >= before || events >= limit || last > (upTo ?? last)) break;
    if (events === 0) from = seq;
    to = last;
    events += integer(row["count"]);
  }
  return events === 0 ? undefined : { from, to };
}

function readHead(connection: Connection): number {
  return integer(
    connection.get(
      "SELECT coalesce((SELECT seq + count - 1 FROM journal ORDER BY seq DESC LIMIT 1), 0) AS head",
    )?.["head"],
  );
}

const rowsPerPage = 64;

function readEvents(connection: Connection, filter: EventFilter): EventRecord[] {
  const oldestFirst = filter.after !== undefined;
  const { where, values } = conditionOf(connection, filter);
  const step = oldestFirst ? "seq >= ?" : "seq < ?";
  const sql = `SELECT * FROM journal WHERE ${[step, ...where].join(" AND ")} ORDER BY seq ${oldestFirst ? "ASC" : "DESC"} LIMIT ${rowsPerPage}`;
  const found: EventRecord[] = [];
  let cursor = oldestFirst
    ? startOf(connection, filter.after ?? 0)
    : (filter.before ?? Number.MAX_SAFE_INTEGER);
  for (;;) {
    const rows = connection.all(sql, cursor, ...values);
    for (const row of rows) {
      const events = unroll(row).filter((event) => eventFits(event, filter));
      found.push(...(oldestFirst ? events : events.toReversed()));
      if (found.length >= filter.limit) return found.slice(0, filter.limit);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerPage) return found;
    cursor = integer(last["seq"]) + (oldestFirst ? 1 : 0);
  }
}

/** The row that holds the event behind `after`: that event may stand inside a set. */
function startOf(connection: Connection, after: number): number {
  const row = connection.get("SELECT max(seq) AS seq FROM journal WHERE seq <= ?", after + 1);
  return typeof row?.["seq"] === "number" ? row["seq"] : 0;
}

interface Condition {
  readonly where: string[];
  readonly values: (string | number)[];
}

/** What can be said of whole rows; `eventFits` says the rest. */
function conditionOf(connection: Connection, filter: EventFilter): Condition {
  const condition: Condition = { where: [], values: [] };
  const add = (sql: string, ...given: (string | number)[]): void => {
    condition.where.push(sql);
    condition.values.push(...given);
  };
  if (filter.after !== undefined && filter.before !== undefined) add("seq < ?", filter.before);
  if (filter.kind !== undefined) add("kind = ?", filter.kind);
  if (filter.category !== undefined) addCategory(filter.category, add);
  if (filter.actor !== undefined) add("actor = ?", filter.actor);
  if (filter.audited === true) add("chain IS NOT NULL");
  if (filter.subject?.startsWith("run:") === true) addRun(connection, filter.subject, add);
  else if (filter.subject?.startsWith("process:") === true) addProcess(connection, filter.subject, add);
  else if (filter.subject !== undefined) add("subject = ?", filter.subject);
  if (filter.q !== undefined) {
    const like = "LIKE ? ESCAPE '\\'";
    const pattern = contains(filter.q);
    const inSet = contains(filter.q.replace(/^(?:run|process):/, ""));
    add(
      `(kind ${like} OR subject ${like} OR label ${like} OR data ${like} OR entries ${like})`,
      pattern,
      pattern,
      pattern,
      pattern,
      inSet,
    );
  }
  return condition;
}

type Add = (sql: string, ...given: (string | number)[]) => void;

/** A run knows between which numbers its events stand, so no index over all events of all runs has to be kept. */
function addRun(connection: Connection, subject: string, add: Add): void {
  const id = subject.slice("run:".length);
  const live = connection.get("SELECT first_seq FROM run WHERE id = ?", id);
  const bounds = live ?? connection.get("SELECT first_seq, last_seq FROM run_history WHERE id = ?", id);
  if (bounds !== undefined) add("seq >= ?", startOf(connection, integer(bounds["first_seq"]) - 1));
  if (typeof bounds?.["last_seq"] === "number") add("seq <= ?", bounds["last_seq"]);
  add("(subject = ? OR entries LIKE ? ESCAPE '\\')", subject, contains(JSON.stringify(id)));
}

/** Events of a process are in sets as well, and a process knows only where they begin. */
function addProcess(connection: Connection, subject: string, add: Add): void {
  const id = subject.slice("process:".length);
  const row = connection.get("SELECT first_seq FROM process WHERE id = ?", id);
  if (row !== undefined) add("seq >= ?", startOf(connection, integer(row["first_seq"]) - 1));
  add("(subject = ? OR entries LIKE ? ESCAPE '\\')", subject, contains(JSON.stringify(id)));
}

/** The category of an event follows from its kind; a kind that is not in the list is a note, which is `system`. */
function addCategory(category: EventCategory, add: Add): void {
  if (category !== "system")
    return add("kind IN (SELECT value FROM json_each(?))", JSON.stringify(kindsOf(category)));
  const others = Object.keys(eventKinds).filter((kind) => classify(kind)[0] !== "system");
  return add("kind NOT IN (SELECT value FROM json_each(?))", JSON.stringify(others));
}

function contains(part: string): string {
  return `%${part.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

/** The events of a row, oldest first. */
function unroll(row: Row): EventRecord[] {
  const kind = text(row["kind"]);
  const [category, severity] = classify(kind);
  const seq = integer(row["seq"]);
  const shared = { kind, category, severity, actor: text(row["actor"]), commit: integer(row["commit_seq"]) };
  if (typeof row["entries"] !== "string") {
    return [
      {
        seq,
        at: integer(row["at"]),
        ...shared,
        subject: text(row["subject"]),
        ...details(row["parent"], row["label"], row["duration_ms"], row["data"]),
        ...optional("chain", row["chain"], text),
      },
    ];
  }
  const notes: RunNote[] = JSON.parse(row["entries"]);
  const subject = category === "process" ? "process" : "run";
  return notes.map(([id, at, parent, label, durationMs, data], index) => ({
    seq: seq + index,
    at,
    ...shared,
    subject: `${subject}:${id}`,
    ...details(parent, label, durationMs, data),
  }));
}

function details(
  parent: unknown,
  label: unknown,
  durationMs: unknown,
  data: unknown,
): Pick<EventRecord, "parent" | "label" | "durationMs" | "data"> {
  return {
    ...optional("parent", parent, text),
    ...optional("label", label, text),
    ...optional("durationMs", durationMs, integer),
    ...optional("data", data, text),
  };
}
