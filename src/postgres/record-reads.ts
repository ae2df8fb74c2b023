// Reading records in PostgreSQL: by id, by order, by their terms.
import { EscapementError } from "../base/errors.ts";
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
import { integer, optional, text, type Row } from "../storage/row.ts";
import type { Page } from "../storage/runs.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { pointAt, pointNow } from "./memory-points.ts";

type Input<Verb extends keyof RecordStorage> = Parameters<RecordStorage[Verb]>[0];

export const recordColumns = `record.seq, record.at, record.forgotten_seq, record.forgotten_at, record.purged_seq, record.form, record.id,
  record.namespace, record.content_type, record.print, record.forgotten_reason, record.parents, record.metadata, record.body,
  encode(record.bytes, 'hex') AS bytes`;
const byIds = `SELECT ${recordColumns} FROM escapement.record AS record WHERE id = ANY ($1::text[])`;
const bySeqs = `SELECT ${recordColumns} FROM escapement.record AS record WHERE seq = ANY ($1::bigint[]) AND forgotten_seq IS NULL`;
const changed = (kind: ChangeKind, column: string): string =>
  `(SELECT ${column} AS seq, '${kind}' AS kind, seq AS record_seq, id, namespace,
     ${kind === "appended" ? "at" : "forgotten_at"} AS at
   FROM escapement.record WHERE ${column} > $1 AND ($2::text IS NULL OR namespace = $2)
   ${kind === "forgotten" ? "AND (purged_seq IS NULL OR purged_seq > forgotten_seq)" : ""} ORDER BY ${column} LIMIT $3)`;
const changes = `${changed("appended", "seq")} UNION ALL ${changed("forgotten", "forgotten_seq")}
  UNION ALL ${changed("purged", "purged_seq")} ORDER BY seq LIMIT $3`;
const allAncestors = `WITH RECURSIVE up (id) AS (SELECT $1::text UNION
  SELECT parent.id FROM up JOIN escapement.record AS record ON record.id = up.id AND record.seq <= $2
  CROSS JOIN LATERAL json_array_elements_text(record.parents::json) AS parent (id))
  SELECT ${recordColumns} FROM escapement.record AS record WHERE id IN (SELECT id FROM up)`;
const nearAncestors = `WITH RECURSIVE up (id, depth) AS (SELECT $1::text, 0 UNION
  SELECT parent.id, up.depth + 1 FROM up JOIN escapement.record AS record ON record.id = up.id AND record.seq <= $2 AND up.depth < $3
  CROSS JOIN LATERAL json_array_elements_text(record.parents::json) AS parent (id))
  SELECT ${recordColumns} FROM escapement.record AS record WHERE id IN (SELECT id FROM up)`;

export async function getRecords(
  connection: Connection,
  { ids, point }: Input<"get">,
): Promise<(RecordRow | undefined)[]> {
  const rows = (await connection.all(byIds, texts(ids))).map(decode);
  const found = new Map(rows.map((row) => [row.id, recordAt(row, point)]));
  return ids.map((id) => found.get(id));
}

export async function recordsBySeq(connection: Connection, { seqs }: Input<"bySeq">): Promise<RecordRow[]> {
  return (await connection.all(bySeqs, wholeNumbers(seqs))).map(decode);
}

export function decode(row: Row): RecordRow {
  const { body, bytes, parents } = row;
  const list: readonly string[] = typeof parents === "string" ? JSON.parse(parents) : [];
  const content = typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes, "hex")) : body;
  return {
    seq: integer(row["seq"]),
    at: integer(row["at"]),
    id: text(row["id"]),
    namespace: text(row["namespace"]),
    contentType: text(row["content_type"]),
    form: formOf(row["form"]),
    body: content instanceof Uint8Array || typeof content === "string" ? content : "",
    print: text(row["print"]),
    parents: list,
    ...optional("metadata", row["metadata"], text),
    ...(typeof row["forgotten_seq"] === "number" ? { forgotten: decodeForgetting(row) } : {}),
  };
}

function decodeForgetting(row: Row): Forgetting {
  return {
    seq: integer(row["forgotten_seq"]),
    at: integer(row["forgotten_at"]),
    reason: text(row["forgotten_reason"]),
    purged: typeof row["purged_seq"] === "number",
  };
}

