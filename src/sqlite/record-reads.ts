// Reading records in SQLite: by id, by order, by their terms. The same statements serve the reader and, inside a
// transaction, the writer.
import { forgottenMark } from "../record/facets.ts";
import { prefixEnd } from "../record/prefix-end.ts";
import { rankTerms, type ScoredRecord, type TermQuestion } from "../record/rank-terms.ts";
import { formOf, recordAt } from "../storage/record-row.ts";
import type {
  ChangeKind,
  ChangeRow,
  Forgetting,
  RecordFilter,
  RecordRow,
  RecordStorage,
} from "../storage/records.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { Page } from "../storage/runs.ts";
import type { Connection } from "./connection.ts";
import { pointAt, pointNow } from "./memory-points.ts";

type Input<Verb extends keyof RecordStorage> = Parameters<RecordStorage[Verb]>[0];

/** In the order in which `decode` reads them. */
export const recordColumns = `record.seq, record.at, record.form, record.id, record.namespace, record.content_type, record.print,
  record.parents, record.metadata, record.body, record.forgotten_seq, record.forgotten_at, record.forgotten_reason, record.purged_seq`;
const byId = `SELECT ${recordColumns} FROM record WHERE id = ?`;
const bySeqs = `SELECT ${recordColumns} FROM record WHERE seq IN (SELECT value FROM json_each(?)) AND forgotten_seq IS NULL`;
const changed = (kind: ChangeKind, column: string): string =>
  `SELECT * FROM (SELECT ${column} AS seq, '${kind}' AS kind, seq AS record_seq, id, namespace,
     ${kind === "appended" ? "at" : "forgotten_at"} AS at
   FROM record WHERE ${column} > ?1 AND (?2 IS NULL OR namespace = ?2)
   ${kind === "forgotten" ? "AND (purged_seq IS NULL OR purged_seq > forgotten_seq)" : ""} ORDER BY ${column} LIMIT ?3)`;
const changes = `${changed("appended", "seq")} UNION ALL ${changed("forgotten", "forgotten_seq")}
  UNION ALL ${changed("purged", "purged_seq")} ORDER BY seq LIMIT ?3`;

export interface RecordReads {
  get(request: Input<"get">): (RecordRow | undefined)[];
  bySeq(request: Input<"bySeq">): RecordRow[];
  list(filter: RecordFilter): Page<RecordRow>;
  ancestors(request: Input<"ancestors">): RecordRow[];
  match(request: Input<"match">): readonly ScoredRecord[];
  changes(request: Input<"changes">): ChangeRow[];
  point(request: Input<"point">): number;
}

export function recordReads(connection: Connection): RecordReads {
  return {
    get: ({ ids, point }) => ids.map((id) => getRecord(connection, id, point)),
    bySeq: ({ seqs }) => connection.lists(bySeqs, JSON.stringify(seqs)).map(decode),
    list: (filter) => listRecords(connection, filter),
    ancestors: (request) => ancestors(connection, request),
    match: (request) => match(connection, request),
    changes: ({ after, limit, namespace }) =>
      connection.all(changes, after, namespace ?? null, limit).map(decodeChange),
    point: ({ at }) => (at === undefined ? pointNow(connection) : pointAt(connection, at)),
  };
}

export function getRecord(connection: Connection, id: string, point?: number): RecordRow | undefined {
  const [row] = connection.lists(byId, id);
  return row === undefined ? undefined : recordAt(decode(row), point);
}

export function decode(row: readonly unknown[]): RecordRow {
  const [seq, at, form, id, namespace, contentType, print, parents, metadata, body] = row;
  const record = {
    seq: integer(seq),
    at: integer(at),
    id: text(id),
    namespace: text(namespace),
    contentType: text(contentType),
    form: formOf(form),
    body: body instanceof Uint8Array || typeof body === "string" ? body : "",
    print: text(print),
    parents: typeof parents === "string" ? listOf(parents) : [],
  };
  const full = typeof metadata === "string" ? { ...record, metadata } : record;
  return row[10] === null ? full : { ...full, forgotten: decodeForgetting(row) };
}

function listOf(json: string): readonly string[] {
  const list: readonly string[] = JSON.parse(json);
  return list;
}

function decodeForgetting(row: readonly unknown[]): Forgetting {
  const [seq, at, reason, purgedSeq] = row.slice(10);
  return { seq: integer(seq), at: integer(at), reason: text(reason), purged: typeof purgedSeq === "number" };
}

