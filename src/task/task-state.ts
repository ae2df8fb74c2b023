// A task as a database keeps it: the definition, the cursor, the counters.
import type { Instant } from "../base/clock.ts";
import type { Lane } from "../run/lane.ts";
import type { Rate } from "../run/plan-claim.ts";
import type { TaskDefinition } from "./task.ts";

export interface TaskState {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly enabled: boolean;
  /** Why it was stopped. */
  readonly pausedNote?: string;
  /** Every nominal time up to and including this one has its outcome. */
  readonly cursor: Instant;
  /** When the ticker has to look at it; absent while it is stopped or finished. */
  readonly nextDue?: Instant;
  /** Nominal times that became runs. */
  readonly fired: number;
  /** Runs that ended, of any origin. */
  readonly runCount: number;
  readonly errorCount: number;
  readonly lastRun?: Instant;
  /** Of the newest run, if it failed. */
  readonly lastError?: string;
  /** Grows by one with every definition. */
  readonly version: number;
  readonly createdAt: Instant;
  /** The lanes and limits of its runs, where they follow from the params. */
  readonly flow?: { readonly lanes: readonly Lane[]; readonly rates: readonly Rate[] };
}

/** How many more nominal times may become runs. */
export function runsLeft({ definition, fired }: Pick<TaskState, "definition" | "fired">): number {
  return Math.max(0, (definition.maxRuns ?? Number.POSITIVE_INFINITY) - fired);
}
