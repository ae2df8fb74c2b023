// What a verb works with inside a transaction: the connection, the journal, and what the commit will have to tell others.
import type { Instant } from "../base/clock.ts";
import { mergeProcessHints } from "../storage/process-hint.ts";
import type { CommitHint } from "../storage/storage.ts";
import { texts, wholeNumbers } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { handIn, JournalWriter } from "./postgres-journal.ts";

const addTallies = `INSERT INTO escapement.tally (name, value) SELECT * FROM unnest($1::text[], $2::bigint[])`;

export class WriteContext {
  readonly connection: Connection;
  readonly journal: JournalWriter = new JournalWriter();
  readonly #tallies = new Map<string, number>();
  #hint: CommitHint = {};

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Says that a run can be claimed from `at` on. */
  runDue(at: Instant): void {
    if (Number.isFinite(at)) this.tell({ runsDueAt: at });
  }

  taskDue(at: Instant | undefined): void {
    if (at !== undefined) this.tell({ tasksDueAt: at });
  }

  tell(hint: CommitHint): void {
    this.#hint = mergeHints(this.#hint, hint);
  }

  /** Counts without a row per event: written once, at the end. */
  tally(name: string, by: number): void {
    this.#tallies.set(name, (this.#tallies.get(name) ?? 0) + by);
  }

  /** The last thing before the commit; also before a statement that has to see what was written so far. */
  async flush(): Promise<void> {
    const pages = this.journal.take();
    if (pages !== undefined) await this.connection.run(handIn, pages);
    const counted = [...this.#tallies].filter(([, by]) => by !== 0);
    this.#tallies.clear();
    if (counted.length === 0) return;
    const names = texts(counted.map(([name]) => name));
    await this.connection.run(addTallies, names, wholeNumbers(counted.map(([, by]) => by)));
  }

  /** What to tell after the commit. */
  get hint(): CommitHint {
    return this.#hint;
  }
}

/** The earliest of each, and all that was cancelled or changed. */
export function mergeHints(one: CommitHint, other: CommitHint): CommitHint {
  const cancelled = [...(one.cancelled ?? []), ...(other.cancelled ?? [])];
  const stores = [...new Set([...(one.stores ?? []), ...(other.stores ?? [])])];
  const runs = earliest(one.runsDueAt, other.runsDueAt);
  const tasks = earliest(one.tasksDueAt, other.tasksDueAt);
  return {
    ...(runs === undefined ? {} : { runsDueAt: runs }),
    ...(tasks === undefined ? {} : { tasksDueAt: tasks }),
    ...(cancelled.length === 0 ? {} : { cancelled }),
    ...(stores.length === 0 ? {} : { stores }),
    ...mergeProcessHints([one, other]),
  };
}

function earliest(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
