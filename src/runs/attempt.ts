// One attempt of one run: start the handler, watch the time. Ends exactly once, whatever the handler does later.
import type { AnyAction } from "../actions/action.ts";
import type { Clock, Instant, Timer } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { errorData } from "../base/error-data.ts";
import type { EscapementError } from "../base/errors.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { Ended } from "./context.ts";
import { executeHere } from "./execute-here.ts";
import { executeInThread } from "./execute-in-thread.ts";
import type { NodeHost } from "./host.ts";
import { timeoutError } from "./refusals.ts";

/** A handler under way, here or in a thread. Reports how it ended by itself, at most once. */
export interface Execution {
  /** Tells the handler to stop. Resolves when a thread is gone; here nothing can be waited for. */
  abort(reason: EscapementError): Promise<void> | undefined;
  /** Where the attempt has gone to sleep already, though its handler has not ended. */
  asleep(): Ended | undefined;
}

export interface Attempt {
  readonly run: ClaimedRun;
  readonly startedAt: Instant;
  /** Tells the handler to stop and forgets what it does afterwards. Resolves when its thread, if it has one, is gone. */
  abort(reason: EscapementError): Promise<void> | undefined;
}

/** How the handler ended; not called for an attempt that was aborted. */
export type OnEnd = (attempt: Attempt, ended: Ended) => void;

/** A thread that is inside native code dies only when it comes out of it: nobody waits longer than this. */
const patienceMs = 1_000;

/** Starts the handler at once; `onEnd` is called later than this returns. */
export function startAttempt(
  host: NodeHost,
  run: ClaimedRun,
  action: AnyAction,
  timeoutMs: number | undefined,
  onEnd: OnEnd,
): Attempt {
  const startedAt = host.clock.now();
  let over = false;
  let timer: Timer | undefined;
  const finish = (ended: Ended): void => {
    if (over) return;
    over = true;
    timer?.cancel();
    onEnd(attempt, ended);
  };
  const execution =
    action.module === undefined
      ? executeHere(host, run, action, finish)
      : executeInThread(host, run, { ...action, module: action.module }, finish);
  const attempt: Attempt = {
    run,
    startedAt,
    abort(reason) {
      if (over) return undefined;
      over = true;
      timer?.cancel();
      return within(host.clock, execution.abort(reason));
    },
  };
  const timeout = timeoutMs ?? (action.timeout === undefined ? undefined : parseDuration(action.timeout));
  if (timeout !== undefined) {
    timer = host.clock.timer(startedAt + timeout, () => {
      const error = timeoutError(timeout);
      const ended = execution.asleep() ?? { error: errorData(error) };
      const gone = within(host.clock, execution.abort(error));
      // The place and the lanes of a thread are not free before it is gone.
      if (gone === undefined) finish(ended);
      else void gone.then(() => finish(ended));
    });
  }
  return attempt;
}

function within(
  clock: Pick<Clock, "now" | "timer">,
  gone: Promise<void> | undefined,
): Promise<void> | undefined {
  if (gone === undefined) return undefined;
  return new Promise((resolve) => {
    const timer = clock.timer(clock.now() + patienceMs, resolve);
    void gone.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
