// Takes the oldest stretch out of the journal: into the archive, where there is one, and then out of the database. Only
// whole stretches from the front go, so no reader ever finds a hole.
import type { Instant } from "../base/clock.ts";
import type { EventRecord, Stretch } from "../storage/journal.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { JournalArchive } from "./archive.ts";

export interface JournalTotals {
  /** Deleted from the database. */
  readonly events: number;
  /** Files that were written. */
  readonly archives: number;
}

/** One file of the archive. */
const eventsPerArchive = 10_000;
/** Deleting holds up other writers. */
const eventsPerDrop = 1_000;
const pageSize = 1_000;

type Nouns = Pick<StorageNouns, "journal" | "cursors">;

export class JournalRetention {
  readonly #storage: Nouns;
  readonly #archive: JournalArchive | undefined;

  constructor(storage: Nouns, archive: JournalArchive | undefined) {
    this.#storage = storage;
    this.#archive = archive;
  }

  /** Everything that happened before; stops between two stretches when the signal aborts. */
  async apply(options: { readonly before: Instant; readonly signal?: AbortSignal }): Promise<JournalTotals> {
    const { before, signal } = options;
    let totals: JournalTotals = { events: 0, archives: 0 };
    for (;;) {
      signal?.throwIfAborted();
      const upTo = await this.#needed();
      const limit = this.#archive === undefined ? eventsPerDrop : eventsPerArchive;
      const stretch = await this.#storage.journal.closed({
        before,
        limit,
        ...(upTo === undefined ? {} : { upTo }),
      });
      if (stretch === undefined) return totals;
      const archives = await this.#keep(stretch);
      if (archives === undefined) return totals;
      const events = await this.#drop(stretch);
      totals = { events: totals.events + events, archives: totals.archives + archives };
    }
  }

  /** What a subscription has not handled yet is not deleted; from the archive it could still be read. */
  async #needed(): Promise<number | undefined> {
    if (this.#archive !== undefined) return undefined;
    const cursors = await this.#storage.cursors.list();
    return cursors.length === 0 ? undefined : Math.min(...cursors.map(({ seq }) => seq));
  }

  /** How many files were written; undefined when another node takes the same stretch out, so that it is left to that. */
  async #keep({ from, to }: Stretch): Promise<number | undefined> {
    if (this.#archive === undefined) return 0;
    const { journal } = this.#storage;
    const { first, firstChain } = await journal.bounds();
    const events: EventRecord[] = [];
    while ((events.at(-1)?.seq ?? from - 1) < to) {
      const after = events.at(-1)?.seq ?? from - 1;
      const page = await journal.read({ after, before: to + 1, limit: pageSize });
      if (page.length === 0) break;
      events.push(...page);
    }
    const [oldest, ...rest] = events;
    if (oldest === undefined || oldest.seq !== first || first !== from || events.at(-1)?.seq !== to)
      return undefined;
    await this.#archive.keep([oldest, ...rest], firstChain);
    return 1;
  }

  async #drop({ from, to }: Stretch): Promise<number> {
    let events = 0;
    for (let end = from + eventsPerDrop - 1; end < to + eventsPerDrop; end += eventsPerDrop)
      events += await this.#storage.journal.drop({ to: Math.min(end, to) });
    return events;
  }
}
