// Steps thread a state through a computation: each takes an input and the state, and gives an output and the next state.
// They are composed before they are run, so a pipeline loads once and saves once.
import { EscapementError } from "../base/errors.ts";
import type { Abortable, Cell, Versioned } from "./cell.ts";

export type Agent<Input, Output> = (input: Input, options?: Abortable) => Promise<Output>;

export interface Stepped<Output, State> {
  readonly output: Output;
  readonly state: State;
}

/** It is called again when somebody else has saved meanwhile, so it should only compute. */
export type Step<Input, Output, State> = (
  input: Input,
  state: State,
  options: { readonly signal: AbortSignal },
) => Stepped<Output, State> | Promise<Stepped<Output, State>>;

export interface RunOptions {
  /** What to do when somebody else has saved meanwhile. Default `retry`. */
  readonly onConflict?: "retry" | "throw";
  /** How often the step is called anew. Default 100. */
  readonly retries?: number;
}

/** First one, then the other, on one state. Only what both of them leave behind is saved. */
export function pipe<Input, Middle, Output, State>(
  first: Step<Input, Middle, State>,
  second: Step<Middle, Output, State>,
): Step<Input, Output, State> {
  return async (input, state, options) => {
    const between = await first(input, state, options);
    return second(between.output, between.state, options);
  };
}

/** An agent that knows nothing of the state, as a step that leaves it alone. */
export function stateless<Input, Output, State>(
  agent: (input: Input, options: { readonly signal: AbortSignal }) => Output | Promise<Output>,
): Step<Input, Output, State> {
  return async (input, state, options) => ({ output: await agent(input, options), state });
}

/**
 * The step as an agent whose state is in the cell: loaded before, saved after, and only when the step has not thrown. What
 * the step throws is what the agent throws. Throws `cell.conflict` when others were faster every time.
 */
export function run<Input, Output, State>(
  cell: Cell<State>,
  step: Step<Input, Output, State>,
  { onConflict = "retry", retries = 100 }: RunOptions = {},
): Agent<Input, Output> {
  const never = new AbortController().signal;
  const once = async (input: Input, before: Versioned<State>, signal: AbortSignal): Promise<Output> => {
    const { output, state } = await step(input, before.value, { signal });
    await cell.save(state, before.version, { signal });
    return output;
  };
  const attempt = async (input: Input, signal: AbortSignal): Promise<Output> => {
    for (let left = onConflict === "retry" ? retries : 0; ; left--) {
      const before = await cell.load({ signal });
      try {
        return await once(input, before, signal);
      } catch (error) {
        if (left <= 0 || !isConflict(error, cell)) throw error;
      }
    }
  };
  return (input, { signal = never } = {}) => cell.inTurn(() => attempt(input, signal));
}

/** A conflict of another cell is what the step has thrown. */
function isConflict<State>(error: unknown, cell: Cell<State>): boolean {
  return EscapementError.is(error) && error.code === "cell.conflict" && error.details["cell"] === cell.name;
}
