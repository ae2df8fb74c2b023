// From what a handler did to what is written down: pure, but for the one draw of the retry's jitter.
import { Directive } from "../actions/run-context.ts";
import type { Instant } from "../base/clock.ts";
import { errorData } from "../base/error-data.ts";
import type { ErrorCode, ErrorData } from "../base/errors.ts";
import { encodeJson } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import type { Random } from "../base/random.ts";
import { retryDelay, type RetryPolicy } from "../run/retry.ts";
import type { ClaimedRun, Outcome } from "../storage/runs.ts";
import type { Ended } from "./context.ts";

/** An attempt that is over. */
interface Over {
  readonly run: ClaimedRun;
  readonly startedAt: Instant;
  readonly at: Instant;
}

/** What becomes of the run. An output that is no JSON is a failure of the handler. */
export function outcomeOf(over: Over, ended: Ended, policy: RetryPolicy, random: Random): Outcome {
  if ("asleepUntil" in ended) return { ...headOf(over), kind: "sleep", dueAt: ended.asleepUntil };
  if ("error" in ended) return outcomeOfError(over, ended.error, policy, random);
  try {
    return outcomeOfValue(over, ended.value);
  } catch (error) {
    return outcomeOfError(over, errorData(error), policy, random);
  }
}

function outcomeOfValue(over: Over, value: unknown): Outcome {
  const { run, at } = over;
  const head = headOf(over);
  if (value instanceof Directive) {
    if (value.kind === "again") return { ...head, kind: "again", params: JSON.stringify(value.value) };
    if (value.kind === "cancel")
      return {
        ...head,
        kind: "cancelled",
        reason: typeof value.value === "string" ? value.value : quote(value.value),
      };
    return { ...head, kind: "snooze", dueAt: at + Number(value.value) };
  }
  const result = encodeJson(value);
  return run.pass < run.passes
    ? { ...head, kind: "again", params: result }
    : { ...head, kind: "succeeded", result };
}

/** Another attempt, or failed for good. */
function outcomeOfError(over: Over, data: ErrorData, policy: RetryPolicy, random: Random): Outcome {
  const { run, at } = over;
  const head = headOf(over);
  const error = encodeJson(data);
  if (data.code !== undefined && final.has(data.code))
    return { ...head, kind: "failed", error, reason: "not worth another attempt" };
  if (run.attempt >= run.maxAttempts) return { ...head, kind: "failed", error, reason: "attempts used up" };
  return { ...head, kind: "retry", error, dueAt: at + retryDelay(policy, run.attempt, random) };
}

function headOf({ run, startedAt, at }: Over): Pick<Outcome, "id" | "attempt" | "startedAt" | "at"> {
  return { id: run.id, attempt: run.attempt, startedAt, at };
}

/** What is wrong the same way the next time: the input that the schema refuses, and the handler itself. */
const finalCodes: readonly ErrorCode[] = [
  "action.not-found",
  "module.invalid",
  "run.invalid",
  "run.nondeterministic",
];
const final: ReadonlySet<string> = new Set(finalCodes);
