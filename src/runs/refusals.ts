// The errors with which a handler is told that its attempt is over, or that it has to let go for now.
import type { Instant } from "../base/clock.ts";
import { EscapementError, type ErrorCode } from "../base/errors.ts";
import type { ClaimedRun } from "../storage/runs.ts";

type Named = Pick<ClaimedRun, "id" | "attempt">;

export function asleepError(until: Instant): EscapementError {
  const time = new Date(until).toISOString();
  return new EscapementError(
    "run.asleep",
    `The run sleeps until ${time} and then goes on from the top of its handler: let this error through, and rethrow it where you catch errors.`,
    { details: { until: time } },
  );
}

export function staleError({ id, attempt }: Named): EscapementError {
  return new EscapementError(
    "run.stale",
    `Run ${id} is no longer held by attempt ${attempt}: it has ended, or another attempt has taken it over.`,
    { details: { id, attempt } },
  );
}

export function cancelledError({ id }: Named, reason: string | undefined): EscapementError {
  const why = reason === undefined ? "" : `: ${reason}`;
  return new EscapementError("run.cancelled", `The run was cancelled${why}.`, { details: { id } });
}

export function timeoutError(timeoutMs: number): EscapementError {
  return new EscapementError("run.timeout", `The attempt took longer than its timeout of ${timeoutMs} ms.`, {
    details: { timeoutMs },
  });
}

/** What an attempt is answered that is over, because of `why` if it did not come to its end. */
export function overError({ id, attempt }: Named, why: EscapementError | undefined): EscapementError {
  if (why?.code === "run.cancelled") return why;
  const told = why?.message ?? "Its handler goes on all the same: await all of its work before it returns.";
  return new EscapementError("run.stale", `Attempt ${attempt} of run ${id} is over. ${told}`, {
    details: { id, attempt },
    ...(why === undefined ? {} : { cause: why }),
  });
}

const ours: ReadonlySet<ErrorCode> = new Set([
  "run.asleep",
  "run.cancelled",
  "run.stale",
  "run.timeout",
  "runtime.stopped",
]);

/**
 * The same promise, but a refusal that nobody waits for does not end the process, as an unhandled rejection would: the
 * branch of a handler that was left behind when another one ended it all is no fault.
 */
export function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  const guarded = new Promise<Value>((resolve, reject) => {
    promise.then(resolve, (error: unknown) => {
      if (EscapementError.is(error) && ours.has(error.code)) guarded.catch(() => undefined);
      reject(error);
    });
  });
  return guarded;
}
