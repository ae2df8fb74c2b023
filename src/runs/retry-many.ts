// Redriving dead letters by filter: page by page, so that no step is too large, and each of them once.
import { readActor } from "../base/actor.ts";
import type { Clock } from "../base/clock.ts";
import { checkOptions } from "../base/options.ts";
import type { RunStorage } from "../storage/runs.ts";
import { largestPage, readFilter, type ListOptions } from "./list-options.ts";

/** Which failed runs are meant; nothing given means all of them. */
export type RetryFilter = Omit<ListOptions, "state" | "after" | "limit">;

const retryFields = ["action", "taskId", "tag", "error", "from", "to"];

export interface RetryReport {
  /** Failed runs that fit the filter. */
  readonly matched: number;
  readonly retried: number;
}

export interface RetryOptions {
  /** Only says how many there are. */
  readonly dryRun?: boolean;
  readonly actor?: string;
}

interface Parts {
  readonly storage: { readonly runs: Pick<RunStorage, "list" | "redrive"> };
  readonly clock: Clock;
}

const refusal = { code: "run.invalid", what: "Cannot retry runs." } as const;

/** Throws `run.invalid`. */
export async function retryMany(
  { storage, clock }: Parts,
  filter: RetryFilter,
  options: RetryOptions,
): Promise<RetryReport> {
  checkOptions(options, ["dryRun", "actor"], refusal);
  // A filter with a slip of the pen would mean every failed run there is.
  checkOptions(filter, retryFields, refusal);
  const actor = readActor(options.actor, refusal.code);
  const wanted = readFilter({ ...filter, state: "failed", limit: largestPage });
  let report: RetryReport = { matched: 0, retried: 0 };
  let before: string | undefined;
  do {
    const page = await storage.runs.list(before === undefined ? wanted : { ...wanted, before });
    const ids = page.items.map((run) => run.id);
    const redriven =
      options.dryRun === true || ids.length === 0
        ? []
        : await storage.runs.redrive({ ids, actor, now: clock.now() });
    report = { matched: report.matched + ids.length, retried: report.retried + redriven.length };
    before = page.next;
  } while (before !== undefined);
  return report;
}
