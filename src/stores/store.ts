// A store as its users know it: typed documents under a tuple of their own fields.
import type { InstantLike } from "../base/instant.ts";
import type { KeyPart } from "../document/key.ts";
import type { DocumentStorage } from "../storage/documents.ts";
import type { Page } from "../storage/runs.ts";

/** What Escapement keeps with every document; accepted and ignored in what is handed in. */
export interface Kept {
  /** Grows with every change, and is never given twice under one key. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A document as it is handed out: frozen, or a copy of its own where freezing cannot protect it. */
export type Document<Item> = Readonly<Item> & Kept;

export interface Abortable {
  readonly signal?: AbortSignal;
}

export interface ListOptions extends Abortable {
  /** The first parts of the key; a part is matched as a whole. */
  readonly prefix?: readonly KeyPart[];
  /** The `next` of the page before. */
  readonly after?: string;
  /** 0 to 1,000; default 100. */
  readonly limit?: number;
}

export type StoreChange<Item, Key> =
  | { readonly kind: "stored"; readonly key: Key; readonly document: Document<Item> }
  | { readonly kind: "deleted"; readonly key: Key };

export interface StoreStatus<Item> {
  /** See `setLastRunAt`. */
  readonly lastRunAt: Date | undefined;
  readonly count: number;
  /** The first twenty documents in the order of their keys. */
  readonly samples: readonly Document<Item>[];
}

/** Where a store is used from, when it is not simply from here. */
export interface Binding {
  /** A transaction that is open, and who is to be called when it is committed. */
  readonly inside?: { readonly documents: DocumentStorage; readonly afterwards: (act: () => void) => void };
  /** What causes the changes, as `run:ID`. */
  readonly parent?: string;
}

export interface Store<Item extends object, Given extends object, Key extends readonly KeyPart[]> {
  readonly name: string;
  /**
   * Makes the document, or changes the fields that are given; `undefined` takes a field away. What is so already makes no
   * new version. `expectedVersion` 0 means that there must be none yet. Throws `store.invalid`, storing nothing, and
   * `store.conflict`.
   */
  upsert(item: Given, options?: Abortable & { readonly expectedVersion?: number }): Promise<Document<Item>>;
  get(...key: Key): Promise<Document<Item> | undefined>;
  /** Resolves to whether there was one. */
  delete(...key: Key): Promise<boolean>;
  /** In the order of the keys. */
  list(options?: ListOptions): Promise<Page<Document<Item>>>;
  count(options?: Abortable & Pick<ListOptions, "prefix">): Promise<number>;
  /**
   * Adds to a number, at once in the database: of adjustments at the same time every one counts. A field that is not there
   * yet counts as 0. A list of steps leads deeper. Throws `store.not-found`, and `store.invalid` for what is no number.
   */
  adjust(key: Key, path: string | readonly (string | number)[], delta: number): Promise<Document<Item>>;
  /**
   * Puts what `fn` returns in the place of what it is given; `undefined` changes nothing. It is called again when somebody
   * else was faster, so it should only compute. Throws `store.conflict` when that happens too often.
   */
  update(
    key: Key,
    fn: (current: Document<Item> | undefined) => Item | undefined | Promise<Item | undefined>,
    options?: Abortable,
  ): Promise<Document<Item> | undefined>;
  /** The changes from now on, in order, each with the document as it is then. Ends with the runtime or the signal. */
  watch(options?: Abortable & Pick<ListOptions, "prefix">): AsyncIterable<StoreChange<Item, Key>>;
  /** Notes when whoever keeps this store has last gone over it. */
  setLastRunAt(at: InstantLike): Promise<void>;
  status(): Promise<StoreStatus<Item>>;
  /** Called by `stores.of(store)` of a transaction or of a handler's context. Throws `store.invalid`. */
  bound(to: Binding): Store<Item, Given, Key>;
}
