// The journal in PostgreSQL. Events are handed in with the change they tell of and numbered after its commit, so that
// no reader ever misses a lower number and nobody waits for a transaction that is open. They are kept in pages, many
// events of one kind to a row; readers see single events.
import { auditText, isAudited } from "../event/audit.ts";
import { classify, eventKinds, kindsOf, type EventCategory, type NewEvent } from "../event/event.ts";
import type {
  EventFilter,
  EventRecord,
  JournalBounds,
  JournalStorage,
  RunNote,
  Stretch,
  SubjectNote,
} from "../storage/journal.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";
import { clean } from "./columns.ts";
import type { Connection } from "./connection.ts";

/** Events of one kind and one actor on their way to the inbox: column by column. */
interface Page {
  readonly kind: string;
  readonly actor: string;
  readonly ats: number[];
  readonly subjects: string[];
  readonly parents: (string | null)[];
  readonly labels: (string | null)[];
  readonly durations: (number | null)[];
  readonly data: (string | null)[];
}

/** Collects the events of one transaction; they are written at its end, all in one statement. */
export class JournalWriter {
  #pages: Page[] = [];

  add(event: NewEvent): void {
    const data = event.data === undefined ? null : JSON.stringify(event.data);
    const page = this.#page(event.kind, event.actor);
    put(page, event.subject, [
      event.at,
      event.parent ?? null,
      event.label ?? null,
      event.durationMs ?? null,
      data,
    ]);
  }

  /** Many events of one kind and one actor about runs. */
  addRuns(kind: string, actor: string, notes: readonly RunNote[]): void {
    if (notes.length === 0) return;
    const page = this.#page(kind, actor);
    for (const [id, ...note] of notes) put(page, `run:${id}`, note);
  }

  /** The same about processes. */
  addProcesses(kind: string, actor: string, notes: readonly SubjectNote[]): void {
    if (notes.length === 0) return;
    const page = this.#page(kind, actor);
    for (const [id, ...note] of notes) put(page, `process:${id}`, note);
  }

  /** Takes what was collected, as JSON; undefined when there was nothing. */
  take(): string | undefined {
    if (this.#pages.length === 0) return undefined;
    const pages = this.#pages.map(encodePage);
    this.#pages = [];
    return JSON.stringify(pages);
  }

  /** How many pages there are by now, to come back to with `rewind`. */
  mark(): number {
    return this.#pages.length;
  }

  /** Forgets what came after the mark. A page that was there at the mark is never continued. */
  rewind(mark: number): void {
    this.#pages.length = mark;
  }

  #page(kind: string, actor: string): Page {
    const last = this.#pages.at(-1);
    if (last?.kind === kind && last.actor === actor) return last;
    const page = {
      kind,
      actor,
      ats: [],
      subjects: [],
      parents: [],
      labels: [],
      durations: [],
      data: [],
    } satisfies Page as Page;
    this.#pages.push(page);
    return page;
  }
}

function put(page: Page, subject: string, [at, parent, label, durationMs, data]: Note): void {
  page.subjects.push(subject);
  page.ats.push(Math.round(at));
  page.parents.push(parent);
  page.labels.push(label);
  page.durations.push(durationMs);
  page.data.push(data);
}

type Note = RunNote extends readonly [string, ...infer Rest] ? Rest : never;

/** What is the same for all events is kept once, what none of them has is not kept. */
function encodePage(page: Page): object {
  const at = Math.max(...page.ats);
  const [label = null] = page.labels;
  const sameLabel = page.labels.every((one) => one === label);
  const seals = isAudited(page.kind) ? { seals: page.subjects.map((_, index) => sealOf(page, index)) } : {};
  return {
    kind: clean(page.kind),
    actor: clean(page.actor),
    at,
    subjects: page.subjects.map(clean),
    ...(page.ats.every((one) => one === at) ? {} : { ats: page.ats }),
    ...(page.parents.every(isNull) ? {} : { parents: page.parents.map(cleanOrNull) }),
    ...(sameLabel ? { label: cleanOrNull(label) } : { labels: page.labels.map(cleanOrNull) }),
    ...(page.durations.every(isNull) ? {} : { durations: page.durations }),
    ...(page.data.every(isNull) ? {} : { data: page.data.map(cleanOrNull) }),
    ...seals,
  };
}

/** Over what will be kept. */
function sealOf(page: Page, index: number): string {
  return auditText({
    at: page.ats[index] ?? 0,
    kind: clean(page.kind),
    actor: clean(page.actor),
    subject: clean(page.subjects[index] ?? ""),
    parent: cleanOrNull(page.parents[index] ?? null),
    label: cleanOrNull(page.labels[index] ?? null),
    durationMs: page.durations[index] ?? null,
    data: cleanOrNull(page.data[index] ?? null),
  });
}

function isNull(value: unknown): boolean {
  return value === null;
}

function cleanOrNull(value: string | null): string | null {
  return value === null ? null : clean(value);
}

/** SQL of pages as the rows of the inbox; the first value is what `take` gave. */
export const handIn = `INSERT INTO escapement.journal_inbox (at, kind, actor, label, subjects, ats, parents, labels, durations, data, seals)
  SELECT at, kind, actor, label, subjects, ats, parents, labels, durations, data, seals FROM json_to_recordset($1::json)
    AS page (at bigint, kind text, actor text, label text, subjects text[], ats bigint[], parents text[], labels text[], durations double precision[], data text[], seals text[])`;
const appendPages = "SELECT escapement.append_journal($1::json) AS first";

/** Writes events with their numbers at once; the number of the first. Nothing but the commit should come after it. */
export async function appendNow(connection: Connection, events: readonly NewEvent[]): Promise<number> {
  const writer = new JournalWriter();
  for (const event of events) writer.add(event);
  return integer((await connection.get(appendPages, writer.take()))?.["first"]);
}

