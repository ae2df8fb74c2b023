// `runtime.transaction` and `runtime.within`: the nouns over a transaction of the storage, so that there is no second
// way to do anything. The first is held open by Escapement, the second by a caller on a connection of its own.
import { parseDuration, type Duration } from "../base/duration.ts";
import type { Json } from "../base/json.ts";
import { readNote, type NoteOptions } from "../journal/note.ts";
import { Memory } from "../memory/memory.ts";
import type { ProcessDesk } from "../processes/process-desk.ts";
import type { Processes } from "../processes/processes.ts";
import { Runs, type RunsParts } from "../runs/runs.ts";
import type { CallersConnection, Storage, Transaction } from "../storage/storage.ts";
import type { Stores, StoresView } from "../stores/stores.ts";
import { Tables } from "../tables/tables.ts";
import { Tasks } from "../tasks/tasks.ts";

/** The nouns whose work commits with a transaction. */
export interface JoinedTransaction {
  readonly runs: Pick<Runs, "enqueue" | "enqueueMany" | "get" | "list" | "counts">;
  readonly processes: Pick<Processes, "send">;
  readonly tasks: Pick<Tasks, "register" | "start" | "stop" | "trigger" | "get" | "all" | "remove">;
  readonly memory: Omit<Memory, "changes" | "close">;
  /** `tx.stores.of(store)`: the store inside the transaction. */
  readonly stores: StoresView;
  /** Kysely inside the transaction. */
  readonly tables: Tables;
  readonly journal: {
    /** Writes an event of your own kind, which gets its number at the commit. */
    note(kind: string, data?: Json, options?: NoteOptions): Promise<void>;
  };
}

/** What the function of `runtime.transaction` is given: its work commits together. */
export interface RuntimeTransaction extends JoinedTransaction {
  /** A statement on tables of your own in the same database, with `?` (SQLite) or `$1` (PostgreSQL) for values. */
  readonly sql: Transaction["sql"];
}

export type Transact = <Result>(
  work: (tx: RuntimeTransaction) => Promise<Result>,
  options?: { readonly timeout?: Duration },
) => Promise<Result>;

interface Parts extends Omit<RunsParts, "storage"> {
  readonly storage: Storage;
  readonly stores: Stores;
  readonly desk: Pick<ProcessDesk, "inside">;
}

const defaultTimeout = "5s";

export function transactionsOver(parts: Parts): {
  readonly transaction: Transact;
  readonly within: (connection: CallersConnection) => JoinedTransaction;
} {
  const { storage } = parts;
  return {
    transaction: async (work, options = {}) => {
      const later: (() => void)[] = [];
      const result = await storage.transaction(
        (inside) => {
          const nouns = nounsOver(parts, inside, (act) => later.push(act));
          return work({ ...nouns, sql: inside.sql });
        },
        { timeoutMs: parseDuration(options.timeout ?? defaultTimeout) },
      );
      for (const act of later) act();
      return result;
    },
    // Nobody hears when the caller commits: what is to be forgotten then is forgotten now, and again when the journal tells.
    within: (connection) => nounsOver(parts, storage.within(connection), (act) => act()),
  };
}

function nounsOver(
  parts: Parts,
  inside: Transaction,
  afterwards: (act: () => void) => void,
): JoinedTransaction {
  const { storage, registry, stores, clock, desk, payloadLimit } = parts;
  const runs = new Runs({
    ...parts,
    storage: { ...inside, onCommit: (listener) => storage.onCommit(listener) },
  });
  return {
    runs,
    memory: new Memory({
      storage: { ...inside, onCommit: () => () => undefined },
      clock,
      newId: parts.newId,
      payloadLimit,
    }),
    processes: desk.inside(inside.processes),
    tasks: new Tasks({ storage: inside, registry, clock, runs, payloadLimit }),
    stores: stores.inside(inside.documents, afterwards),
    tables: new Tables({ dialect: storage.dialect, inside }),
    journal: {
      async note(kind, data, options = {}) {
        const event = readNote(kind, data, { ...options, now: clock.now(), payloadLimit });
        await inside.journal.append({ events: [event] });
      },
    },
  };
}
