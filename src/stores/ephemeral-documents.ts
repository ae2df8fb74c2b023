// Documents in the memory of this process: the promise of storage/documents.ts as far as it needs no database. They are
// gone with the process, nobody else sees them, and the journal does not hear of them.
import {
  decideChange,
  type ChangeOutcome,
  type DocumentChange,
  type DocumentRow,
} from "../document/change.ts";
import { compareKeys } from "../document/key.ts";
import type {
  DocumentFilter,
  DocumentRange,
  DocumentStorage,
  StoreState,
  WriteRequest,
} from "../storage/documents.ts";

interface Shelf {
  readonly rows: Map<string, DocumentRow>;
  /** In order; absent since a key came or went. */
  keys?: readonly string[];
  floor: number;
  lastRunAt?: number;
}

export class EphemeralDocuments implements DocumentStorage {
  readonly #shelves = new Map<string, Shelf>();
  readonly #onChange: (change: DocumentChange, outcome: ChangeOutcome) => void;

  constructor(onChange: (change: DocumentChange, outcome: ChangeOutcome) => void) {
    this.#onChange = onChange;
  }

  write({ changes, now }: WriteRequest): Promise<ChangeOutcome[]> {
    return attempt(() => changes.map((change) => this.#change(change, now)));
  }

  #change(change: DocumentChange, now: number): ChangeOutcome {
    const shelf = this.#shelf(change.store);
    const before = shelf.rows.get(change.key);
    const outcome = decideChange(before, change, { now, floor: shelf.floor });
    if (!outcome.changed) return outcome;
    if (outcome.document === undefined) {
      shelf.rows.delete(change.key);
      shelf.floor = Math.max(shelf.floor, before?.version ?? 0);
    } else {
      shelf.rows.set(change.key, outcome.document);
    }
    if (before === undefined || outcome.document === undefined) delete shelf.keys;
    this.#onChange(change, outcome);
    return outcome;
  }

  mark({ store, lastRunAt }: { readonly store: string; readonly lastRunAt: number }): Promise<void> {
    this.#shelf(store).lastRunAt = lastRunAt;
    return Promise.resolve();
  }

  get({ store, keys }: { readonly store: string; readonly keys: readonly string[] }): Promise<DocumentRow[]> {
    const { rows } = this.#shelf(store);
    return Promise.resolve(keys.flatMap((key) => rows.get(key) ?? []));
  }

  list({ after, limit, ...range }: DocumentFilter): Promise<DocumentRow[]> {
    const { rows } = this.#shelf(range.store);
    const keys = this.#keys(range).filter((key) => after === undefined || compareKeys(key, after) > 0);
    return Promise.resolve(keys.slice(0, limit).flatMap((key) => rows.get(key) ?? []));
  }

  state(range: DocumentRange): Promise<StoreState> {
    const { lastRunAt } = this.#shelf(range.store);
    const count = this.#keys(range).length;
    return Promise.resolve(lastRunAt === undefined ? { count } : { count, lastRunAt });
  }

  #keys({ store, from, to }: DocumentRange): string[] {
    const shelf = this.#shelf(store);
    shelf.keys ??= [...shelf.rows.keys()].toSorted(compareKeys);
    return shelf.keys.filter((key) => compareKeys(key, from) >= 0 && compareKeys(key, to) < 0);
  }

  #shelf(store: string): Shelf {
    const shelf = this.#shelves.get(store) ?? { rows: new Map(), floor: 0 };
    this.#shelves.set(store, shelf);
    return shelf;
  }
}

/** What is thrown on the way becomes a rejection, as of any storage. */
async function attempt<Result>(work: () => Result): Promise<Result> {
  return Promise.resolve(work());
}
