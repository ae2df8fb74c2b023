// What `createRuntime` returns: the nouns, and a life.
import type { Action, ActionDescription, AnyAction } from "../actions/action.ts";
import type { Duration } from "../base/duration.ts";
import type { Control } from "../control/control.ts";
import type { Gate } from "../gate/gate.ts";
import type { Journal } from "../journal/journal.ts";
import type { Memory } from "../memory/memory.ts";
import type { ProcessOptions } from "../process/definition.ts";
import type { ProcessHandle } from "../processes/process-handle.ts";
import type { Processes } from "../processes/processes.ts";
import type { Retention } from "../runs/retention.ts";
import type { Runs } from "../runs/runs.ts";
import type { Finding } from "../storage/inspection.ts";
import type { NodeRecord } from "../storage/nodes.ts";
import type { CallersConnection } from "../storage/storage.ts";
import type { FireReport } from "../storage/tasks.ts";
import type { Stores } from "../stores/stores.ts";
import type { Tables } from "../tables/tables.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { JoinedTransaction, Transact } from "./transaction.ts";

export interface Actions {
  get(name: string): AnyAction | undefined;
  all(): readonly AnyAction[];
}

export interface Nodes {
  /** The nodes that hold a lease. */
  list(): Promise<readonly NodeRecord[]>;
}

/** What this node observes of itself, for metrics and views. */
export interface Observer {
  /** After each tick of the scheduler. */
  onFire?(report: FireReport): void;
}

export interface Runtime extends AsyncDisposable {
  readonly node: string;
  /** Where the data lives, like `sqlite:app.db`. */
  readonly storage: string;
  /** The most bytes of one payload. */
  readonly payloadLimit: number;
  readonly actions: Actions;
  readonly tasks: Tasks;
  readonly runs: Runs;
  readonly processes: Processes;
  readonly control: Control;
  readonly gate: Gate;
  readonly journal: Journal;
  /** Tables of your own: Kysely on the same database. `tables.of(definition)` knows their types and checks their rows. */
  readonly tables: Tables;
  readonly memory: Memory;
  /** Typed documents under tuple keys. */
  readonly stores: Stores;
  readonly nodes: Nodes;
  readonly retention: Retention;

  /** Defines an action; the returned value can be enqueued with its types. */
  action<Input, Output>(name: string, options: ActionDescription<Input, Output>): Action<Input, Output>;

  /** Defines a process; the returned value sends to its processes and looks at them, with their types. */
  process<State, Inputs>(name: string, options: ProcessOptions<State, Inputs>): ProcessHandle<State, Inputs>;

  /**
   * Everything that `work` does through `tx` is committed together, or not at all when it throws. Others wait meanwhile:
   * it is rolled back with `storage.busy` after `timeout` (default 5 s).
   */
  readonly transaction: Transact;
  /**
   * The same inside a transaction that you have begun on a connection of your own (a Client or PoolClient of `pg`), and
   * commit or roll back yourself. Await each call before the next statement. Throws `transaction.invalid` on SQLite.
   */
  within(client: CallersConnection): JoinedTransaction;
  /** Writes a consistent copy of the database while work goes on. */
  backup(file: string): Promise<void>;
  /** Looks the database over without changing it: integrity, counts, what waits for nothing. */
  doctor(): Promise<readonly Finding[]>;
  /** Resolves when the database takes changes and this node works; throws why not. */
  ready(): Promise<void>;
  /** Begins to fire tasks and to execute runs. Safe to call twice. */
  start(): Promise<void>;
  /** Takes nothing new, waits up to `drain` (default 10 s) for handlers under way, hands back the rest, closes the storage. */
  stop(options?: { readonly drain?: Duration }): Promise<void>;
  /** Handlers under way on this node. */
  activeRuns(): number;
  /** Returns the way to stop observing. */
  observe(observer: Observer): () => void;
}