/** Gives numbers to what was committed. */
export const number: string = "SELECT escapement.number_journal() AS head";

/** Numbers what was committed, then answers the greatest number. */
export async function readHead(connection: Connection): Promise<number> {
  return integer((await connection.get(number))?.["head"]);
}

const bounds = "SELECT head, first, first_chain, audited, chain FROM escapement.journal_head";

export async function readBounds(connection: Connection): Promise<JournalBounds> {
  await connection.get(number);
  const row = await connection.get(bounds);
  return {
    first: integer(row?.["first"]),
    firstChain: text(row?.["first_chain"]),
    head: integer(row?.["head"]),
    lastAudited: integer(row?.["audited"]),
    chain: text(row?.["chain"]),
  };
}

/** Whole pages from the front that are all older; the last one that was looked at is taken for the newest, which stays. */
const closed = `WITH front AS (
    SELECT first_seq, size, sum(size) OVER (ORDER BY first_seq) - size AS before, max(at) OVER (ORDER BY first_seq) AS latest,
      lead(first_seq) OVER (ORDER BY first_seq) AS next
    FROM (SELECT first_seq, at, size FROM escapement.journal ORDER BY first_seq LIMIT $2 + 1) AS front
  ) SELECT min(first_seq) AS "from", max(first_seq + size - 1) AS "to" FROM front
    WHERE latest < $1 AND before < $2 AND next IS NOT NULL AND ($3::bigint IS NULL OR first_seq + size - 1 <= $3)`;

export async function findClosed(
  connection: Connection,
  { before, limit, upTo }: Parameters<JournalStorage["closed"]>[0],
): Promise<Stretch | undefined> {
  await connection.get(number);
  const row = await connection.get(closed, Math.round(before), limit, upTo ?? null);
  if (typeof row?.["from"] !== "number") return undefined;
  return { from: row["from"], to: integer(row["to"]) };
}

export async function dropEvents(connection: Connection, to: number): Promise<number> {
  return integer((await connection.get("SELECT escapement.drop_journal($1) AS events", to))?.["events"]);
}

export async function readEvents(connection: Connection, filter: EventFilter): Promise<EventRecord[]> {
  await connection.get(number);
  return selectEvents(connection, filter);
}

/** Of what has a number. */
export async function selectEvents(connection: Connection, filter: EventFilter): Promise<EventRecord[]> {
  const { sql, values } = queryOf(filter);
  return (await connection.all(sql, ...values)).map(decodeEvent);
}

/** The page with a number begins at or before it; pages follow each other without a gap. */
const pageOf = (value: string): string =>
  `coalesce((SELECT first_seq FROM escapement.journal WHERE first_seq <= ${value} ORDER BY first_seq DESC LIMIT 1), 0)`;

function queryOf(filter: EventFilter): { readonly sql: string; readonly values: readonly unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  if (filter.after !== undefined) {
    const after = `${value(filter.after)}::bigint`;
    where.push(`page.first_seq >= ${pageOf(after)}`, `page.first_seq + event.n - 1 > ${after}`);
  }
  if (filter.before !== undefined) {
    const before = `${value(filter.before)}::bigint`;
    where.push(`page.first_seq < ${before}`, `page.first_seq + event.n - 1 < ${before}`);
  }
  if (filter.kind !== undefined) where.push(`page.kind = ${value(filter.kind)}`);
  if (filter.category !== undefined) where.push(categoryIs(filter.category, value));
  if (filter.actor !== undefined) where.push(`page.actor = ${value(filter.actor)}`);
  if (filter.audited === true) where.push("page.chains IS NOT NULL");
  if (filter.subject !== undefined) where.push(subjectIs(value(filter.subject)));
  if (filter.q !== undefined) where.push(contains(value(`%${filter.q.replaceAll(/[\\%_]/g, "\\$&")}%`)));
  const order = filter.after === undefined ? "DESC" : "ASC";
  const sql = `SELECT page.first_seq + event.n - 1 AS seq, coalesce(event.at, page.at) AS at, page.kind, page.actor, event.subject,
      event.parent, page.commit_seq, coalesce(event.label, page.label) AS label, event.duration_ms, event.data, event.chain
    FROM escapement.journal AS page CROSS JOIN LATERAL
      unnest(page.subjects, page.ats, page.parents, page.labels, page.durations, page.data, page.chains) WITH ORDINALITY
      AS event (subject, at, parent, label, duration_ms, data, chain, n)
    ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`}
    ORDER BY page.first_seq ${order}, event.n ${order} LIMIT ${value(filter.limit)}`;
  return { sql, values };
}

/** A page of one event is found by its subject, a larger one by the span of its subjects. */
function subjectIs(value: string): string {
  return `event.subject = ${value} AND ((page.size = 1 AND page.first_subject = ${value}) OR (page.size > 1
    AND escapement.subject_range(page.first_subject, page.last_subject, '[]') @> ${value}))`;
}

function contains(pattern: string): string {
  const columns = ["page.kind", "event.subject", "coalesce(event.label, page.label)", "event.data"];
  return `(${columns.map((column) => `${column} ILIKE ${pattern}`).join(" OR ")})`;
}

/** The category of an event follows from its kind; a kind that is not in the list is a note, which is `system`. */
function categoryIs(category: EventCategory, value: (given: unknown) => string): string {
  if (category !== "system") return `page.kind = ANY (${value(kindsOf(category))}::text[])`;
  const others = Object.keys(eventKinds).filter((kind) => classify(kind)[0] !== "system");
  return `page.kind <> ALL (${value(others)}::text[])`;
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
    ...optional("chain", row["chain"], text),
  };
}
