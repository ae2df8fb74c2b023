// Deleting old runs and the old part of the ledger, in small steps, so that no step holds the writer for long.
import type { Instant } from "../base/clock.ts";

export interface RetentionReport {
  readonly runs: number;
  readonly occurrences: number;
  /** Whether another step would find more. */
  readonly more: boolean;
}

export interface RetentionStorage {
  /** Deletes at most `limit` rows per table that ended before the given time; the steps of a run go with it. */
  step(request: { readonly runsBefore: Instant; readonly limit: number }): Promise<RetentionReport>;
}
