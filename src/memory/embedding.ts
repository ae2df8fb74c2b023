// Gives vectors to the records that lack one of the embedder's model: the backlog after appends, or all of them after a
// change of the model. What is done is in the storage, so whoever goes on after a crash does nothing twice that was done.
import { EscapementError } from "../base/errors.ts";
import { textOf } from "../record/content.ts";
import type { RecordRow } from "../storage/records.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { Embedder } from "./embedder.ts";
import { checkDimensions, readVector } from "./vector-index.ts";

export interface EmbeddingReport {
  readonly embedded: number;
}

const defaultBatch = 64;
/** Models read only so much of a text. */
const longestText = 24_000;

/** Embeds until nothing is left; `onBatch` hears of every batch that was kept. */
export async function embedMissing(
  storage: Pick<StorageNouns, "vectors">,
  embedder: Embedder,
  options: { readonly signal?: AbortSignal; readonly onBatch?: (embedded: number) => Promise<void> | void },
): Promise<EmbeddingReport> {
  const { model, batch = defaultBatch } = embedder;
  const { signal, onBatch } = options;
  const { dimensions } = await storage.vectors.texts({ model });
  let embedded = 0;
  for (let after = 0; ;) {
    signal?.throwIfAborted();
    const rows = await storage.vectors.missing({ model, after, limit: batch });
    const last = rows.at(-1);
    if (last === undefined) return { embedded };
    const vectors = await vectorsOf(rows, embedder, signal);
    for (const { data } of vectors)
      if (data.length > 0 && dimensions !== undefined) checkDimensions(data.length / 4, dimensions, model);
    embedded += await storage.vectors.put({ model, vectors });
    after = last.seq;
    await onBatch?.(embedded);
  }
}

async function vectorsOf(
  rows: readonly RecordRow[],
  embedder: Embedder,
  signal: AbortSignal | undefined,
): Promise<{ readonly seq: number; readonly data: Uint8Array }[]> {
  const texts = rows.map((row) => textOf(row.form, row.body).trim().slice(0, longestText).toWellFormed());
  const asked = texts.flatMap((text, index) => (text === "" ? [] : [index]));
  const answer =
    asked.length === 0
      ? []
      : await embedder.embed(
          asked.map((index) => texts[index] ?? ""),
          signal === undefined ? {} : { signal },
        );
  if (answer.length !== asked.length)
    throw wrongAnswer(embedder, `${answer.length} vectors for ${asked.length} texts`);
  const read = answer.map(readVector);
  const [first] = read;
  if (read.some((one) => one.length !== first?.length))
    throw wrongAnswer(embedder, "vectors of different lengths");
  const vectors = new Map(read.map((vector, index) => [asked[index], vector]));
  return rows.map(({ seq }, index) => ({ seq, data: bytesOf(vectors.get(index)) }));
}

/** Nothing for a record in which there is nothing to be understood. */
export function bytesOf(vector: Float32Array | undefined): Uint8Array {
  return vector === undefined
    ? new Uint8Array()
    : new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function wrongAnswer({ model }: Embedder, what: string): EscapementError {
  return new EscapementError("memory.wrong-vector", `The embedder of model "${model}" gave ${what}.`);
}
