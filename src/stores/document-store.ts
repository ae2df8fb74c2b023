// A store over whatever keeps its documents: the database, a transaction that is open, or the memory of this process.
// Changes of one key are made one after the other on this node; against other nodes each names the version it goes by.
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { decodeJson } from "../base/json.ts";
import { adjustJson } from "../document/adjust.ts";
import type { ChangeOutcome, DocumentChange, DocumentRow } from "../document/change.ts";
import { encodeKey, keyRange, type KeyPart } from "../document/key.ts";
import type { DocumentStorage } from "../storage/documents.ts";
import type { Page } from "../storage/runs.ts";
import type { Codec, Held } from "./codec.ts";
import { merge } from "./codec.ts";
import type { StoreDefinition } from "./definition.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import type { ReadModel, UnderWay } from "./read-model.ts";
import {
  missing,
  notInTransaction,
  notNumber,
  outrun,
  stale,
  wrongDelta,
  wrongKey,
  wrongLimit,
  wrongPath,
} from "./refusals.ts";
import {
  type Abortable,
  type Binding,
  type Document,
  type ListOptions,
  type Store,
  type StoreChange,
  type StoreStatus,
} from "./store.ts";

export interface DocumentStoreParts<Item extends object> {
  readonly definition: StoreDefinition<Item>;
  readonly codec: Codec<Item>;
  readonly documents: DocumentStorage;
  readonly clock: Clock;
  readonly payloadLimit: number;
  readonly queue: KeyedQueue;
  /** Not inside a transaction: there everything is read where it is written. */
  readonly model?: ReadModel<Held<Item>>;
  /** Resolves when changes by others are heard of. */
  readonly following: () => Promise<void>;
  /** What caused the changes, as `run:ID`. */
  readonly parent?: string;
  /** Told of every key that was changed. */
  readonly onChange?: (key: string) => void;
  readonly watch: (
    store: DocumentStore<Item>,
    options: WatchOptions,
  ) => AsyncIterable<StoreChange<Item, readonly KeyPart[]>>;
}

export type WatchOptions = Abortable & Pick<ListOptions, "prefix">;
type Key = readonly KeyPart[];
type Change = DocumentChange extends infer One
  ? One extends DocumentChange
    ? Omit<One, "store" | "key">
    : never
  : never;

const defaultLimit = 100;
const largestLimit = 1_000;
const samples = 20;
/** Each time that somebody else was faster, somebody was done: that this many were is a fault of `fn`, not bad luck. */
const mostTries = 200;

export class DocumentStore<Item extends object> implements Store<Item, object, Key> {
  readonly name: string;
  readonly #parts: DocumentStoreParts<Item>;

  constructor(parts: DocumentStoreParts<Item>) {
    this.#parts = parts;
    this.name = parts.definition.name;
  }

  async upsert(
    item: object,
    { expectedVersion, signal }: Abortable & { readonly expectedVersion?: number } = {},
  ): Promise<Document<Item>> {
    signal?.throwIfAborted();
    const { codec } = this.#parts;
    const key = codec.keyOf(item);
    const make = (held: Held<Item> | undefined): object => Object(merge(held?.row, item));
    const held = await this.#change(key, make, expectedVersion);
    if (held === undefined) throw new EscapementError("invariant.broken", "An upsert kept nothing.");
    return codec.documentOf(held);
  }

