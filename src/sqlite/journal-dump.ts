// Events as rows of a copy, and back: what happened to runs, or to processes, in one commit becomes sets again, and each is told between which
// numbers its events stand.
import { classify } from "../event/event.ts";
import type { DumpRow } from "../storage/dump.ts";
import { rowOfEvent } from "../storage/event-row.ts";
import { integer, text } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { journalReads } from "./journal-reads.ts";

const insertOne = `INSERT INTO journal (seq, at, kind, actor, subject, parent, commit_seq, label, duration_ms, data, chain)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertSet =
  "INSERT INTO journal (seq, count, at, kind, actor, commit_seq, entries) VALUES (?, ?, ?, ?, ?, ?, ?)";
const reachLive = "UPDATE run SET first_seq = min(first_seq, ?) WHERE id = ?";
const reachFinished =
  "UPDATE run_history SET first_seq = min(first_seq, ?), last_seq = max(last_seq, ?) WHERE id = ?";

export function readEventRows(connection: Connection, after: number, limit: number): readonly DumpRow[] {
  return journalReads(connection).read({ after, limit }).map(rowOfEvent);
}

export function writeEventRows(connection: Connection, rows: readonly DumpRow[]): void {
  let set: DumpRow[] = [];
  const flush = (): void => {
    if (set.length > 0) writeSet(connection, set);
    set = [];
  };
  for (const row of rows) {
    const [head] = set;
    if (head !== undefined && !isSameSet(head, row)) flush();
    if (isInSet(row)) set.push(row);
    else writeOne(connection, row);
  }
  flush();
  reachSubjects(connection, rows);
}

/** What the subject of an event of a set begins with; see journal-reads.ts. */
function setOf(kind: string): string {
  return classify(kind)[0] === "process" ? "process:" : "run:";
}

function isInSet(row: DumpRow): boolean {
  return row["chain"] === null && text(row["subject"]).startsWith(setOf(text(row["kind"])));
}

function isSameSet(one: DumpRow, other: DumpRow): boolean {
  return isInSet(other) && ["kind", "actor", "commit_seq"].every((column) => one[column] === other[column]);
}

function writeSet(connection: Connection, rows: readonly DumpRow[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const notes = rows.map((row) => [
    text(row["subject"]).slice(setOf(text(row["kind"])).length),
    ...["at", "parent", "label", "duration_ms", "data"].map((column) => row[column] ?? null),
  ]);
  connection.run(
    insertSet,
    integer(first["seq"]),
    rows.length,
    integer(first["at"]),
    text(first["kind"]),
    text(first["actor"]),
    integer(first["commit_seq"]),
    JSON.stringify(notes),
  );
}

function writeOne(connection: Connection, row: DumpRow): void {
  const value = (column: string): string | number | null => {
    const found = row[column];
    return typeof found === "string" || typeof found === "number" ? found : null;
  };
  connection.run(
    insertOne,
    ...[
      "seq",
      "at",
      "kind",
      "actor",
      "subject",
      "parent",
      "commit_seq",
      "label",
      "duration_ms",
      "data",
      "chain",
    ].map(value),
  );
}

const reachProcess = "UPDATE process SET first_seq = min(first_seq, ?) WHERE id = ?";

/** Between which numbers the events of each run stand, and where those of each process begin: see journal-reads.ts. */
function reachSubjects(connection: Connection, rows: readonly DumpRow[]): void {
  const spans = new Map<string, { first: number; last: number }>();
  for (const row of rows) {
    const subject = text(row["subject"]);
    const seq = integer(row["seq"]);
    const span = spans.get(subject);
    if (span === undefined) spans.set(subject, { first: seq, last: seq });
    else span.last = seq;
  }
  for (const [subject, { first, last }] of spans) {
    const [noun = ""] = subject.split(":", 1);
    const id = subject.slice(noun.length + 1);
    if (noun === "process") connection.run(reachProcess, first, id);
    if (noun !== "run") continue;
    connection.run(reachLive, first, id);
    connection.run(reachFinished, first, last, id);
  }
}
