// What a task sets for its runs, as it travels with each of them; see task/run-of-task.ts.
import type { RetryPolicy } from "../run/retry.ts";
import type { ClaimedRun } from "../storage/runs.ts";

export interface RunOptions {
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}

interface Kept {
  readonly timeoutMs?: number;
  readonly retry?: { readonly delay?: number; readonly maxDelay?: number } & Partial<RetryPolicy>;
}

export function readRunOptions(run: Pick<ClaimedRun, "options">): RunOptions {
  if (run.options === undefined) return {};
  const { timeoutMs, retry = {} }: Kept = JSON.parse(run.options);
  const { delay, maxDelay, ...rest } = retry;
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    retry: {
      ...rest,
      ...(delay === undefined ? {} : { delayMs: delay }),
      ...(maxDelay === undefined ? {} : { maxDelayMs: maxDelay }),
    },
  };
}
