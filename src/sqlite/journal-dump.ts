// Events as rows of a copy, and back: runs of one kind in one commit become sets again, and each run is told between which
// numbers its events stand.
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
    if (isRunEvent(row)) set.push(row);
    else writeOne(connection, row);
  }
  flush();
  reachRuns(connection, rows);
}

function isRunEvent(row: DumpRow): boolean {
  return row["chain"] === null && text(row["subject"]).startsWith("run:");
}

function isSameSet(one: DumpRow, other: DumpRow): boolean {
  return (
    isRunEvent(other) && ["kind", "actor", "commit_seq"].every((column) => one[column] === other[column])
  );
}

function writeSet(connection: Connection, rows: readonly DumpRow[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const notes = rows.map((row) => [
    text(row["subject"]).slice("run:".length),
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

/** Between which numbers the events of each run stand: see journal-reads.ts. */
function reachRuns(connection: Connection, rows: readonly DumpRow[]): void {
  const spans = new Map<string, { first: number; last: number }>();
  for (const row of rows) {
    const subject = text(row["subject"]);
    if (!subject.startsWith("run:")) continue;
    const id = subject.slice("run:".length);
    const seq = integer(row["seq"]);
    const span = spans.get(id);
    if (span === undefined) spans.set(id, { first: seq, last: seq });
    else span.last = seq;
  }
  for (const [id, { first, last }] of spans) {
    connection.run(reachLive, first, id);
    connection.run(reachFinished, first, last, id);
  }
}
