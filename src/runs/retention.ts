// Deletes what is old: finished runs, the ledger, the journal's oldest stretch. In steps, so that work goes on between them.
import type { Clock } from "../base/clock.ts";
import type { Storage } from "../storage/storage.ts";

export interface RetentionLimits {
  /** How long finished runs and the ledger are kept. */
  readonly runsMs: number;
  readonly journalMs: number;
}

export interface RetentionTotals {
  readonly runs: number;
  readonly occurrences: number;
  readonly events: number;
}

const rowsPerStep = 1_000;

export class Retention {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #limits: RetentionLimits;

  constructor(storage: Storage, clock: Clock, limits: RetentionLimits) {
    this.#storage = storage;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Deletes everything that is old by now; stops between two steps when the signal aborts. */
  async apply(options: { readonly signal?: AbortSignal } = {}): Promise<RetentionTotals> {
    const now = this.#clock.now();
    const before = { runsBefore: now - this.#limits.runsMs, journalBefore: now - this.#limits.journalMs };
    let totals: RetentionTotals = { runs: 0, occurrences: 0, events: 0 };
    for (;;) {
      options.signal?.throwIfAborted();
      const step = await this.#storage.retention.step({ ...before, limit: rowsPerStep });
      totals = {
        runs: totals.runs + step.runs,
        occurrences: totals.occurrences + step.occurrences,
        events: totals.events + step.events,
      };
      if (step.more) continue;
      const deleted = totals.runs + totals.occurrences + totals.events;
      if (deleted > 0)
        await this.#storage.journal.append({
          events: [
            {
              at: now,
              kind: "retention.applied",
              actor: "system",
              subject: "retention",
              data: { ...totals },
            },
          ],
        });
      return totals;
    }
  }
}
