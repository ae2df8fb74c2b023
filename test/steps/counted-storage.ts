// A storage that notes which of its verbs were called.
import type { Storage } from "../../src/storage/storage.ts";
import { storageOver } from "../support/storage-over.ts";
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
    storage: storageOver(inner, nouns),
    calls: (noun) => made.filter(([of]) => of === noun).map(([, verb]) => verb),
  };
}
