// Search: by words, by meaning, or by both with their ranks made one. Says which of the two really ran; nothing stands in
// for meaning where there is none.
import { EscapementError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import { quote } from "../base/quote.ts";
import type { Facets, Metadata } from "../record/facets.ts";
import { fuseRanks, type FusedRank } from "../record/fuse-ranks.ts";
import { termsOf } from "../record/terms.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { abortable, type Abortable } from "./abortable.ts";
import { toMemoryRecord, type MemoryRecord } from "./memory-record.ts";
import type { Embedder } from "./embedder.ts";
import { invalid, readNamespace } from "./new-record.ts";
import { readVector, type VectorIndex } from "./vector-index.ts";

export type Ranker = "lexical" | "vector";

export interface SearchOptions extends Abortable {
  /** Any text; nothing in it is an operator. */
  readonly text?: string;
  /** Instead of what the embedder makes of the text. */
  readonly vector?: Float32Array | readonly number[];
  /** The model that made the vector; default that of the embedder. */
  readonly model?: string;
  /** Default `hybrid`: whatever of the two there is. */
  readonly mode?: "hybrid" | Ranker;
  readonly namespace?: string;
  /** As in `list`; a part of the search, so that it never thins out what was found. */
  readonly where?: Metadata;
  /** 0 to 1,000; default 10. */
  readonly limit?: number;
}

export interface SearchHit {
  readonly record: MemoryRecord;
  /** Sum over the rankers of 1 / (60 + rank): good for the order of one answer, not to be held against another's. */
  readonly score: number;
  /** From 1, in each ranker that found it. */
  readonly ranks: Readonly<Partial<Record<Ranker, number>>>;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /** The rankers that really ran. */
  readonly used: readonly Ranker[];
  /** Records that wait for their vector, and so were not found by meaning. */
  readonly unindexed: number;
  /** Why it was not searched by meaning, where it should have been. */
  readonly problem?: string;
}

export interface Finder {
  /** Throws `memory.invalid` and `memory.no-embedder`. */
  find(options: SearchOptions, point?: number): Promise<SearchResult>;
}

const fields = ["text", "vector", "model", "mode", "namespace", "where", "limit", "signal"];
const defaultLimit = 10;
const largestLimit = 1_000;
/** Ranks further down hardly add to a score. */
const leastDepth = 50;

export interface SearchParts {
  readonly storage: Pick<StorageNouns, "records" | "vectors">;
  readonly facets: Facets;
  /** Without them only words are searched. */
  readonly meaning?: { readonly index: VectorIndex; readonly embedder: Embedder | undefined };
}

/** What a vector is searched with, once it is known which. */
interface Wanted {
  readonly model: string;
  readonly vector: Float32Array;
}

export class Search implements Finder {
  readonly #parts: SearchParts;

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  find(options: SearchOptions, point?: number): Promise<SearchResult> {
    return abortable(options.signal, () => this.#find(options, point));
  }

  async #find(options: SearchOptions, point: number | undefined): Promise<SearchResult> {
    const { namespace, where, mode = "hybrid" } = options;
    const limit = readSearch(options);
    if (namespace !== undefined) readNamespace(namespace);
    const marks = this.#parts.facets.filter(undefined, where);
    const scope = {
      marks,
      limit: limit === 0 ? 0 : Math.max(limit, leastDepth),
      ...(namespace === undefined ? {} : { namespace }),
      ...(point === undefined ? {} : { point }),
    };
    const rankings = new Map<Ranker, readonly number[]>();
    const lexical = mode === "vector" ? undefined : this.#byWords(options.text, scope);
    const { wanted, problem } = await this.#wanted(options, mode);
    const seqs = await lexical;
    if (seqs !== undefined) rankings.set("lexical", seqs);
    const index = this.#parts.meaning?.index;
    if (wanted !== undefined && index !== undefined)
      rankings.set("vector", await index.nearest({ ...scope, ...wanted }));
    if (rankings.size === 0) throw noEmbedder();
    return {
      hits: await this.#read(fuseRanks(rankings, limit)),
      used: [...rankings.keys()],
      unindexed: await this.#unindexed(wanted?.model),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async #byWords(text: string | undefined, scope: Scope): Promise<readonly number[] | undefined> {
    if (text === undefined) return undefined;
    const { storage, facets } = this.#parts;
    const { namespace, ...rest } = scope;
    const own = namespace === undefined ? [] : [facets.namespace(namespace)];
    const scored = await storage.records.match({
      ...rest,
      marks: [...own, ...scope.marks],
      terms: termsOf(text),
    });
    return scored.map(({ seq }) => seq);
  }

  /** Throws `memory.no-embedder` where meaning was asked for in so many words. */
  async #wanted(
    { vector, model, text, signal }: SearchOptions,
    mode: "hybrid" | Ranker,
  ): Promise<{ readonly wanted?: Wanted; readonly problem?: string }> {
    if (mode === "lexical") return {};
    const embedder = this.#parts.meaning?.embedder;
    if (vector !== undefined) {
      const of = model ?? embedder?.model;
      if (of === undefined || this.#parts.meaning === undefined) throw noEmbedder();
      return { wanted: { model: of, vector: readVector(vector) } };
    }
    if (embedder === undefined || text === undefined || text.trim() === "") {
      if (mode === "vector") throw noEmbedder();
      return {};
    }
    try {
      const [made] = await embedder.embed([text.toWellFormed()], signal === undefined ? {} : { signal });
      return { wanted: { model: embedder.model, vector: readVector(made) } };
    } catch (error) {
      if (mode === "vector") throw error;
      return {
        problem: `Not searched by meaning: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }

  /** How many records with text wait for a vector of the model that is searched here. */
  async #unindexed(given: string | undefined): Promise<number> {
    const { meaning, storage } = this.#parts;
    const model = given ?? meaning?.embedder?.model;
    if (meaning === undefined || model === undefined) return 0;
    const [{ count }, indexed] = await Promise.all([
      storage.vectors.texts({ model }),
      meaning.index.count(model),
    ]);
    return Math.max(0, count - indexed);
  }

  async #read(ranked: readonly FusedRank<Ranker>[]): Promise<SearchHit[]> {
    if (ranked.length === 0) return [];
    const rows = await this.#parts.storage.records.bySeq({ seqs: ranked.map(({ seq }) => seq) });
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    return ranked.flatMap(({ seq, score, ranks }) => {
      const row = bySeq.get(seq);
      return row === undefined ? [] : [{ record: toMemoryRecord(row), score, ranks }];
    });
  }
}

interface Scope {
  readonly marks: readonly string[];
  readonly limit: number;
  readonly namespace?: string;
  readonly point?: number;
}

/** The limit. Throws `memory.invalid`. */
function readSearch(options: SearchOptions): number {
  checkOptions(options, fields, { code: "memory.invalid", what: "Cannot search." });
  const { text, vector, mode = "hybrid", limit = defaultLimit } = options;
  if (!Number.isInteger(limit) || limit < 0 || limit > largestLimit)
    throw invalid(`Cannot find ${quote(limit)} records: give a whole number from 0 to ${largestLimit}.`);
  if (mode !== "hybrid" && mode !== "lexical" && mode !== "vector")
    throw invalid(`Cannot search in mode ${quote(mode)}: write "hybrid", "lexical" or "vector".`);
  if (text === undefined ? vector === undefined || mode === "lexical" : typeof text !== "string")
    throw invalid(`Cannot search for ${quote(text)}: give a text, or a vector.`);
  return limit;
}

function noEmbedder(): EscapementError {
  return new EscapementError(
    "memory.no-embedder",
    'Cannot search by meaning: this runtime has no embedder. Give one to createRuntime, or search in mode "lexical".',
  );
}
