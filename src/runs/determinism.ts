// What can be said against a handler that does not ask for the same steps as before. Only what is certain is a fault:
// a name that is used twice, and a step that was completed and that the handler finishes without. A new name beside a
// remembered one is none: parallel steps come in any order, and a step whose function failed has left nothing behind.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { StepRecord } from "../storage/steps.ts";

/** What became of a name that this attempt has asked for. */
export type Asked = "under way" | "remembered" | "completed" | "failed";

const mostNames = 20;

export function twiceError(run: Pick<ClaimedRun, "id" | "attempt">, name: string): EscapementError {
  const what = name.startsWith("sleep:") ? "Two sleeps" : "Two steps";
  return new EscapementError(
    "run.nondeterministic",
    `${what} of attempt ${run.attempt} have the name ${quote(name)}. Expected: a name of its own for each, because what it did is remembered by it. Found: the same name again. In a loop, put what differs into the name.`,
    { details: { runId: run.id, expected: null, found: name } },
  );
}

/** The first step that an earlier attempt has completed and this one, which has finished, has not asked for. */
export function forgottenStep(
  remembered: ReadonlyMap<string, StepRecord>,
  asked: ReadonlyMap<string, Asked>,
): StepRecord | undefined {
  for (const step of remembered.values()) {
    // Whether a sleep that is over was slept changes nothing.
    if (step.name.startsWith("sleep:") || asked.has(step.name)) continue;
    if (!isCovered(step, remembered, asked)) return step;
  }
  return undefined;
}

/** What was asked for inside a step need not be asked for again unless the function of that step has come to its end. */
function isCovered(
  step: StepRecord,
  remembered: ReadonlyMap<string, StepRecord>,
  asked: ReadonlyMap<string, Asked>,
): boolean {
  if (step.parent === undefined) return false;
  const outer = asked.get(step.parent);
  if (outer !== undefined) return outer !== "completed";
  const parent = remembered.get(step.parent);
  return parent !== undefined && isCovered(parent, remembered, asked);
}

export function forgottenError(
  run: Pick<ClaimedRun, "id" | "attempt">,
  step: StepRecord,
  remembered: ReadonlyMap<string, StepRecord>,
  asked: ReadonlyMap<string, Asked>,
): EscapementError {
  const found = [...asked.keys()];
  const instead = found.find((name) => !remembered.has(name) && !name.startsWith("sleep:"));
  const place = instead === undefined ? "" : ` In its place stands ${quote(instead)}, which is new.`;
  return new EscapementError(
    "run.nondeterministic",
    `The handler finished attempt ${run.attempt} without the step ${quote(step.name)}, which attempt ${step.attempt} had completed.${place} Expected: ${list([...remembered.keys()])}. Found: ${list(found)}. Let the handler ask for all that this run has completed and retry it, or enqueue a new run.`,
    { details: { runId: run.id, expected: step.name, found: instead ?? null } },
  );
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => quote(name));
  if (names.length > mostNames) shown.push(`and ${names.length - mostNames} more`);
  return shown.length === 0 ? "no step" : shown.join(", ");
}