function listRecords(connection: Connection, filter: RecordFilter): Page<RecordRow> {
  const { where, values, from } = conditionOf(connection, filter);
  const order = filter.order === "newest" ? "DESC" : "ASC";
  const key = filter.marks.length > 0 ? "record_terms.rowid" : "record.seq";
  const sql = `SELECT ${recordColumns} FROM ${from} WHERE ${where.join(" AND ")} ORDER BY ${key} ${order} LIMIT ?`;
  const rows = connection.lists(sql, ...values, filter.limit + 1).map(decode);
  const items = rows.slice(0, filter.limit).flatMap((row) => recordAt(row, filter.point) ?? []);
  const last = items.at(-1);
  return rows.length > filter.limit && last !== undefined ? { items, next: String(last.seq) } : { items };
}

interface Condition {
  readonly from: string;
  readonly where: string[];
  readonly values: (string | number)[];
}

function conditionOf(connection: Connection, filter: RecordFilter): Condition {
  const { marks, point, namespace, idPrefix, after, sinceAt } = filter;
  const marked = marks.length > 0;
  const from = marked ? "record_terms CROSS JOIN record ON record.seq = record_terms.rowid" : "record";
  const condition: Condition = { from, where: [], values: [] };
  const key = marked ? "record_terms.rowid" : "record.seq";
  const add = (sql: string, ...given: (string | number)[]): void => {
    condition.where.push(sql);
    condition.values.push(...given);
  };
  if (marked) add("record_terms MATCH ?", markQuery(marks, point !== undefined));
  if (point === undefined) add("forgotten_seq IS NULL");
  else add("purged_seq IS NULL AND (forgotten_seq IS NULL OR forgotten_seq > ?)", point);
  if (point !== undefined) add(`${key} <= ?`, point);
  // A prefix of ids says more than a namespace: let its index be taken.
  if (namespace !== undefined) add(`${idPrefix === undefined && !marked ? "" : "+"}namespace = ?`, namespace);
  if (idPrefix !== undefined) {
    const end = prefixEnd(idPrefix);
    add("id >= ?", idPrefix);
    if (end !== undefined) add("id < ?", end);
  }
  if (after !== undefined) add(`${key} ${filter.order === "newest" ? "<" : ">"} ?`, after);
  if (sinceAt !== undefined) add(`${key} > ?`, pointAt(connection, sinceAt - 1));
  return condition;
}

function ancestors(connection: Connection, { id, point, maxDepth }: Input<"ancestors">): RecordRow[] {
  const found = new Map<string, RecordRow>();
  const seen = new Set([id]);
  let edge = [id];
  for (let depth = 0; edge.length > 0 && depth <= (maxDepth ?? Number.POSITIVE_INFINITY); depth++) {
    const rows = edge.flatMap((one) => getRecord(connection, one, point) ?? []);
    for (const row of rows) found.set(row.id, row);
    edge = rows.flatMap((row) => row.parents).filter((one) => !seen.has(one) && seen.add(one));
  }
  return [...found.values()];
}

const indexed =
  "SELECT rowid FROM record_terms WHERE record_terms MATCH ? AND rowid <= ? ORDER BY rowid DESC LIMIT ?";

function match(connection: Connection, request: Input<"match">): readonly ScoredRecord[] {
  const { terms, marks, limit, point = Number.MAX_SAFE_INTEGER } = request;
  const ask = (question: TermQuestion): number[] =>
    connection
      .all(indexed, termQuery(question, marks), point, question.limit)
      .map((row) => integer(row["rowid"]));
  const ranking = rankTerms(terms, { limit, newest: pointNow(connection) });
  let step = ranking.next();
  while (step.done !== true) step = ranking.next(step.value.map(ask));
  return step.value;
}

/** Terms hold no quotation marks, so nothing in them is read as an operator. */
function termQuery({ all, any = [] }: TermQuestion, marks: readonly string[]): string {
  const needed = [...marks, ...all].map(quote);
  if (any.length > 0) needed.push(`(${any.map(quote).join(" OR ")})`);
  return needed.join(" AND ");
}

export function markQuery(marks: readonly string[], alsoForgotten: boolean): string {
  const live = marks.map(quote).join(" AND ");
  return alsoForgotten ? `(${live}) OR (${marks.map(forgottenMark).map(quote).join(" AND ")})` : live;
}

function quote(term: string): string {
  return `"${term}"`;
}

function decodeChange(row: Row): ChangeRow {
  return {
    seq: integer(row["seq"]),
    at: integer(row["at"]),
    kind: kindOf(row["kind"]),
    id: text(row["id"]),
    namespace: text(row["namespace"]),
    recordSeq: integer(row["record_seq"]),
  };
}

function kindOf(value: unknown): ChangeKind {
  return value === "appended" || value === "forgotten" ? value : "purged";
}
