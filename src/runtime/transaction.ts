// `runtime.transaction`: the nouns over a transaction of the storage, so that there is no second way to do anything.
import { parseDuration, type Duration } from "../base/duration.ts";
import { Memory } from "../memory/memory.ts";
import { Runs, type RunsParts } from "../runs/runs.ts";
import type { Storage, Transaction } from "../storage/storage.ts";
import { Tasks } from "../tasks/tasks.ts";

/** What the function of `runtime.transaction` is given: its work commits together. */
export interface RuntimeTransaction {
  readonly runs: Pick<Runs, "enqueue" | "enqueueMany" | "get" | "list" | "counts">;
  readonly tasks: Pick<Tasks, "register" | "start" | "stop" | "get" | "all" | "remove">;
  readonly memory: Omit<Memory, "changes" | "close">;
  /** A statement on tables of your own in the same database, with `?` (SQLite) or `$1` (PostgreSQL) for values. */
  readonly sql: Transaction["sql"];
}

export type Transact = <Result>(
  work: (tx: RuntimeTransaction) => Promise<Result>,
  options?: { readonly timeout?: Duration },
) => Promise<Result>;

const defaultTimeout = "5s";

export function transactionOver(parts: Omit<RunsParts, "storage"> & { readonly storage: Storage }): Transact {
  const { storage, registry, clock } = parts;
  const nounsOver = (inside: Transaction): RuntimeTransaction => {
    const runs = new Runs({
      ...parts,
      storage: { ...inside, onCommit: (listener) => storage.onCommit(listener) },
    });
    const memory = new Memory({
      storage: { ...inside, onCommit: () => () => undefined },
      clock,
      newId: parts.newId,
    });
    return { runs, memory, tasks: new Tasks({ storage: inside, registry, clock, runs }), sql: inside.sql };
  };
  return (work, options = {}) =>
    storage.transaction((inside) => work(nounsOver(inside)), {
      timeoutMs: parseDuration(options.timeout ?? defaultTimeout),
    });
}
