// What an action says about its runs, in the terms of storage and of retry.
import type { AnyAction, ConcurrencyOptions, RateOptions } from "../actions/action.ts";
import { parseDuration } from "../base/duration.ts";
import { errorData } from "../base/error-data.ts";
import { EscapementError } from "../base/errors.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";
import type { Lane } from "../run/lane.ts";
import type { Rate } from "../run/plan-claim.ts";
import { defaultRetry, type RetryPolicy } from "../run/retry.ts";
import type { ActionTraits, Flow } from "../storage/tasks.ts";

export function traitsOf(action: AnyAction): ActionTraits {
  return {
    maxAttempts: action.retry?.attempts ?? defaultRetry.attempts,
    priority: action.priority ?? 0,
    // A lane or a limit per key is unknown until there is an input.
    lanes: hasKey(action.concurrency) ? [] : lanesOf(action, undefined),
    rates: hasKey(action.rate) ? [] : ratesOf(action, undefined),
    ...(action.cluster === undefined ? {} : { cluster: action.cluster }),
  };
}

/** The lanes and limits of one run, with the keys that its input gives; undefined when no key is involved. */
export function flowOf(action: AnyAction, input: unknown): Flow | undefined {
  if (!hasKey(action.concurrency) && !hasKey(action.rate)) return undefined;
  return { lanes: lanesOf(action, input), rates: ratesOf(action, input) };
}

function hasKey(option: AnyAction["concurrency"] | AnyAction["rate"]): boolean {
  return typeof option === "object" && option.key !== undefined;
}

function lanesOf(action: AnyAction, input: unknown): Lane[] {
  const { name, concurrency } = action;
  if (concurrency === undefined) return [];
  if (typeof concurrency === "number") return [{ key: `action:${name}`, limit: concurrency }];
  return [{ key: keyOf(action, "concurrency", concurrency, input), limit: concurrency.limit }];
}

function ratesOf(action: AnyAction, input: unknown): Rate[] {
  const { rate } = action;
  if (rate === undefined) return [];
  const burst = rate.burst === undefined ? {} : { burst: rate.burst };
  return [
    { key: keyOf(action, "rate", rate, input), limit: rate.limit, perMs: parseDuration(rate.per), ...burst },
  ];
}

const longestKey = 512;

function keyOf(
  action: AnyAction,
  option: string,
  { key }: ConcurrencyOptions<never> | RateOptions<never>,
  input: unknown,
): string {
  if (key === undefined) return `action:${action.name}`;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the input has passed the action's schema
  const given: unknown = attempt(() => key(input as never), `Action "${action.name}": ${option}.key`);
  if (typeof given === "string" && given.length > 0 && given.length <= longestKey && isPlain(given))
    return `action:${action.name}:${given}`;
  const shown = typeof given === "string" ? `a text of ${given.length} characters` : show(given);
  throw new EscapementError(
    "run.invalid",
    `Action "${action.name}": ${option}.key gave ${shown}; it has to give a text of 1 to ${longestKey} characters without control characters.`,
  );
}

/** A function of the caller's own, which has to say what was wrong with it. */
function attempt<Value>(act: () => Value, what: string): Value {
  try {
    return act();
  } catch (error) {
    const { name, message } = errorData(error);
    throw new EscapementError("run.invalid", `${what} threw ${name}: ${message}`, { cause: error });
  }
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
