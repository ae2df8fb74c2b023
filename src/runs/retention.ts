// Deletes what is old: finished runs, the ledger, and then the oldest stretch of the journal, into the archive where there
// is one. In steps, so that work goes on between them.
import type { Clock } from "../base/clock.ts";
import type { JournalRetention, JournalTotals } from "../journal/journal-retention.ts";
import type { Storage } from "../storage/storage.ts";

export interface RetentionLimits {
  /** How long finished runs and the ledger are kept. */
  readonly runsMs: number;
  readonly journalMs: number;
}

export interface RetentionTotals extends JournalTotals {
  readonly runs: number;
  readonly occurrences: number;
}

const rowsPerStep = 1_000;

export class Retention {
  readonly #storage: Storage;
  readonly #journal: JournalRetention;
  readonly #clock: Clock;
  readonly #limits: RetentionLimits;

  constructor(storage: Storage, journal: JournalRetention, clock: Clock, limits: RetentionLimits) {
    this.#storage = storage;
    this.#journal = journal;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Deletes everything that is old by now; stops between two steps when the signal aborts. */
  async apply(options: { readonly signal?: AbortSignal } = {}): Promise<RetentionTotals> {
    const now = this.#clock.now();
    const began = this.#clock.elapsed();
    const rows = await this.#deleteRows(now - this.#limits.runsMs, options.signal);
    const events = await this.#journal.apply({ ...options, before: now - this.#limits.journalMs });
    const totals = { ...rows, ...events };
    if (totals.runs + totals.occurrences + totals.events === 0) return totals;
    const durationMs = this.#clock.elapsed() - began;
    const event = { at: now, kind: "retention.applied", actor: "system", subject: "retention", durationMs };
    await this.#storage.journal.append({ events: [{ ...event, data: { ...totals } }] });
    return totals;
  }

  async #deleteRows(
    runsBefore: number,
    signal: AbortSignal | undefined,
  ): Promise<Pick<RetentionTotals, "runs" | "occurrences">> {
    let totals = { runs: 0, occurrences: 0 };
    for (;;) {
      signal?.throwIfAborted();
      const step = await this.#storage.retention.step({ runsBefore, limit: rowsPerStep });
      totals = { runs: totals.runs + step.runs, occurrences: totals.occurrences + step.occurrences };
      if (!step.more) return totals;
    }
  }
}
