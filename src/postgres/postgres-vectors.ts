// Vectors in PostgreSQL, and what of them has changed, for the copy that is searched.
import { integer, text } from "../storage/row.ts";
import type { VectorPage, VectorStorage } from "../storage/vectors.ts";
import { numbers, texts, wholeNumbers } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { pointNow } from "./memory-points.ts";
import { decode, recordColumns, markQuery } from "./record-reads.ts";
import type { Session } from "./session.ts";

type Input<Verb extends keyof VectorStorage> = Parameters<VectorStorage[Verb]>[0];

/** The row of memory stays locked until the commit, so versions are committed in their order. */
const keep = `WITH last AS (
    UPDATE escapement.memory SET vectors = vectors + cardinality($1::bigint[]) RETURNING vectors
  ), given AS (
    SELECT * FROM unnest($1::bigint[], $2::integer[], $4::bytea[]) WITH ORDINALITY AS given (seq, dimensions, data, n)
  )
  INSERT INTO escapement.vector (version, seq, dimensions, model, data)
  SELECT last.vectors - cardinality($1::bigint[]) + given.n, given.seq, given.dimensions, $3, given.data
  FROM given CROSS JOIN last
  WHERE given.seq IN (SELECT seq FROM escapement.record WHERE seq = ANY ($1::bigint[]) AND forgotten_seq IS NULL)
  ON CONFLICT (seq) DO UPDATE SET version = excluded.version, dimensions = excluded.dimensions, model = excluded.model,
    data = excluded.data`;
const changed = `SELECT vector.version, vector.seq, vector.dimensions, encode(vector.data, 'hex') AS data, record.namespace
  FROM escapement.vector AS vector JOIN escapement.record AS record ON record.seq = vector.seq
  WHERE model = $1 AND version > $2 ORDER BY version LIMIT $3`;
const gone = "SELECT seq FROM escapement.record WHERE forgotten_seq > $1";
const lacking = `SELECT ${recordColumns} FROM escapement.record AS record
  WHERE seq > $1 AND forgotten_seq IS NULL AND form < 3
  AND NOT EXISTS (SELECT 1 FROM escapement.vector AS vector WHERE vector.seq = record.seq AND model = $2)
  ORDER BY seq LIMIT $3`;
const counted = `SELECT texts AS count,
  (SELECT dimensions FROM escapement.vector WHERE model = $1 AND dimensions > 0 LIMIT 1) AS dimensions FROM escapement.memory`;
const marked =
  "SELECT coalesce(string_agg(seq::text, ',' ORDER BY seq DESC), '') AS seqs FROM escapement.record WHERE terms @@ $1::tsquery";

export function vectorsIn(session: Session): VectorStorage {
  return {
    put: (request) => session.transact(({ connection }) => put(connection, request)),
    read: (request) => session.read((connection) => readPage(connection, request)),
    missing: ({ model, after, limit }) =>
      session.read(async (connection) => (await connection.all(lacking, after, model, limit)).map(decode)),
    texts: ({ model }) =>
      session.read(async (connection) => {
        const row = await connection.get(counted, model);
        const dimensions = row?.["dimensions"];
        return { count: integer(row?.["count"]), ...(typeof dimensions === "number" ? { dimensions } : {}) };
      }),
    marked: ({ marks }) =>
      session.read(async (connection) => {
        const seqs = text((await connection.get(marked, markQuery(marks, false)))?.["seqs"]);
        return seqs === "" ? [] : seqs.split(",").map(Number);
      }),
  };
}

async function put(connection: Connection, { model, vectors }: Input<"put">): Promise<number> {
  // Whoever forgets one of the records meanwhile is waited for first: nothing is kept of what is gone.
  await connection.get("SELECT point FROM escapement.memory FOR UPDATE");
  return connection.run(
    keep,
    wholeNumbers(vectors.map(({ seq }) => seq)),
    numbers(vectors.map(({ data }) => data.length / 4)),
    model,
    texts(vectors.map(({ data }) => String.raw`\x${bufferOf(data).toString("hex")}`)),
  );
}

function bufferOf(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

async function readPage(
  connection: Connection,
  { model, after, limit, gonePoint }: Input<"read">,
): Promise<VectorPage> {
  // First the point: what is forgotten meanwhile is told the next time.
  const point = await pointNow(connection);
  const forgotten = gonePoint >= point ? [] : await connection.all(gone, gonePoint);
  const rows = await connection.all(changed, model, after, limit);
  return {
    seqs: rows.map((row) => integer(row["seq"])),
    namespaces: rows.map((row) => text(row["namespace"])),
    data: new Uint8Array(Buffer.from(rows.map((row) => text(row["data"])).join(""), "hex")),
    empty: rows.map((row) => row["dimensions"] === 0),
    version: rows.length === 0 ? after : integer(rows.at(-1)?.["version"]),
    gone: forgotten.map((row) => integer(row["seq"])),
    point,
  };
}
