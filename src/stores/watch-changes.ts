// The changes of a store as an endless list, from the moment it is asked for. Each change comes with the document as it
// is by then; a reader who falls far behind hears once of a document that was changed often.
import { compareKeys, decodeKey, keyRange, type KeyPart } from "../document/key.ts";
import type { HeardChange } from "./change-follower.ts";
import type { WatchOptions } from "./document-store.ts";
import type { Store, StoreChange } from "./store.ts";

export interface WatchParts {
  /** Resolves when changes are heard of. */
  readonly following: () => Promise<void>;
  /** Returns the way to stop listening. */
  readonly listen: (listener: (change: HeardChange) => void) => () => void;
  /** Aborts with the runtime. */
  readonly closing: AbortSignal;
}

type Key = readonly KeyPart[];

const farBehind = 1_000;

export function watchChanges<Item extends object>(
  store: Pick<Store<Item, object, Key>, "name" | "get">,
  { prefix = [], signal }: WatchOptions,
  { following, listen, closing }: WatchParts,
): AsyncGenerator<StoreChange<Item, Key>, void, undefined> {
  const { from, to } = keyRange(prefix);
  const signals = signal === undefined ? [closing] : [closing, signal];
  const waiting = new Waiting();
  const unlisten = listen(({ store: name, key }) => {
    if (name === store.name && compareKeys(key, from) >= 0 && compareKeys(key, to) < 0) waiting.add(key);
  });
  const stop = (): void => {
    unlisten();
    waiting.end();
  };
  for (const one of signals) one.addEventListener("abort", stop, { once: true });
  if (signals.some((one) => one.aborted)) stop();
  const started = following();
  started.catch(() => undefined);
  return readChanges(store, waiting, { started, stop });
}

async function* readChanges<Item extends object>(
  store: Pick<Store<Item, object, Key>, "get">,
  waiting: Waiting,
  { started, stop }: { readonly started: Promise<void>; readonly stop: () => void },
): AsyncGenerator<StoreChange<Item, Key>, void, undefined> {
  try {
    await started;
    for (let encoded = await waiting.take(); encoded !== undefined; encoded = await waiting.take()) {
      const key = decodeKey(encoded);
      const document = await store.get(...key);
      yield document === undefined ? { kind: "deleted", key } : { kind: "stored", key, document };
    }
  } finally {
    stop();
  }
}

class Waiting {
  readonly #keys: string[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;

  add(key: string): void {
    if (this.#keys.length >= farBehind && this.#keys.includes(key)) return;
    this.#keys.push(key);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** The next key; undefined when there will be none. */
  async take(): Promise<string | undefined> {
    while (this.#keys.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#isOver ? undefined : this.#keys.shift();
  }
}
