// The stores of a node: defined once by name, then used here, in handlers and in transactions.
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import type { KeyPart } from "../document/key.ts";
import type { DocumentStorage } from "../storage/documents.ts";
import type { Storage } from "../storage/storage.ts";
import { ChangeFollower, type HeardChange } from "./change-follower.ts";
import { Codec, type Held } from "./codec.ts";
import {
  checkDescription,
  conflictingNames,
  type KeyField,
  type OutputOf,
  type StoreDefinition,
  type StoreDescription,
  type StoreOf,
} from "./definition.ts";
import { DocumentStore, type DocumentStoreParts } from "./document-store.ts";
import { EphemeralDocuments } from "./ephemeral-documents.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import { ReadModel } from "./read-model.ts";
import type { Binding, Store } from "./store.ts";
import { watchChanges } from "./watch-changes.ts";

/** Where a store can be used: in a transaction its changes are a part of that, in a handler they name their run. */
export interface StoresView {
  /** The same store, used from here. Throws `store.invalid` for an ephemeral store in a transaction. */
  of<Item extends object, Given extends object, Key extends readonly KeyPart[]>(
    store: Store<Item, Given, Key>,
  ): Store<Item, Given, Key>;
}

interface Parts {
  readonly storage: Pick<Storage, "documents" | "journal" | "onCommit" | "shared">;
  readonly clock: Clock;
  readonly payloadLimit: number;
}

type Fields = Readonly<Record<string, unknown>>;
type AnyParts = DocumentStoreParts<Fields>;

export class Stores implements StoresView {
  readonly #parts: Parts;
  /** By the name of the store. */
  readonly #models = new Map<string, ReadModel<Held<Fields>>>();
  readonly #listeners = new Set<(change: HeardChange) => void>();
  readonly #closing = new AbortController();
  readonly #follower: ChangeFollower;
  readonly #ephemeral: EphemeralDocuments;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#follower = new ChangeFollower({
      ...parts,
      onChange: (change) => this.#hear(change),
      onLost: () => this.#forgetAll(),
    });
    this.#ephemeral = new EphemeralDocuments(({ store, key }, { document }) =>
      this.#hear({ store, key, ...(document === undefined ? {} : { version: document.version }) }),
    );
  }

  /** Throws `store.invalid`, and `store.conflict` for a name that is taken. */
  define<
    Schema extends StandardSchema,
    const Names extends readonly [KeyField<OutputOf<Schema>>, ...KeyField<OutputOf<Schema>>[]],
  >(name: string, description: StoreDescription<Schema, Names>): StoreOf<Schema, Names>;
  define(
    name: string,
    description: StoreDescription<StandardSchema<Fields>, readonly string[]>,
  ): Store<Fields, object, readonly KeyPart[]> {
    checkDescription(name, description);
    if (this.#models.has(name)) throw conflictingNames(name);
    const isDurable = description.durability !== "ephemeral";
    const definition: StoreDefinition<Fields> = {
      name,
      schema: description.schema,
      fields: [...description.key],
      isDurable,
    };
    const model = new ReadModel<Held<Fields>>();
    this.#models.set(name, model);
    return new DocumentStore({ ...this.#partsOf(definition), model });
  }

  #partsOf(definition: StoreDefinition<Fields>): AnyParts {
    const { isDurable } = definition;
    const following = (): Promise<void> => (isDurable ? this.#follower.start() : Promise.resolve());
    const listen = (listener: (change: HeardChange) => void): (() => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    };
    return {
      definition,
      codec: new Codec(definition, this.#parts.payloadLimit),
      documents: isDurable ? this.#parts.storage.documents : this.#ephemeral,
      clock: this.#parts.clock,
      payloadLimit: this.#parts.payloadLimit,
      queue: new KeyedQueue(),
      following,
      watch: (store, options) =>
        watchChanges(store, options, { following, listen, closing: this.#closing.signal }),
    };
  }

  of<Item extends object, Given extends object, Key extends readonly KeyPart[]>(
    store: Store<Item, Given, Key>,
  ): Store<Item, Given, Key> {
    return this.#bound(store, {});
  }

  /** The stores as something uses them whose changes are to name it, as `run:ID`. */
  causedBy(parent: string): StoresView {
    return { of: (store) => this.#bound(store, { parent }) };
  }

  /** The stores inside a transaction; `afterwards` is given what to do when it is committed. */
  inside(documents: DocumentStorage, afterwards: (act: () => void) => void): StoresView {
    return { of: (store) => this.#bound(store, { inside: { documents, afterwards } }) };
  }

  #bound<Item extends object, Given extends object, Key extends readonly KeyPart[]>(
    store: Store<Item, Given, Key>,
    to: Binding,
  ): Store<Item, Given, Key> {
    if (this.#models.has(store.name)) return store.bound(to);
    throw new EscapementError(
      "store.invalid",
      `Store "${store.name}" is not one of this runtime: define it here.`,
    );
  }

  #hear(change: HeardChange): void {
    this.#models.get(change.store)?.hear(change.key, change.version);
    for (const listener of this.#listeners) listener(change);
  }

  #forgetAll(): void {
    for (const model of this.#models.values()) model.clear();
  }

  /** Ends whatever watches, and forgets: nothing is heard any more. */
  close(): void {
    this.#closing.abort();
    this.#follower.stop();
    this.#forgetAll();
  }
}
