// A handler that runs in the thread of its node. It can be told to stop, not made to.
import type { AnyAction } from "../actions/action.ts";
import { validate } from "../base/validate.ts";
import { Directive } from "../actions/run-context.ts";
import { invalidInput } from "../base/errors.ts";
import { decodeJson } from "../base/json.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { Execution } from "./attempt.ts";
import { AttemptContext, type Ended } from "./context.ts";
import type { Host } from "./host.ts";

export function executeHere(
  host: Host,
  run: ClaimedRun,
  action: AnyAction,
  onEnd: (ended: Ended) => void,
): Execution {
  const context = new AttemptContext(host, run, onEnd);
  perform(action, run, context).then(
    (value) => onEnd(context.conclude({ value })),
    (thrown: unknown) => onEnd(context.conclude({ thrown })),
  );
  return context;
}

async function perform(action: AnyAction, run: ClaimedRun, context: AttemptContext): Promise<unknown> {
  const input = decodeJson(run.params);
  if (action.input === undefined && action.output === undefined) return action.run(input, context);
  const output = await action.run(await checkInput(action, input), context);
  // What a handler asks for instead of an output, and what it leaves behind when it sleeps, is no output.
  return output instanceof Directive || context.asleep() !== undefined ? output : checkOutput(action, output);
}

/** The input as the schema reads it. Throws `run.invalid`. */
export async function checkInput(action: AnyAction, input: unknown): Promise<unknown> {
  const checked = await validate(action.input, input);
  if (!("issues" in checked)) return checked.value;
  throw invalidInput("run.invalid", `Action "${action.name}" refuses its input.`, checked.issues);
}

/** The output as the schema reads it. Throws `run.invalid`. */
export async function checkOutput(action: AnyAction, output: unknown): Promise<unknown> {
  const checked = await validate(action.output, output);
  if (!("issues" in checked)) return checked.value;
  throw invalidInput(
    "run.invalid",
    `Action "${action.name}" returned what its output schema refuses.`,
    checked.issues,
  );
}
