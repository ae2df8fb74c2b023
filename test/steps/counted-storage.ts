// A storage that notes which of its verbs were called.
import type { Storage } from "../../src/storage/storage.ts";
import { nounsOver } from "../../src/storage/verbs.ts";

export interface CountedStorage {
  readonly storage: Storage;
  /** The verbs of a noun that were called so far, in order. */
  calls(noun: string): string[];
}

export function countCalls(inner: Storage): CountedStorage {
  const made: (readonly [string, string])[] = [];
  const nouns = nounsOver((noun, verb, _kind, input) => {
    made.push([noun, verb]);
    const verbs: object = Reflect.get(inner, noun);
    const call: (input: unknown) => Promise<unknown> = Reflect.get(verbs, verb);
    return call.call(verbs, input);
  });
  return {
    storage: {
      ...nouns,
      address: inner.address,
      shared: inner.shared,
      open: () => inner.open(),
      close: () => inner.close(),
      backup: (file) => inner.backup(file),
      inspect: () => inner.inspect(),
      transaction: (work, options) => inner.transaction(work, options),
      onCommit: (listener) => inner.onCommit(listener),
      settled: () => inner.settled(),
    },
    calls: (noun) => made.filter(([of]) => of === noun).map(([, verb]) => verb),
  };
}
