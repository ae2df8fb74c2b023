// From what a handler did to what is written down: pure, but for the one draw of the retry's jitter.
import { Directive } from "../actions/run-context.ts";
import type { Instant } from "../base/clock.ts";
import { errorData } from "../base/error-data.ts";
import { EscapementError, type ErrorCode, type ErrorData } from "../base/errors.ts";
import { encodeJson } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import type { Random } from "../base/random.ts";
import { mostPasses } from "../run/passes.ts";
import { retryDelay, type RetryPolicy } from "../run/retry.ts";
import type { ClaimedRun, Outcome } from "../storage/runs.ts";
import type { Ended } from "./context.ts";

/** An attempt that is over. */
interface Over {
  readonly run: ClaimedRun;
  readonly startedAt: Instant;
  readonly at: Instant;
}

interface Terms {
  readonly policy: RetryPolicy;
  readonly random: Random;
  /** The most bytes that an output may have. */
  readonly payloadLimit: number;
}

/** What becomes of the run. An output that is no JSON is a failure of the handler. */
export function outcomeOf(over: Over, ended: Ended, terms: Terms): Outcome {
  if ("asleepUntil" in ended) return { ...headOf(over), kind: "sleep", dueAt: ended.asleepUntil };
  if ("error" in ended) return outcomeOfError(over, ended.error, terms);
  try {
    return outcomeOfValue(over, ended.value, terms.payloadLimit);
  } catch (error) {
    return outcomeOfError(over, errorData(error), terms);
  }
}

function outcomeOfValue(over: Over, value: unknown, payloadLimit: number): Outcome {
  const { run, at } = over;
  const head = headOf(over);
  if (value instanceof Directive) {
    if (value.kind === "again") {
      if (run.pass >= mostPasses) throw endless(run);
      return { ...head, kind: "again", params: encodeJson(value.value, payloadLimit) };
    }
    if (value.kind === "cancel")
      return {
        ...head,
        kind: "cancelled",
        reason: typeof value.value === "string" ? value.value : quote(value.value),
      };
    return { ...head, kind: "snooze", dueAt: at + Number(value.value) };
  }
  const result = encodeJson(value, payloadLimit);
  return run.pass < run.passes
    ? { ...head, kind: "again", params: result }
    : { ...head, kind: "succeeded", result };
}

/** Another attempt, or failed for good. */
function outcomeOfError(over: Over, data: ErrorData, { policy, random }: Terms): Outcome {
  const { run, at } = over;
  const head = headOf(over);
  const error = encodeJson(data);
  if (data.code !== undefined && final.has(data.code))
    return { ...head, kind: "failed", error, reason: "not worth another attempt" };
  if (run.attempt >= run.maxAttempts) return { ...head, kind: "failed", error, reason: "attempts used up" };
  return { ...head, kind: "retry", error, dueAt: at + retryDelay(policy, run.attempt, random) };
}

function endless({ id, action }: ClaimedRun): EscapementError {
  return new EscapementError(
    "run.endless",
    `Run ${id} of "${action}" has asked for another pass ${mostPasses} times: a run has an end. Let a task run it again and again, or enqueue the next run with ctx.enqueue().`,
  );
}

function headOf({
  run,
  startedAt,
  at,
}: Over): Pick<Outcome, "id" | "fence" | "attempt" | "startedAt" | "at"> {
  return { id: run.id, fence: run.fence, attempt: run.attempt, startedAt, at };
}

/** What is wrong the same way the next time: the input that the schema refuses, and the handler itself. */
const finalCodes: readonly ErrorCode[] = [
  "action.not-found",
  "module.invalid",
  "run.endless",
  "run.invalid",
  "run.nondeterministic",
];
const final: ReadonlySet<string> = new Set(finalCodes);