  get(...key: Key): Promise<Document<Item> | undefined> {
    try {
      const encoded = this.#encode(key);
      const known = this.#parts.model?.get(encoded)?.document;
      return known === undefined ? this.#load(encoded) : Promise.resolve(known);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #load(key: string): Promise<Document<Item> | undefined> {
    const held = await this.#held(key);
    return held && this.#parts.codec.documentOf(held);
  }

  async delete(...key: Key): Promise<boolean> {
    const encoded = this.#encode(key);
    const outcome = await this.#parts.queue.run(encoded, () => this.#write(encoded, { kind: "delete" }));
    return outcome.changed;
  }

  async list({ prefix = [], after, limit = defaultLimit, signal }: ListOptions = {}): Promise<
    Page<Document<Item>>
  > {
    signal?.throwIfAborted();
    if (!Number.isInteger(limit) || limit < 0 || limit > largestLimit) throw wrongLimit(limit, largestLimit);
    const { documents } = this.#parts;
    const page = after === undefined ? {} : { after };
    // One more than asked for tells whether there are more.
    const rows = await documents.list({ store: this.name, ...keyRange(prefix), ...page, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const items = await Promise.all(shown.map((row) => this.#documentOf(row)));
    const last = shown.at(-1);
    return { items, ...(rows.length > limit && last !== undefined ? { next: last.key } : {}) };
  }

  async count({ prefix = [], signal }: Abortable & Pick<ListOptions, "prefix"> = {}): Promise<number> {
    signal?.throwIfAborted();
    return (await this.#parts.documents.state({ store: this.name, ...keyRange(prefix) })).count;
  }

  async adjust(
    key: Key,
    path: string | readonly (string | number)[],
    delta: number,
  ): Promise<Document<Item>> {
    const encoded = this.#encode(key);
    const steps = typeof path === "string" ? [path] : path;
    this.#checkAdjustment(steps, delta);
    const { queue, codec, payloadLimit } = this.#parts;
    const held = await queue.run(encoded, async () => {
      await this.#foresee(encoded, steps, delta);
      return this.#put(encoded, { kind: "adjust", path: steps, delta, limitBytes: payloadLimit });
    });
    if (!("refused" in held)) return codec.documentOf(held);
    throw held.refused === "missing" ? missing(this.name, encoded) : notNumber(this.name, encoded, path);
  }

  async update(
    key: Key,
    fn: (current: Document<Item> | undefined) => Item | undefined | Promise<Item | undefined>,
    { signal }: Abortable = {},
  ): Promise<Document<Item> | undefined> {
    signal?.throwIfAborted();
    const { codec } = this.#parts;
    const make = async (held: Held<Item> | undefined): Promise<Item | undefined> =>
      fn(held && (await codec.documentOf(held)));
    const held = await this.#change(this.#encode(key), make);
    return held && codec.documentOf(held);
  }

  watch(options: WatchOptions = {}): AsyncIterable<StoreChange<Item, Key>> {
    return this.#parts.watch(this, options);
  }

  async setLastRunAt(at: InstantLike): Promise<void> {
    await this.#parts.documents.mark({ store: this.name, lastRunAt: parseInstant(at) });
  }

  async status(): Promise<StoreStatus<Item>> {
    const [state, { items }] = await Promise.all([
      this.#parts.documents.state({ store: this.name, ...keyRange([]) }),
      this.list({ limit: samples }),
    ]);
    const lastRunAt = state.lastRunAt === undefined ? undefined : new Date(state.lastRunAt);
    return { lastRunAt, count: state.count, samples: items };
  }

  bound({ inside, parent }: Binding): DocumentStore<Item> {
    const { model, ...parts } = this.#parts;
    const cause = parent === undefined ? {} : { parent };
    if (inside === undefined) return new DocumentStore({ ...this.#parts, ...cause });
    if (!parts.definition.isDurable) throw notInTransaction(this.name);
    const onChange = (key: string): void => inside.afterwards(() => model?.hear(key, undefined));
    // A queue of its own: whoever waits outside may wait for this very transaction.
    const queue = new KeyedQueue();
    return new DocumentStore({ ...parts, ...cause, queue, documents: inside.documents, onChange });
  }

  /** Under the queue of the key: makes the next document of the current, until it is put in its place. */
  #change(
    key: string,
    make: (held: Held<Item> | undefined) => object | undefined | Promise<object | undefined>,
    expected?: number,
  ): Promise<Held<Item> | undefined> {
    return this.#parts.queue.run(key, async () => {
      let held = await this.#held(key, expected);
      for (let tries = 0; tries < mostTries; tries++) {
        if (expected !== undefined && (held?.row.version ?? 0) !== expected)
          throw stale(this.name, key, expected, held?.row);
        const next = await make(held);
        if (next === undefined) return held;
        const body = await this.#parts.codec.encode(next, key);
        const put = await this.#put(key, { kind: "put", body, expected: held?.row.version ?? 0 });
        if (!("refused" in put)) return put;
        held = put.found;
      }
      throw outrun(this.name, key, mostTries);
    });
  }

  /** Makes a change of which a document comes. */
  async #put(
    key: string,
    change: Change,
  ): Promise<Held<Item> | { readonly refused: string; readonly found: Held<Item> | undefined }> {
    const { model } = this.#parts;
    const token = await this.#begin(key);
    let held: Held<Item> | undefined;
    try {
      const { document, refused } = await this.#write(key, change);
      held = document && { row: document };
      if (refused !== undefined) return { refused, found: held };
      if (held === undefined) throw new EscapementError("invariant.broken", "A change kept no document.");
      return held;
    } finally {
      if (token !== undefined) model?.end(token, held);
    }
  }

  async #write(key: string, change: Change): Promise<ChangeOutcome> {
    const { documents, clock, parent, model, onChange } = this.#parts;
    const [outcome] = await documents.write({
      changes: [{ ...change, store: this.name, key }],
      actor: "system",
      now: clock.now(),
      ...(parent === undefined ? {} : { parent }),
    });
    if (outcome === undefined) throw new EscapementError("invariant.broken", "A change had no outcome.");
    if (outcome.changed) onChange?.(key);
    if (outcome.changed && outcome.document === undefined) model?.hear(key, undefined);
    return outcome;
  }

  /** As this node knows it, or as the database does; with `expected`, only if it is that version or from the database. */
  async #held(key: string, expected?: number): Promise<Held<Item> | undefined> {
    const { model, documents } = this.#parts;
    const known = model?.get(key);
    if (known !== undefined && (expected === undefined || known.row.version === expected)) return known;
    const token = await this.#begin(key);
    let held: Held<Item> | undefined;
    try {
      const [row] = await documents.get({ store: this.name, keys: [key] });
      held = row && { row };
      return held;
    } finally {
      if (token !== undefined) model?.end(token, held);
    }
  }

  /** What is remembered must be heard of when it changes; where nothing is, nobody needs to listen. */
  async #begin(key: string): Promise<UnderWay | undefined> {
    const { model, following } = this.#parts;
    if (model === undefined) return undefined;
    await following();
    return model.begin(key);
  }

  #documentOf(row: DocumentRow): Promise<Document<Item>> {
    const { model, codec } = this.#parts;
    const known = model?.get(row.key);
    return codec.documentOf(known?.row.version === row.version ? known : { row });
  }

  #encode(key: Key): string {
    const { fields } = this.#parts.definition;
    if (key.length !== fields.length) throw wrongKey(this.name, fields, key);
    return encodeKey(key);
  }

  #checkAdjustment(path: readonly (string | number)[], delta: unknown): void {
    const [first] = path;
    if (first === undefined || this.#parts.definition.fields.includes(String(first))) throw wrongPath(path);
    if (typeof delta !== "number" || !Number.isFinite(delta)) throw wrongDelta(delta);
  }

  /** What the schema would refuse, as far as this node can tell, is not done. The database itself knows no schema. */
  async #foresee(key: string, path: readonly (string | number)[], delta: number): Promise<void> {
    const held = await this.#held(key);
    const next = held && adjustJson(decodeJson(held.row.body), path, delta);
    if (next !== undefined) await this.#parts.codec.encode(next, key);
  }
}
