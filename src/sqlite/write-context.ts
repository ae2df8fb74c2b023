// What every writing verb works with: the connection, the journal, and what the commit will have to tell others.
import type { Instant } from "../base/clock.ts";
import type { CancelledRun, CommitHint, ProcessHead } from "../storage/storage.ts";
import type { Connection } from "./connection.ts";
import { JournalWriter, type JournalMark } from "./sqlite-journal.ts";

const never = Number.POSITIVE_INFINITY;

export interface Mark {
  readonly journal: JournalMark;
  readonly tallies: ReadonlyMap<string, number>;
  readonly runsDueAt: Instant;
  readonly tasksDueAt: Instant;
  readonly cancelled: readonly CancelledRun[];
  readonly stores: readonly string[];
  readonly sent: ReadonlyMap<string, number>;
  readonly handled: ReadonlySet<string>;
}

/** Whoever keeps by heart what the database holds is told how transactions end. */
export interface Witness {
  committed(): void;
  /** Some of what was done since the last commit, or all of it, was taken back. */
  rolledBack(): void;
}

export class WriteContext {
  readonly witnesses: Witness[] = [];
  readonly connection: Connection;
  readonly journal: JournalWriter;
  #runsDueAt = Number.POSITIVE_INFINITY;
  #tasksDueAt = Number.POSITIVE_INFINITY;
  #cancelled: CancelledRun[] = [];
  #overwrites = false;
  readonly #stores = new Set<string>();
  #sent = new Map<string, number>();
  #handled = new Set<string>();
  #freed = false;
  #tallies = new Map<string, number>();
  /** Grows with every change of switches, clusters and limits, so that a cached copy knows when it is old. */
  controlVersion = 0;
  /** Grows with everything that is taken back, so that nobody goes on with what never was. */
  rollbacks = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    this.journal = new JournalWriter(connection);
  }

  /** Says that a run can be claimed from `at` on. */
  runDue(at: Instant): void {
    if (at < this.#runsDueAt) this.#runsDueAt = at;
  }

  taskDue(at: Instant | undefined): void {
    if (at !== undefined && at < this.#tasksDueAt) this.#tasksDueAt = at;
  }

  /** Says that a run was taken away from whoever works on it. */
  runCancelled(run: CancelledRun): void {
    this.#cancelled.push(run);
  }

  /** Says that documents of a store were changed. */
  storeChanged(name: string): void {
    this.#stores.add(name);
  }

  /** Says that a process has messages to handle. */
  processSent(id: string, head: number): void {
    this.#sent.set(id, head);
  }

  /** Says that some may be handled that could not before. */
  processesFreed(): void {
    this.#freed = true;
  }

  processHandled(id: string): void {
    this.#handled.add(id);
  }

  /** Counts without a row per event: written once, at the end of the transaction. */
  tally(name: string, by: number): void {
    this.#tallies.set(name, (this.#tallies.get(name) ?? 0) + by);
  }

  /** The last thing before COMMIT. */
  writeTallies(): void {
    const events = this.journal.close();
    if (events !== 0) this.tally("journal", events);
    for (const [name, by] of this.#tallies) {
      this.connection.run(
        "INSERT INTO tally (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        name,
        by,
      );
    }
    this.#tallies.clear();
  }

  /**
   * From here to the end of the transaction nothing is left over of what is deleted or moved: of a memory somebody may want
   * the very bytes gone, and what is moved now may be purged later. The index of the terms is written at the commit.
   */
  overwriteFreed(): void {
    if (this.#overwrites) return;
    this.#overwrites = true;
    this.connection.exec("PRAGMA secure_delete = ON");
  }

  #leaveFreed(): void {
    if (!this.#overwrites) return;
    this.#overwrites = false;
    this.connection.exec("PRAGMA secure_delete = OFF");
  }

  /** After COMMIT: what to tell, and a clean slate. */
  takeHint(): CommitHint {
    this.#leaveFreed();
    const hint: CommitHint = {
      head: this.journal.head,
      ...(Number.isFinite(this.#runsDueAt) ? { runsDueAt: this.#runsDueAt } : {}),
      ...(Number.isFinite(this.#tasksDueAt) ? { tasksDueAt: this.#tasksDueAt } : {}),
      ...(this.#cancelled.length > 0 ? { cancelled: this.#cancelled } : {}),
      ...(this.#stores.size > 0 ? { stores: [...this.#stores] } : {}),
      ...(this.#sent.size > 0 || this.#freed ? { messages: this.#freed ? [] : headsOf(this.#sent) } : {}),
      ...(this.#handled.size > 0 ? { handled: [...this.#handled] } : {}),
    };
    this.#runsDueAt = this.#tasksDueAt = Number.POSITIVE_INFINITY;
    this.#cancelled = [];
    this.#stores.clear();
    this.#sent.clear();
    this.#freed = false;
    this.#handled.clear();
    for (const witness of this.witnesses) witness.committed();
    return hint;
  }

  /** Where a call begins that may be taken back alone. */
  mark(): Mark {
    return {
      journal: this.journal.mark(),
      tallies: new Map(this.#tallies),
      runsDueAt: this.#runsDueAt,
      tasksDueAt: this.#tasksDueAt,
      cancelled: [...this.#cancelled],
      stores: [...this.#stores],
      sent: new Map(this.#sent),
      handled: new Set(this.#handled),
    };
  }

  /** After ROLLBACK TO the mark: what came after it did not happen. */
  returnTo(mark: Mark): void {
    this.journal.rewind(mark.journal);
    this.#tallies = new Map(mark.tallies);
    this.#runsDueAt = mark.runsDueAt;
    this.#tasksDueAt = mark.tasksDueAt;
    this.#cancelled = [...mark.cancelled];
    this.#stores.clear();
    for (const name of mark.stores) this.#stores.add(name);
    this.#sent = new Map(mark.sent);
    this.#handled = new Set(mark.handled);
    this.controlVersion += 1;
    this.rollbacks += 1;
    for (const witness of this.witnesses) witness.rolledBack();
  }

  /** After ROLLBACK: nothing of it happened. */
  forget(journal: JournalMark): void {
    this.#leaveFreed();
    const nothing = { sent: new Map<string, number>(), handled: new Set<string>() };
    this.returnTo({
      journal,
      tallies: new Map(),
      runsDueAt: never,
      tasksDueAt: never,
      cancelled: [],
      stores: [],
      ...nothing,
    });
  }
}

function headsOf(sent: ReadonlyMap<string, number>): readonly ProcessHead[] {
  return [...sent];
}
