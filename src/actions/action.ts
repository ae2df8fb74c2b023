// An action: a named, typed handler, `noun:verb`. A description only; running it is the affair of `runs`.
import type { Duration } from "../base/duration.ts";
import type { Directive, RunContext } from "./run-context.ts";
import type { StandardSchema } from "../base/standard-schema.ts";

export interface RetryOptions {
  /** How often a run is tried in all; 1 means no retry. Default 3. */
  readonly attempts?: number;
  /** The wait before the second attempt. Default 1 s. */
  readonly delay?: Duration;
  /** How much longer each further wait is. Default 2. */
  readonly factor?: number;
  /** No wait is longer than this. Default 1 h. */
  readonly maxDelay?: Duration;
  /** Full jitter: each wait is drawn between 0 and the computed one. Default true. */
  readonly jitter?: boolean;
}

export interface ConcurrencyOptions<Input> {
  readonly limit: number;
  readonly key?: (input: Input) => string;
}

export interface RateOptions<Input> {
  readonly limit: number;
  readonly per: Duration;
  /** How many may start at once after a quiet time. Default: `limit`. */
  readonly burst?: number;
  readonly key?: (input: Input) => string;
}

/** What an action says about its runs, wherever its handler is. */
interface ActionTerms<Input, Output> {
  readonly input?: StandardSchema<Input>;
  readonly output?: StandardSchema<Output>;
  readonly retry?: RetryOptions;
  /** One attempt may take no longer. Default: no limit. */
  readonly timeout?: Duration;
  /** Higher goes first. Default 0. */
  readonly priority?: number;
  /** The group under whose switch and limit this action stands. */
  readonly cluster?: string;
  /** How many runs of this action, or of this action with the same key, may execute at the same time, over all nodes. */
  readonly concurrency?: number | ConcurrencyOptions<Input>;
  /** How many runs of this action, or of this action with the same key, may start per period, over all nodes. */
  readonly rate?: RateOptions<Input>;
}

export interface ActionOptions<Input, Output> extends ActionTerms<Input, Output> {
  run(input: Input, ctx: RunContext): Output | Directive | Promise<Output | Directive>;
}

/** An action whose every attempt has a thread of its own, which is ended when the attempt is over, whatever it does. */
export interface IsolatedActionOptions<Input, Output> extends ActionTerms<Input, Output> {
  readonly isolate: "thread";
  /** Its default export is the handler, `(input, ctx) => output`: `new URL("./resize.ts", import.meta.url)`. */
  readonly module: URL;
}

export type ActionDescription<Input, Output> =
  | ActionOptions<Input, Output>
  | IsolatedActionOptions<Input, Output>;

export interface Action<Input = unknown, Output = unknown> extends ActionOptions<Input, Output> {
  readonly name: string;
  /** Where it is isolated: then `run` only says so. */
  readonly module?: URL;
}

/** An action whose types are not known here: what the registry keeps. */
export interface AnyAction extends Omit<Action<never>, "run" | "input" | "output"> {
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
  run(input: unknown, ctx: RunContext): unknown;
}
