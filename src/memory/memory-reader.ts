// Reading memory, as it is now or as it was at a point. Never changes anything.
import { EscapementError } from "../base/errors.ts";
import type { Facets } from "../record/facets.ts";
import { orderLineage } from "../record/order-lineage.ts";
import type { RecordRow } from "../storage/records.ts";
import type { Page } from "../storage/runs.ts";
import type { StorageNouns } from "../storage/storage.ts";
import { abortable, type Abortable } from "./abortable.ts";
import { readListOptions, type ListOptions } from "./list-options.ts";
import { toForgottenRecord, toMemoryRecord, type Lineage, type MemoryRecord } from "./memory-record.ts";
import { invalid, readId } from "./new-record.ts";
import { RefReader } from "./refs.ts";
import type { Finder, SearchOptions, SearchResult } from "./search.ts";

export interface ReaderParts {
  readonly storage: Pick<StorageNouns, "records" | "refs">;
  readonly facets: Facets;
  readonly search: Finder;
}

export interface LineageOptions extends Abortable {
  /** 0 is the record alone, 1 its parents too; default: as far as it goes. */
  readonly maxDepth?: number;
}

export class MemoryReader {
  readonly refs: Pick<RefReader, "get" | "list">;
  readonly #parts: ReaderParts;
  readonly #point: number | undefined;

  constructor(parts: ReaderParts, point?: number) {
    this.#parts = parts;
    this.#point = point;
    this.refs = new RefReader(parts.storage.refs, point);
  }

  /** Undefined for an id that is not kept. Throws `memory.forgotten`. */
  async get(id: string, { signal }: Abortable = {}): Promise<MemoryRecord | undefined> {
    const row = await abortable(signal, () => this.#row(readId(id)));
    if (row?.forgotten !== undefined) throw forgottenError(row);
    return row === undefined ? undefined : toMemoryRecord(row);
  }

  async has(id: string, { signal }: Abortable = {}): Promise<boolean> {
    const row = await abortable(signal, () => this.#row(readId(id)));
    return row !== undefined && row.forgotten === undefined;
  }

  /** In the order in which they were kept. What comes while you page is never given twice, and hides nothing. */
  async list(options: ListOptions = {}): Promise<Page<MemoryRecord>> {
    const { facets, storage } = this.#parts;
    const filter = readListOptions(options, facets);
    if (filter.limit === 0) return { items: [] };
    const { items, next } = await abortable(options.signal, () =>
      storage.records.list({ ...filter, ...this.#at() }),
    );
    const records = items.map(toMemoryRecord);
    return next === undefined ? { items: records } : { items: records, next };
  }

  /** All that a record can be traced back to, every parent before its child. */
  async lineage(id: string, { signal, maxDepth }: LineageOptions = {}): Promise<Lineage> {
    if (maxDepth !== undefined && !(Number.isInteger(maxDepth) && maxDepth >= 0))
      throw invalid(`Cannot trace back ${maxDepth} steps: give a whole number from 0.`);
    const depth = maxDepth === undefined ? {} : { maxDepth };
    const request = { id: readId(id), ...depth, ...this.#at() };
    const rows = await abortable(signal, () => this.#parts.storage.records.ancestors(request));
    const { items, missing } = orderLineage(id, new Map(rows.map((row) => [row.id, row])), maxDepth);
    return { records: items.map((row) => toForgottenRecord(row) ?? toMemoryRecord(row)), missing };
  }

  /** What fits best, best first. What was forgotten is never found, whatever the point. */
  search(options: SearchOptions): Promise<SearchResult> {
    return this.#parts.search.find(options, this.#point);
  }

  async #row(id: string): Promise<RecordRow | undefined> {
    return (await this.#parts.storage.records.get({ ids: [id], ...this.#at() }))[0];
  }

  #at(): { readonly point?: number } {
    return this.#point === undefined ? {} : { point: this.#point };
  }
}

export function forgottenError({ id, forgotten: how }: RecordRow): EscapementError {
  return new EscapementError(
    "memory.forgotten",
    `Cannot read ${JSON.stringify(id)}: it was ${how?.purged === true ? "purged" : "forgotten"} (${how?.reason}). Its lineage can still be read.`,
    { details: { id, reason: how?.reason, purged: how?.purged } },
  );
}
