// `runtime.transaction`: the nouns over a transaction of the storage, so that there is no second way to do anything.
import { parseDuration, type Duration } from "../base/duration.ts";
import { Runs, type RunsParts } from "../runs/runs.ts";
import type { Storage, Transaction } from "../storage/storage.ts";
import type { Stores, StoresView } from "../stores/stores.ts";
import { Tasks } from "../tasks/tasks.ts";

/** What the function of `runtime.transaction` is given: its work commits together. */
export interface RuntimeTransaction {
  readonly runs: Pick<Runs, "enqueue" | "enqueueMany" | "get" | "list" | "counts">;
  readonly tasks: Pick<Tasks, "register" | "start" | "stop" | "get" | "all" | "remove">;
  /** `tx.stores.of(store)`: the store inside the transaction. */
  readonly stores: StoresView;
  /** A statement on tables of your own in the same database, with `?` (SQLite) or `$1` (PostgreSQL) for values. */
  readonly sql: Transaction["sql"];
}

export type Transact = <Result>(
  work: (tx: RuntimeTransaction) => Promise<Result>,
  options?: { readonly timeout?: Duration },
) => Promise<Result>;

const defaultTimeout = "5s";

interface Parts extends Omit<RunsParts, "storage"> {
  readonly storage: Storage;
  readonly stores: Stores;
}

export function transactionOver({ storage, stores, ...parts }: Parts): Transact {
  const { registry, clock } = parts;
  const nounsOver = (inside: Transaction): Omit<RuntimeTransaction, "stores"> => {
    const runs = new Runs({
      ...parts,
      storage: { ...inside, onCommit: (listener) => storage.onCommit(listener) },
    });
    return { runs, tasks: new Tasks({ storage: inside, registry, clock, runs }), sql: inside.sql };
  };
  return async (work, options = {}) => {
    let committed: () => void = () => undefined;
    const result = await storage.transaction(
      (inside) => {
        const view = stores.inside(inside.documents);
        committed = () => view.committed();
        return work({ ...nounsOver(inside), stores: view });
      },
      { timeoutMs: parseDuration(options.timeout ?? defaultTimeout) },
    );
    committed();
    return result;
  };
}
