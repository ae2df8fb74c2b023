// One database that several nodes of a test share, as they would a PostgreSQL: each has a handle of its own, and a node
// that is killed is never heard of again, nor does it hear anything.
import type { Storage } from "../../src/storage/storage.ts";
import { storageOver } from "../support/storage-over.ts";
import { nounsOver } from "../../src/storage/verbs.ts";

export interface Handle {
  readonly storage: Storage;
  /** From now on nothing that the node asks is answered. */
  kill(): void;
}

export interface Hooks {
  /** Asked before each call of a verb; when it rejects, the call is not made. */
  before?(noun: string, verb: string): void | Promise<void>;
  /** Told after each call that was made, before it is answered. */
  after?(noun: string, verb: string): void;
}

export function handleOf(inner: Storage, hooks: Hooks = {}): Handle {
  let dead = false;
  const never = new Promise<never>(() => undefined);
  const nouns = nounsOver(async (noun, verb, _kind, input) => {
    if (dead) return never;
    await hooks.before?.(noun, verb);
    if (dead) return never;
    const verbs: object = Reflect.get(inner, noun);
    const call: (input: unknown) => Promise<unknown> = Reflect.get(verbs, verb);
    const answer = await call.call(verbs, input);
    hooks.after?.(noun, verb);
    return dead ? never : answer;
  });
  return {
    kill: () => {
      dead = true;
    },
    storage: storageOver(inner, {
      ...nouns,
      shared: true,
      // The last one out does not close for the others: the test does.
      close: () => Promise.resolve(),
      onCommit: (listener) => inner.onCommit((hint) => dead || listener(hint)),
    }),
  };
}
