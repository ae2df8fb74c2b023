// The port: what a database must promise. Two engines keep it, and one suite (testing/storage-conformance) says what
// keeping it means. Every method is one transaction; every time comes in as a value.
import type { Clock, Instant } from "../base/clock.ts";
import type { Finding } from "./inspection.ts";
import type { ControlStorage } from "./control.ts";
import type { DocumentStorage } from "./documents.ts";
import type { CursorStorage } from "./cursors.ts";
import type { DumpStorage } from "./dump.ts";
import type { GateStorage } from "./gate.ts";
import type { JournalStorage } from "./journal.ts";
import type { NodeStorage } from "./nodes.ts";
import type { RecordStorage } from "./records.ts";
import type { RefStorage } from "./refs.ts";
import type { ProcessStorage } from "./processes.ts";
import type { RetentionStorage } from "./retention.ts";
import type { RunStorage } from "./runs.ts";
import type { StepStorage } from "./steps.ts";
import type { TaskStorage } from "./tasks.ts";
import type { VectorStorage } from "./vectors.ts";

/** The nouns of a database, each a narrow interface. */
export interface StorageNouns {
  readonly runs: RunStorage;
  readonly steps: StepStorage;
  readonly tasks: TaskStorage;
  readonly processes: ProcessStorage;
  readonly journal: JournalStorage;
  readonly cursors: CursorStorage;
  readonly control: ControlStorage;
  readonly gate: GateStorage;
  readonly nodes: NodeStorage;
  readonly retention: RetentionStorage;
  readonly records: RecordStorage;
  readonly refs: RefStorage;
  readonly vectors: VectorStorage;
  readonly documents: DocumentStorage;
  readonly dump: DumpStorage;
}

/** A hint that something was committed; never the only way to learn of it. */
export interface CommitHint {
  /** The number of the newest event; absent where events are numbered only after the commit. */
  readonly head?: number;
  /** Work became claimable, not before this time. */
  readonly runsDueAt?: Instant;
  /** Some task is due at this time. */
  readonly tasksDueAt?: Instant;
  /** Runs that were running and have been cancelled: whoever works on one of them can stop. */
  readonly cancelled?: readonly CancelledRun[];
  /** Stores of which documents were changed. */
  readonly stores?: readonly string[];
  /** Processes that have messages to handle, each with its head; an empty list for some that are not named. */
  readonly messages?: readonly ProcessHead[];
  /** Processes of which messages were handled. */
  readonly handled?: readonly string[];
}

/** `NAME/ID`, and the slot that its next message gets. */
export type ProcessHead = readonly [process: string, head: number];

export interface CancelledRun {
  readonly id: string;
  readonly reason: string;
}

/** The nouns inside a transaction that is held open, and statements on tables of the caller's own. */
export interface Transaction extends StorageNouns {
  readonly sql: (text: string, values?: readonly SqlValue[]) => Promise<readonly SqlRow[]>;
  /** The same with the number of rows that it changed. */
  readonly execute: (text: string, values?: readonly SqlValue[]) => Promise<SqlResult>;
}

/** A connection of the caller's own, as the driver of the database makes it: a Client or PoolClient of `pg`. */
export interface CallersConnection {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** A truth only where the database has them. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array;
/** Whole numbers that JavaScript does not count exactly are bigints. */
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  readonly changed: number;
}

export interface Storage extends StorageNouns {
  /** For people: `sqlite:app.db`. */
  readonly address: string;
  /** The SQL that it speaks. */
  readonly dialect: "sqlite" | "postgres";
  /**
   * Whether other processes may work on the same data. Where they may not, every commit is heard of, so nothing is
   * polled, and what holds the data is the only lease.
   */
  readonly shared: boolean;
  /**
   * The time as the database tells it. A runtime that is given no clock goes by it, so that nodes whose own clocks are
   * wrong agree on what is due and whose lease is over.
   */
  readonly clock?: Clock;
  /** Opens, migrates, locks. Throws `storage.unwritable`, `storage.in-use`, `storage.newer-schema`. */
  open(): Promise<void>;
  /** Waits for what was accepted, then closes. Safe to call twice. */
  close(): Promise<void>;
  /**
   * Everything that `work` does through its nouns is committed together, or not at all when it throws. Meanwhile other
   * writers wait, so it is rolled back with `storage.busy` when it takes longer than `timeoutMs`.
   */
  transaction<Result>(
    work: (inside: Transaction) => Promise<Result>,
    options: { readonly timeoutMs: number },
  ): Promise<Result>;
  /** A statement that only reads, on tables of the caller's own. */
  query(text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /**
   * The nouns inside a transaction that the caller has begun on a connection of its own, and commits or rolls back
   * itself. Throws `transaction.invalid` where the database can have no other connection beside ours.
   */
  within(connection: CallersConnection): Transaction;
  /** Resolves when a change could be made now; throws why not. */
  probe(): Promise<void>;
  /** Everything that `work` reads is of one moment, however long it takes. */
  snapshot<Result>(work: (dump: Pick<DumpStorage, "read" | "source">) => Promise<Result>): Promise<Result>;
  /** Where the engine has a quick way of its own to write a consistent copy while work goes on; see backup-to-file.ts. */
  backup?(file: string): Promise<void>;
  /** Looks everything over without changing it. */
  inspect(request: { readonly now: Instant }): Promise<readonly Finding[]>;
  /** Calls back after each commit of this process, and when another node is heard of; returns the way to stop. */
  onCommit(listener: (hint: CommitHint) => void): () => void;
  /** Resolves when every call made so far has been answered, to whether there was any to wait for. */
  settled(): Promise<boolean>;
}
