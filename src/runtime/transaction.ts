// `runtime.transaction`: the nouns over a transaction of the storage, so that there is no second way to do anything.
import { parseDuration, type Duration } from "../base/duration.ts";
import type { ProcessDesk } from "../processes/process-desk.ts";
import type { Processes } from "../processes/processes.ts";
import { Runs, type RunsParts } from "../runs/runs.ts";
import type { Storage, Transaction } from "../storage/storage.ts";
import { Tasks } from "../tasks/tasks.ts";

/** What the function of `runtime.transaction` is given: its work commits together. */
export interface RuntimeTransaction {
  readonly runs: Pick<Runs, "enqueue" | "enqueueMany" | "get" | "list" | "counts">;
  readonly processes: Pick<Processes, "send">;
  readonly tasks: Pick<Tasks, "register" | "start" | "stop" | "get" | "all" | "remove">;
  /** A statement on tables of your own in the same database, with `?` (SQLite) or `$1` (PostgreSQL) for values. */
  readonly sql: Transaction["sql"];
}

export type Transact = <Result>(
  work: (tx: RuntimeTransaction) => Promise<Result>,
  options?: { readonly timeout?: Duration },
) => Promise<Result>;

const defaultTimeout = "5s";

export interface TransactionParts extends Omit<RunsParts, "storage"> {
  readonly storage: Storage;
  readonly desk: Pick<ProcessDesk, "inside">;
}

export function transactionOver(parts: TransactionParts): Transact {
  const { storage, registry, clock, desk } = parts;
  const nounsOver = (inside: Transaction): RuntimeTransaction => {
    const runs = new Runs({
      ...parts,
      storage: { ...inside, onCommit: (listener) => storage.onCommit(listener) },
    });
    return {
      runs,
      processes: desk.inside(inside.processes),
      tasks: new Tasks({ storage: inside, registry, clock, runs }),
      sql: inside.sql,
    };
  };
  return (work, options = {}) =>
    storage.transaction((inside) => work(nounsOver(inside)), {
      timeoutMs: parseDuration(options.timeout ?? defaultTimeout),
    });
}