export async function listRecords(connection: Connection, filter: RecordFilter): Promise<Page<RecordRow>> {
  const { where, values } = await conditionOf(connection, filter);
  const order = filter.order === "newest" ? "DESC" : "ASC";
  const sql = `SELECT ${recordColumns} FROM escapement.record AS record WHERE ${where.join(" AND ")}
    ORDER BY seq ${order} LIMIT $${values.length + 1}`;
  const rows = (await connection.all(sql, ...values, filter.limit + 1)).map(decode);
  const items = rows.slice(0, filter.limit).flatMap((row) => recordAt(row, filter.point) ?? []);
  const last = items.at(-1);
  return rows.length > filter.limit && last !== undefined ? { items, next: String(last.seq) } : { items };
}

interface Condition {
  readonly where: string[];
  readonly values: unknown[];
}

async function conditionOf(connection: Connection, filter: RecordFilter): Promise<Condition> {
  const { marks, point, namespace, idPrefix, after, sinceAt } = filter;
  const condition: Condition = { where: [], values: [] };
  const add = (sql: string, given: unknown): void => {
    condition.where.push(sql.replaceAll("?", `$${condition.values.push(given)}`));
  };
  if (marks.length > 0) add("terms @@ ?::tsquery", markQuery(marks, point !== undefined));
  if (point === undefined) condition.where.push("forgotten_seq IS NULL");
  else add("seq <= ? AND purged_seq IS NULL AND (forgotten_seq IS NULL OR forgotten_seq > ?)", point);
  if (namespace !== undefined) add("namespace = ?", namespace);
  if (idPrefix !== undefined) {
    const end = prefixEnd(idPrefix);
    add("id >= ?", idPrefix);
    if (end !== undefined) add("id < ?", end);
  }
  if (after !== undefined) add(`seq ${filter.order === "newest" ? "<" : ">"} ?`, after);
  if (sinceAt !== undefined) add("seq > ?", await pointAt(connection, sinceAt - 1));
  return condition;
}

export async function ancestors(
  connection: Connection,
  { id, point, maxDepth }: Input<"ancestors">,
): Promise<RecordRow[]> {
  const until = point ?? Number.MAX_SAFE_INTEGER;
  const rows =
    maxDepth === undefined
      ? await connection.all(allAncestors, id, until)
      : await connection.all(nearAncestors, id, until, maxDepth);
  return rows.flatMap((row) => recordAt(decode(row), point) ?? []);
}

const find = "SELECT seqs::text FROM escapement.find_terms($1::text[], $2::bigint[], $3) ORDER BY n";

export async function match(
  connection: Connection,
  request: Input<"match">,
): Promise<readonly ScoredRecord[]> {
  const { terms, marks, limit, point = Number.MAX_SAFE_INTEGER } = request;
  const ranking = rankTerms(terms, { limit, newest: await pointNow(connection) });
  let step = ranking.next();
  while (step.done !== true) {
    const questions = step.value;
    const queries = texts(questions.map((question) => termQuery(question, marks)));
    const limits = wholeNumbers(questions.map((question) => question.limit));
    const rows = await connection.all(find, queries, limits, point);
    step = ranking.next(rows.map((row) => numbersOf(text(row["seqs"]))));
  }
  return step.value;
}

/** As PostgreSQL writes an array: `{3,2,1}`. */
function numbersOf(array: string): number[] {
  return array === "{}" ? [] : array.slice(1, -1).split(",").map(Number);
}

/** Terms hold no quotation marks, so nothing in them is read as an operator. */
function termQuery({ all, any = [] }: TermQuestion, marks: readonly string[]): string {
  const needed = [...marks, ...all].map(quote);
  if (any.length > 0) needed.push(`(${any.map(quote).join(" | ")})`);
  return needed.join(" & ");
}

export function markQuery(marks: readonly string[], alsoForgotten: boolean): string {
  const live = marks.map(quote).join(" & ");
  return alsoForgotten ? `(${live}) | (${marks.map(forgottenMark).map(quote).join(" & ")})` : live;
}

function quote(term: string): string {
  return `'${term}'`;
}

export async function readChanges(
  connection: Connection,
  { after, limit, namespace }: Input<"changes">,
): Promise<ChangeRow[]> {
  return (await connection.all(changes, after, namespace ?? null, limit)).map((row) => ({
    seq: integer(row["seq"]),
    at: integer(row["at"]),
    kind: kindOf(row["kind"]),
    id: text(row["id"]),
    namespace: text(row["namespace"]),
    recordSeq: integer(row["record_seq"]),
  }));
}

function kindOf(value: unknown): ChangeKind {
  if (value === "appended" || value === "forgotten" || value === "purged") return value;
  throw new EscapementError("storage.broken", `The database tells of the unknown change ${String(value)}.`);
}
