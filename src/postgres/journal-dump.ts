// Events as rows of a copy, and back into pages. A snapshot of a database at work also holds events that were committed and
// have no number yet: they are read with the numbers, and the links of the chain, that they would be given.
import { nextChain } from "../event/audit.ts";
import type { DumpRow } from "../storage/dump.ts";
import { rowOfEvent } from "../storage/event-row.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { clean } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { selectEvents } from "./postgres-journal.ts";

const end = "SELECT first, first_chain, audited, chain, head FROM escapement.journal_head";
const waiting = `SELECT xid::text AS xid, at, kind, actor, label, to_json(subjects)::text AS subjects, to_json(ats)::text AS ats,
    to_json(parents)::text AS parents, to_json(labels)::text AS labels, to_json(durations)::text AS durations,
    to_json(data)::text AS data, to_json(seals)::text AS seals
  FROM (SELECT *, min(id) OVER (PARTITION BY xid) AS first_id FROM escapement.journal_inbox) AS page ORDER BY first_id, id`;

export async function readEventRows(
  connection: Connection,
  after: number,
  limit: number,
): Promise<readonly DumpRow[]> {
  const events = (await selectEvents(connection, { after, limit })).map(rowOfEvent);
  if (events.length > 0) return events;
  const { events: later } = await numbered(connection);
  return later.filter((row) => integer(row["seq"]) > after).slice(0, limit);
}

/** Where the kept part begins, and the chain at both ends, with what has no number yet. */
export async function journalEnd(connection: Connection): Promise<DumpRow> {
  const row = await connection.get(end);
  const { audited, chain } = await numbered(connection);
  return {
    one: 1,
    first: integer(row?.["first"]),
    first_chain: text(row?.["first_chain"]),
    audited,
    chain,
  };
}

interface Numbered {
  readonly events: readonly DumpRow[];
  readonly audited: number;
  readonly chain: string;
}

/** The same as the function number_journal does, without doing it. */
async function numbered(connection: Connection): Promise<Numbered> {
  const state = await connection.get(end);
  let head = integer(state?.["head"]);
  let audited = integer(state?.["audited"]);
  let chain = text(state?.["chain"]);
  const commits = new Map<string, number>();
  const events: DumpRow[] = [];
  for (const page of await connection.all(waiting)) {
    const xid = text(page["xid"]);
    const commit = commits.get(xid) ?? head + 1;
    commits.set(xid, commit);
    const seals = listOf(page, "seals");
    listOf(page, "subjects")?.forEach((subject, index) => {
      head += 1;
      const seal = seals?.[index];
      if (typeof seal === "string") {
        chain = nextChain(chain, { seq: head, commit, text: seal });
        audited = head;
      }
      const value = (column: string, one: string): string | number | null =>
        listOf(page, column)?.[index] ?? single(page[one]);
      events.push({
        seq: head,
        at: value("ats", "at"),
        kind: text(page["kind"]),
        actor: text(page["actor"]),
        subject,
        parent: value("parents", "parent"),
        commit_seq: commit,
        label: value("labels", "label"),
        duration_ms: value("durations", "duration"),
        data: value("data", "none"),
        chain: typeof seal === "string" ? chain : null,
      });
    });
  }
  return { events, audited, chain };
}

function listOf(page: Row, column: string): readonly (string | number | null)[] | undefined {
  const json = page[column];
  if (typeof json !== "string") return undefined;
  const list: readonly (string | number | null)[] | null = JSON.parse(json);
  return list ?? undefined;
}

function single(value: unknown): string | number | null {
  return typeof value === "string" || typeof value === "number" ? value : null;
}

/** A page is read as a whole, so it must not grow without bound. */
const largestPage = 500;
const insert = `INSERT INTO escapement.journal (first_seq, commit_seq, at, size, kind, actor, first_subject, last_subject,
    subjects, ats, parents, labels, durations, data, chains)
  SELECT first_seq, commit_seq, at, cardinality(subjects), kind, actor, (SELECT min(s COLLATE "C") FROM unnest(subjects) AS s),
    (SELECT max(s COLLATE "C") FROM unnest(subjects) AS s), subjects, ats, parents, labels, durations, data, chains
  FROM json_to_recordset($1::json) AS page (first_seq bigint, commit_seq bigint, at bigint, kind text, actor text, subjects text[],
    ats bigint[], parents text[], labels text[], durations double precision[], data text[], chains text[])`;

export async function writeEventRows(connection: Connection, rows: readonly DumpRow[]): Promise<void> {
  const pages: DumpRow[][] = [];
  for (const row of rows) {
    const page = pages.at(-1);
    const [head] = page ?? [];
    if (page !== undefined && head !== undefined && page.length < largestPage && isSamePage(head, row))
      page.push(row);
    else pages.push([row]);
  }
  await connection.run(insert, JSON.stringify(pages.map(encodePage)));
}

function isSamePage(one: DumpRow, other: DumpRow): boolean {
  const isChained = (row: DumpRow): boolean => row["chain"] !== null;
  return (
    isChained(one) === isChained(other) &&
    ["kind", "actor", "commit_seq"].every((column) => one[column] === other[column])
  );
}

function encodePage(rows: readonly DumpRow[]): object {
  const [first = {}] = rows;
  const column = (name: string): readonly unknown[] => rows.map((row) => whole(row[name]));
  const some = (name: string): readonly unknown[] | null =>
    rows.every((row) => row[name] === null) ? null : column(name);
  return {
    first_seq: first["seq"],
    commit_seq: first["commit_seq"],
    at: Math.max(...rows.map((row) => integer(row["at"]))),
    kind: whole(first["kind"]),
    actor: whole(first["actor"]),
    subjects: column("subject"),
    ats: some("at"),
    parents: some("parent"),
    labels: some("label"),
    durations: some("duration_ms"),
    data: some("data"),
    chains: some("chain"),
  };
}

function whole(value: unknown): unknown {
  return typeof value === "string" ? clean(value) : value;
}
