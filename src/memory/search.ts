// Search: by words, by meaning, or by both with their ranks made one. Says which of the two really ran; nothing stands in
// for meaning where there is none.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { Facets, Metadata } from "../record/facets.ts";
import { fuseRanks, type FusedRank } from "../record/fuse-ranks.ts";
import { termsOf } from "../record/terms.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { abortable, type Abortable } from "./abortable.ts";
import { toMemoryRecord, type MemoryRecord } from "./memory-record.ts";
import { invalid, readNamespace } from "./new-record.ts";

export type Ranker = "lexical" | "vector";

export interface SearchOptions extends Abortable {
  /** Any text; nothing in it is an operator. */
  readonly text?: string;
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
}

export interface Finder {
  /** Throws `memory.invalid` and `memory.no-embedder`. */
  find(options: SearchOptions, point?: number): Promise<SearchResult>;
}

const defaultLimit = 10;
const largestLimit = 1_000;
/** Ranks further down hardly add to a score. */
const leastDepth = 50;

export class Search implements Finder {
  readonly #storage: Pick<StorageNouns, "records">;
  readonly #facets: Facets;

  constructor(storage: Pick<StorageNouns, "records">, facets: Facets) {
    this.#storage = storage;
    this.#facets = facets;
  }

  find(options: SearchOptions, point?: number): Promise<SearchResult> {
    return abortable(options.signal, () => this.#find(options, point));
  }

  async #find(options: SearchOptions, point: number | undefined): Promise<SearchResult> {
    const { text, namespace, where, limit = defaultLimit } = options;
    if (!Number.isInteger(limit) || limit < 0 || limit > largestLimit)
      throw invalid(`Cannot find ${quote(limit)} records: give a whole number from 0 to ${largestLimit}.`);
    if (typeof text !== "string") throw invalid(`Cannot search for ${quote(text)}: give a text.`);
    if (options.mode === "vector") throw noEmbedder();
    if (namespace !== undefined) readNamespace(namespace);
    const marks = this.#facets.filter(namespace, where);
    const rankings = new Map<Ranker, readonly number[]>();
    const scored = await this.#storage.records.match({
      terms: termsOf(text),
      marks,
      limit: limit === 0 ? 0 : Math.max(limit, leastDepth),
      ...(point === undefined ? {} : { point }),
    });
    rankings.set(
      "lexical",
      scored.map(({ seq }) => seq),
    );
    return { hits: await this.#read(fuseRanks(rankings, limit)), used: [...rankings.keys()], unindexed: 0 };
  }

  async #read(ranked: readonly FusedRank<Ranker>[]): Promise<SearchHit[]> {
    if (ranked.length === 0) return [];
    const rows = await this.#storage.records.bySeq({ seqs: ranked.map(({ seq }) => seq) });
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    return ranked.flatMap(({ seq, score, ranks }) => {
      const row = bySeq.get(seq);
      return row === undefined ? [] : [{ record: toMemoryRecord(row), score, ranks }];
    });
  }
}

function noEmbedder(): EscapementError {
  return new EscapementError(
    "memory.no-embedder",
    'Cannot search by meaning: this runtime has no embedder. Give one to createRuntime, or search in mode "lexical".',
  );
}
