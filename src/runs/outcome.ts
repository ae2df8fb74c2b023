// From what a handler did to what is written down: pure, but for the one draw of the retry's jitter.
import { Directive } from "../actions/run-context.ts";
import type { Instant } from "../base/clock.ts";
import { EscapementError, errorData } from "../base/errors.ts";
import { encodeJson } from "../base/json.ts";
import type { Random } from "../base/random.ts";
import { retryDelay, type RetryPolicy } from "../run/retry.ts";
import type { ClaimedRun, Outcome } from "../storage/runs.ts";

interface Ended {
  readonly run: ClaimedRun;
  readonly startedAt: Instant;
  readonly at: Instant;
}

/** The outcome of an attempt that returned. An output that is no JSON is a failure of the handler. */
export function outcomeOfValue(ended: Ended, value: unknown): Outcome {
  const { run, at } = ended;
  const head = headOf(ended);
  if (value instanceof Directive) {
    if (value.kind === "again") return { ...head, kind: "again", params: JSON.stringify(value.value) };
    if (value.kind === "cancel")
      return {
        ...head,
        kind: "cancelled",
        reason: typeof value.value === "string" ? value.value : JSON.stringify(value.value),
      };
    return { ...head, kind: "snooze", dueAt: at + Number(value.value) };
  }
  const result = encodeJson(value);
  return run.pass < run.passes
    ? { ...head, kind: "again", params: result }
    : { ...head, kind: "succeeded", result };
}

/** The outcome of an attempt that threw: another attempt, or failed for good. */
export function outcomeOfError(ended: Ended, thrown: unknown, policy: RetryPolicy, random: Random): Outcome {
  const { run, at } = ended;
  const head = headOf(ended);
  const error = encodeJson(errorData(thrown));
  if (isFinal(thrown)) return { ...head, kind: "failed", error, reason: "not worth another attempt" };
  if (run.attempt >= run.maxAttempts) return { ...head, kind: "failed", error, reason: "attempts used up" };
  return { ...head, kind: "retry", error, dueAt: at + retryDelay(policy, run.attempt, random) };
}

function headOf({ run, startedAt, at }: Ended): Pick<Outcome, "id" | "attempt" | "startedAt" | "at"> {
  return { id: run.id, attempt: run.attempt, startedAt, at };
}

/** Input that the schema refuses is refused the next time, too. */
function isFinal(thrown: unknown): boolean {
  return EscapementError.is(thrown) && (thrown.code === "run.invalid" || thrown.code === "action.not-found");
}
