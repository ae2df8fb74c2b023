// One attempt of one run: validate, call the handler, watch the time. Ends exactly once, whatever the handler does later.
import type { AnyAction } from "../actions/action.ts";
import { Directive } from "../actions/run-context.ts";
import { validate } from "../actions/registry.ts";
import type { Instant, Timer } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { EscapementError, invalidInput } from "../base/errors.ts";
import { decodeJson } from "../base/json.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import { AttemptContext, type Host } from "./context.ts";

export interface Attempt {
  readonly run: ClaimedRun;
  readonly startedAt: Instant;
  /** Tells the handler to stop and forgets what it does afterwards. */
  abort(reason: EscapementError): void;
}

/** How the handler ended; not called for an attempt that was aborted. */
export type OnEnd = (
  attempt: Attempt,
  ended: { readonly value: unknown } | { readonly thrown: unknown },
) => void;

/** Starts the handler at once; `onEnd` may be called before this returns. */
export function startAttempt(
  host: Host,
  run: ClaimedRun,
  action: AnyAction,
  timeoutMs: number | undefined,
  onEnd: OnEnd,
): Attempt {
  const startedAt = host.clock.now();
  const context = new AttemptContext(host, run);
  let over = false;
  let timer: Timer | undefined;
  const finish = (ended: Parameters<OnEnd>[1]): void => {
    if (over) return;
    over = true;
    timer?.cancel();
    context.close();
    onEnd(attempt, ended);
  };
  const attempt: Attempt = {
    run,
    startedAt,
    abort(reason) {
      if (over) return;
      over = true;
      timer?.cancel();
      context.close();
      context.abort(reason);
    },
  };
  const timeout = timeoutMs ?? (action.timeout === undefined ? undefined : parseDuration(action.timeout));
  if (timeout !== undefined) {
    timer = host.clock.timer(startedAt + timeout, () => {
      const error = new EscapementError(
        "run.timeout",
        `The attempt took longer than its timeout of ${timeout} ms.`,
        {
          details: { timeoutMs: timeout },
        },
      );
      context.abort(error);
      finish({ thrown: error });
    });
  }
  perform(action, run, context).then(
    (value) => finish({ value }),
    (thrown: unknown) => finish({ thrown }),
  );
  return attempt;
}

async function perform(action: AnyAction, run: ClaimedRun, context: AttemptContext): Promise<unknown> {
  const input = decodeJson(run.params);
  if (action.input === undefined && action.output === undefined) return action.run(input, context);
  const checked = await validate(action.input, input);
  if ("issues" in checked)
    throw invalidInput("run.invalid", `Action "${action.name}" refuses its input.`, checked.issues);
  const output = await action.run(checked.value, context);
  // "Again", "snooze" and "cancel" are no output.
  if (output instanceof Directive) return output;
  const verified = await validate(action.output, output);
  if ("issues" in verified)
    throw invalidInput(
      "run.invalid",
      `Action "${action.name}" returned what its output schema refuses.`,
      verified.issues,
    );
  return verified.value;
}
