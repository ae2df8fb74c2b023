// What an action says about its runs, in the terms of storage and of retry.
import type { AnyAction } from "../actions/action.ts";
import { parseDuration } from "../base/duration.ts";
import { defaultRetry, type RetryPolicy } from "../run/retry.ts";
import type { ActionTraits } from "../storage/tasks.ts";

export function traitsOf(action: AnyAction): ActionTraits {
  return {
    maxAttempts: action.retry?.attempts ?? defaultRetry.attempts,
    priority: action.priority ?? 0,
    lanes:
      action.concurrency === undefined ? [] : [{ key: `action:${action.name}`, limit: action.concurrency }],
    ...(action.cluster === undefined ? {} : { cluster: action.cluster }),
  };
}

/** The retry of a task goes before that of its action, field by field. */
export function retryOf(action: AnyAction, ofTask: Partial<RetryPolicy> = {}): RetryPolicy {
  const { retry = {} } = action;
  return {
    attempts: ofTask.attempts ?? retry.attempts ?? defaultRetry.attempts,
    delayMs:
      ofTask.delayMs ?? (retry.delay === undefined ? defaultRetry.delayMs : parseDuration(retry.delay)),
    factor: ofTask.factor ?? retry.factor ?? defaultRetry.factor,
    maxDelayMs:
      ofTask.maxDelayMs ??
      (retry.maxDelay === undefined ? defaultRetry.maxDelayMs : parseDuration(retry.maxDelay)),
    jitter: ofTask.jitter ?? retry.jitter ?? defaultRetry.jitter,
  };
}
