// When a failed attempt is tried again: exponential backoff with full jitter
// (wait = random(0, min(maxDelay, delay · factor^(attempt−1))); M. Brooker, "Exponential Backoff And Jitter", 2015).
import type { Random } from "../base/random.ts";

export interface RetryPolicy {
  readonly attempts: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  readonly jitter: boolean;
}

export const defaultRetry: RetryPolicy = {
  attempts: 3,
  delayMs: 1_000,
  factor: 2,
  maxDelayMs: 3_600_000,
  jitter: true,
};

/** Milliseconds to wait after attempt number `attempt` (1 for the first) has failed. */
export function retryDelay(policy: RetryPolicy, attempt: number, random: Random): number {
  // Nothing times infinity would be no number.
  const computed = policy.delayMs === 0 ? 0 : policy.delayMs * policy.factor ** (attempt - 1);
  const grown = Math.min(policy.maxDelayMs, computed);
  return Math.round(policy.jitter ? random.next() * grown : grown);
}
