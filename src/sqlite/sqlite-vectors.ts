// Vectors in SQLite, and what of them has changed, for the copy that is searched.
import type { RecordRow } from "../storage/records.ts";
import { integer, text } from "../storage/row.ts";
import type { VectorPage, VectorStorage } from "../storage/vectors.ts";
import type { Connection } from "./connection.ts";
import { pointNow } from "./memory-points.ts";
import { decode, markQuery, recordColumns } from "./record-reads.ts";
import type { WriteContext } from "./write-context.ts";

type Input<Verb extends keyof VectorStorage> = Parameters<VectorStorage[Verb]>[0];

const keep = `INSERT INTO vector (version, seq, dimensions, model, data)
  SELECT ?1, seq, ?3, ?4, ?5 FROM record WHERE seq = ?2 AND forgotten_seq IS NULL
  ON CONFLICT (seq) DO UPDATE SET version = excluded.version, dimensions = excluded.dimensions, model = excluded.model, data = excluded.data`;
const changed = `SELECT vector.version, vector.seq, vector.dimensions, vector.data, record.namespace
  FROM vector CROSS JOIN record ON record.seq = vector.seq WHERE model = ? AND version > ? ORDER BY version LIMIT ?`;
const gone = "SELECT seq FROM record WHERE forgotten_seq > ?";
const lacking = `SELECT ${recordColumns} FROM record WHERE seq > ? AND forgotten_seq IS NULL AND form < 3
  AND NOT EXISTS (SELECT 1 FROM vector WHERE vector.seq = record.seq AND model = ?) ORDER BY seq LIMIT ?`;
const counted = `SELECT texts AS count,
  (SELECT dimensions FROM vector WHERE model = ? AND dimensions > 0 LIMIT 1) AS dimensions FROM memory`;
const marked = "SELECT rowid FROM record_terms WHERE record_terms MATCH ? ORDER BY rowid DESC";

export interface VectorReads {
  read(request: Input<"read">): VectorPage;
  missing(request: Input<"missing">): RecordRow[];
  texts(request: Input<"texts">): { readonly count: number; readonly dimensions?: number };
  marked(request: Input<"marked">): number[];
}

export function vectorReads(connection: Connection): VectorReads {
  return {
    read: (request) => readPage(connection, request),
    missing: ({ model, after, limit }) => connection.lists(lacking, after, model, limit).map(decode),
    texts({ model }) {
      const row = connection.get(counted, model);
      const dimensions = row?.["dimensions"];
      return { count: integer(row?.["count"]), ...(typeof dimensions === "number" ? { dimensions } : {}) };
    },
    marked: ({ marks }) =>
      connection.all(marked, markQuery(marks, false)).map((row) => integer(row["rowid"])),
  };
}

function readPage(connection: Connection, { model, after, limit, gonePoint }: Input<"read">): VectorPage {
  const rows = connection.all(changed, model, after, limit);
  const vectors = rows.map(({ data }) => (data instanceof Uint8Array ? data : new Uint8Array()));
  const point = pointNow(connection);
  return {
    seqs: rows.map((row) => integer(row["seq"])),
    namespaces: rows.map((row) => text(row["namespace"])),
    data: joined(vectors),
    empty: rows.map((row) => row["dimensions"] === 0),
    version: rows.length === 0 ? after : integer(rows.at(-1)?.["version"]),
    gone: gonePoint >= point ? [] : connection.all(gone, gonePoint).map((row) => integer(row["seq"])),
    point,
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let from = 0;
  for (const part of parts) {
    whole.set(part, from);
    from += part.length;
  }
  return whole;
}

export class SqliteVectors {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  put({ model, vectors }: Input<"put">): number {
    const { connection } = this.#context;
    const row = connection.get("UPDATE memory SET vectors = vectors + ? RETURNING vectors", vectors.length);
    const last = integer(row?.["vectors"]);
    let kept = 0;
    vectors.forEach(({ seq, data }, number) => {
      const version = last - vectors.length + 1 + number;
      kept += connection.run(keep, version, seq, data.length / 4, model, data);
    });
    return kept;
  }
}
