// Memory: immutable records with any number of parents, in one order, and named refs that stand on them. Records are kept,
// hidden and purged, never changed; whoever wants to change something keeps a new record and moves a ref.
import type { Clock, Instant } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import type { IdSource } from "../base/id.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { quote } from "../base/quote.ts";
import type { Content } from "../record/content.ts";
import { Facets } from "../record/facets.ts";
import type { Cause, NewRecordRow, RecordRow } from "../storage/records.ts";
import type { Page } from "../storage/runs.ts";
import type { Storage, StorageNouns } from "../storage/storage.ts";
import { abortable, type Abortable } from "./abortable.ts";
import { readChanges, type Change, type ChangesOptions } from "./changes.ts";
import type { Embedder } from "./embedder.ts";
import { bytesOf, embedMissing, type EmbeddingReport } from "./embedding.ts";
import type { ListOptions } from "./list-options.ts";
import { forgottenError, MemoryReader, type LineageOptions } from "./memory-reader.ts";
import { toMemoryRecord, type Lineage, type MemoryRecord } from "./memory-record.ts";
import { invalid, readId, readName, readNamespace, readNewRecord, type NewRecord } from "./new-record.ts";
import { readMove, Refs } from "./refs.ts";
import { Search, type Finder, type SearchOptions, type SearchResult } from "./search.ts";
import { checkDimensions, readVector, VectorIndex } from "./vector-index.ts";

export interface MemoryParts {
  readonly storage: Pick<StorageNouns, "records" | "refs" | "vectors"> & Pick<Storage, "onCommit">;
  readonly clock: Clock;
  readonly newId: IdSource;
  /** Ends whoever waits for changes; default: one of its own, see `close`. */
  readonly closing?: AbortController;
  /** Who keeps and moves things through this object. Default `system`. */
  readonly cause?: Omit<Cause, "now">;
  readonly facets?: Facets;
  /** Without one, only words are searched. */
  readonly embedder?: Embedder | undefined;
  readonly index?: VectorIndex;
  /** Who hears of records that want a vector; shared, like what follows, by those who act as others. */
  readonly backlog?: Set<() => void>;
  /** The largest content, in bytes. Default 1 MiB. */
  readonly payloadLimit?: number;
  /** Default: by words, over the storage. */
  readonly search?: Finder;
}

export interface AppendOptions extends Abortable {
  /** Name the record by what it is: `sha256:…`. */
  readonly contentAddressed?: boolean;
  /** Move a ref onto the (last) record in the same step. */
  readonly advance?: { readonly ref: string; readonly expected: string | null };
  readonly actor?: string;
}

export interface AppendResult {
  readonly record: MemoryRecord;
  /** False when the same record was there already. */
  readonly created: boolean;
}

export interface RememberOptions extends Abortable {
  readonly tags?: readonly string[];
  /** Default `mesh`. */
  readonly namespace?: string;
  readonly parents?: readonly string[];
}

export interface RecallOptions extends Abortable {
  /** Only what has all of these tags. */
  readonly tags?: readonly string[];
  readonly since?: InstantLike;
  /** Default 20. */
  readonly limit?: number;
  readonly namespace?: string;
}

export interface RetainOptions extends Abortable {
  readonly namespace: string;
  /** What is older goes. */
  readonly maxAge?: Duration;
  /** Beside the newest so many the rest goes. */
  readonly maxCount?: number;
  /** Default true: only tells what would go. */
  readonly dryRun?: boolean;
}

export interface Retained {
  /** How many were purged, or would be. */
  readonly purged: number;
  /** The first thousand of them, oldest first. */
  readonly ids: readonly string[];
  /** How many fall under the rule and stay, because a ref leads to them. */
  readonly referenced: number;
  readonly dryRun: boolean;
}

const appendFields = ["contentAddressed", "advance", "actor", "signal"];
const retainFields = ["namespace", "maxAge", "maxCount", "dryRun", "signal"];
const meshNamespace = "mesh";
const defaultRecall = 20;
const sweepAtOnce = 500;
const idsTold = 1_000;

export class Memory {
  readonly refs: Refs;
  readonly #parts: MemoryParts;
  readonly #cause: Omit<Cause, "now">;
  readonly #facets: Facets;
  readonly #search: Finder;
  readonly #closing: AbortController;
  readonly #index: VectorIndex;
  readonly #backlog: Set<() => void>;
  readonly #reader: MemoryReader;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
    this.#cause = parts.cause ?? { actor: "system" };
    this.#closing = parts.closing ?? new AbortController();
    this.#facets = parts.facets ?? new Facets();
    this.#backlog = parts.backlog ?? new Set();
    this.#index = parts.index ?? new VectorIndex(parts.storage);
    const meaning = { index: this.#index, embedder: parts.embedder };
    this.#search = parts.search ?? new Search({ storage: parts.storage, facets: this.#facets, meaning });
    this.#reader = new MemoryReader({ storage: parts.storage, facets: this.#facets, search: this.#search });
    this.refs = new Refs(parts.storage.refs, parts.clock, this.#cause);
  }

  /** The same memory, with somebody else named in the journal. */
  actingAs(cause: Omit<Cause, "now">): Memory {
    return new Memory({
      ...this.#parts,
      search: this.#search,
      facets: this.#facets,
      index: this.#index,
      backlog: this.#backlog,
      closing: this.#closing,
      cause,
    });
  }

  /** A call of the storage, for whoever works with this memory from another thread. */
  answer(noun: "records" | "refs" | "vectors", verb: string, input: unknown): Promise<unknown> {
    const found: unknown = Reflect.get(this.#parts.storage[noun], verb);
    if (typeof found !== "function") throw invalid(`Memory has no ${noun}.${verb}.`);
    return Promise.resolve<unknown>(found(input));
  }

  /** How it is searched here, for whoever asks from another thread. */
  get finder(): Finder {
    return this.#search;
  }

  /**
   * Keeps a record. The same id with the same content is the same record; with other content it throws
   * `memory.conflict`, and `memory.forgotten` when that record was forgotten.
   */
  async append(record: NewRecord, options: AppendOptions = {}): Promise<AppendResult> {
    const [result] = await this.appendMany([record], options);
    if (result === undefined) throw invalid("Cannot keep nothing.");
    return result;
  }

  /** Keeps all of them, in this order, or none. */
  async appendMany(records: readonly NewRecord[], options: AppendOptions = {}): Promise<AppendResult[]> {
    const { contentAddressed = false, advance, signal } = options;
    checkOptions(options, appendFields, { code: "memory.invalid", what: "Cannot keep records." });
    const { newId, payloadLimit } = this.#parts;
    const reading = { newId, facets: this.#facets, contentAddressed, payloadLimit };
    const rows = records.map((record) => readNewRecord(record, reading));
    const last = rows.at(-1);
    if (last === undefined && advance === undefined) return [];
    if (last === undefined) throw invalid("Cannot move a ref onto nothing: give a record.");
    const move = advance === undefined ? {} : { move: readMove(advance.ref, last.id, advance.expected) };
    const appended = await abortable(signal, () =>
      this.#parts.storage.records.append({ records: rows, ...move, ...this.#because(options) }),
    );
    if (rows.some(({ form }) => form !== "bytes")) for (const hear of this.#backlog) hear();
    return rows.map((row, index) => {
      const [seq, at, created] = appended[index] ?? [0, 0, false];
      return { record: recordOf(row, seq, at), created };
    });
  }

  /** Undefined for an id that is not kept. Throws `memory.forgotten`. */
  get(id: string, options: Abortable = {}): Promise<MemoryRecord | undefined> {
    return this.#reader.get(id, options);
  }

  has(id: string, options: Abortable = {}): Promise<boolean> {
    return this.#reader.has(id, options);
  }

  /** In the order in which they were kept, newest first unless told otherwise. */
  list(options: ListOptions = {}): Promise<Page<MemoryRecord>> {
    return this.#reader.list(options);
  }

  /** All that a record can be traced back to, every parent before its child; cycles end, what is missing is named. */
  lineage(id: string, options: LineageOptions = {}): Promise<Lineage> {
    return this.#reader.lineage(id, options);
  }

  search(options: SearchOptions): Promise<SearchResult> {
    return this.#reader.search(options);
  }

  /**
   * Keeps vectors that were made elsewhere, each in place of the one that the record had. Vectors of one model have one
   * length. Throws `memory.wrong-vector`, `memory.not-found` and `memory.forgotten`.
   */
  async addVectors(
    model: string,
    vectors: readonly { readonly id: string; readonly vector: Float32Array | readonly number[] }[],
    { signal }: Abortable = {},
  ): Promise<void> {
    readName(model, "a model", 200);
    const { storage } = this.#parts;
    const read = vectors.map(({ id, vector }) => ({ id: readId(id), vector: readVector(vector) }));
    const dimensions = (await storage.vectors.texts({ model })).dimensions ?? read[0]?.vector.length ?? 0;
    for (const { vector } of read) checkDimensions(vector.length, dimensions, model);
    const rows = await storage.records.get({ ids: read.map(({ id }) => id) });
    const kept = read.map(({ id, vector }, index) => ({
      seq: seqOf(rows[index], id),
      data: bytesOf(vector),
    }));
    if (kept.length > 0) await abortable(signal, () => storage.vectors.put({ model, vectors: kept }));
  }

  /** Gives a vector to every record that lacks one of the embedder's model. Throws `memory.no-embedder`. */
  embedMissing(
    options: Abortable & { readonly onBatch?: (embedded: number) => Promise<void> | void } = {},
  ): Promise<EmbeddingReport> {
    const { embedder, storage } = this.#parts;
    if (embedder !== undefined) return embedMissing(storage, embedder, options);
    const message = "Cannot embed: this runtime has no embedder. Give one to createRuntime.";
    return Promise.reject(new EscapementError("memory.no-embedder", message));
  }

  /** Calls back when records were kept that may want a vector; returns the way to stop. */
  onBacklog(listener: () => void): () => void {
    this.#backlog.add(listener);
    return () => void this.#backlog.delete(listener);
  }

  /** Hides a record, from now on and everywhere; its lineage stays. Resolves to whether it was there to be seen. */
  forget(
    id: string,
    options: Abortable & { readonly reason: string; readonly actor?: string },
  ): Promise<boolean> {
    return this.#forget(id, options, false);
  }

  /** Takes the content of a record away for good, forgotten before or not. Its id, parents and fingerprint stay. */
  purge(
    id: string,
    options: Abortable & { readonly reason: string; readonly actor?: string },
  ): Promise<boolean> {
    return this.#forget(id, options, true);
  }

  async #forget(
    id: string,
    options: Abortable & { readonly reason: string; readonly actor?: string },
    purge: boolean,
  ): Promise<boolean> {
    const reason: unknown = options?.reason;
    if (typeof reason !== "string" || reason.length === 0 || reason.length > 1_000)
      throw invalid(
        `Cannot forget ${quote(id)} without a reason: give { reason: "…" }, up to 1,000 characters.`,
      );
    const request = { id: readId(id), reason: reason.toWellFormed().replaceAll("\0", "\uFFFD"), purge };
    return abortable(options.signal, () =>
      this.#parts.storage.records.forget({ ...request, ...this.#because(options) }),
    );
  }

  /** What happened to records, from a cursor on. */
  changes(options: ChangesOptions = {}): AsyncGenerator<Change, void, undefined> {
    return readChanges({ storage: this.#parts.storage, closing: this.#closing.signal }, options);
  }

  /** The number of the newest point: what is visible now is what `at` of it shows for ever. */
  point(): Promise<number> {
    return this.#parts.storage.records.point({});
  }

  /** Memory as it was, at a point or a time; only what was purged since is missing. */
  async at(point: number | InstantLike): Promise<MemoryReader> {
    const parts = { storage: this.#parts.storage, facets: this.#facets, search: this.#search };
    if (typeof point === "number") {
      if (!Number.isInteger(point) || point < 0)
        throw invalid(`Cannot look back to point ${quote(point)}: give a whole number from 0, or a Date.`);
      return new MemoryReader(parts, point);
    }
    const at: Instant = parseInstant(point);
    return new MemoryReader(parts, await this.#parts.storage.records.point({ at }));
  }

  /** Keeps a summary with its tags. */
  async remember(summary: Content, options: RememberOptions = {}): Promise<MemoryRecord> {
    const { tags = [], namespace = meshNamespace, parents, signal } = options;
    const given = {
      namespace,
      content: summary,
      metadata: { tags },
      ...(parents === undefined ? {} : { parents }),
    };
    return (await this.append(given, signal === undefined ? {} : { signal })).record;
  }

  /** What was remembered, newest first. */
  async recall(options: RecallOptions = {}): Promise<readonly MemoryRecord[]> {
    const { tags = [], since, limit = defaultRecall, namespace = meshNamespace, signal } = options;
    const { items } = await this.list({
      namespace,
      limit,
      where: { tags },
      ...(since === undefined ? {} : { since }),
      ...(signal === undefined ? {} : { signal }),
    });
    return items;
  }

  /** Purges what a namespace need not keep, except what a ref leads to. A dry run unless told otherwise. */
  async retain(options: RetainOptions): Promise<Retained> {
    const { maxAge, maxCount, dryRun = true, signal } = options;
    checkOptions(options, retainFields, { code: "memory.invalid", what: "Cannot apply a retention." });
    const namespace = readNamespace(options.namespace);
    if (maxAge === undefined && maxCount === undefined)
      throw invalid(`Cannot tell what "${namespace}" need not keep: give maxAge, maxCount or both.`);
    if (maxCount !== undefined && !(Number.isInteger(maxCount) && maxCount >= 0))
      throw invalid(`Cannot keep the newest ${quote(maxCount)}: give a whole number from 0.`);
    const now = this.#parts.clock.now();
    const rule = {
      namespace,
      ...(maxAge === undefined ? {} : { before: now - parseDuration(maxAge) }),
      ...(maxCount === undefined ? {} : { keepNewest: maxCount }),
    };
    const ids: string[] = [];
    for (let purged = 0; ;) {
      signal?.throwIfAborted();
      const limit = dryRun ? Number.MAX_SAFE_INTEGER : sweepAtOnce;
      const sweep = await this.#parts.storage.records.sweep({ ...rule, limit, dryRun, ...this.#because({}) });
      purged += sweep.ids.length;
      ids.push(...sweep.ids.slice(0, idsTold - ids.length));
      if (dryRun || sweep.ids.length < limit) return { purged, ids, referenced: sweep.referenced, dryRun };
    }
  }

  /** Ends everybody who waits for changes: nothing will come any more. */
  close(): void {
    this.#closing.abort();
    this.#index.close();
  }

  #because({ actor }: { readonly actor?: string }): Cause {
    return { ...this.#cause, ...(actor === undefined ? {} : { actor }), now: this.#parts.clock.now() };
  }
}

function seqOf(row: RecordRow | undefined, id: string): number {
  if (row?.forgotten !== undefined) throw forgottenError(row);
  if (row !== undefined) return row.seq;
  throw new EscapementError("memory.not-found", `There is no record ${quote(id)}.`, { details: { id } });
}

function recordOf(row: NewRecordRow, seq: number, at: Instant): MemoryRecord {
  return toMemoryRecord({ ...row, seq, at });
}
