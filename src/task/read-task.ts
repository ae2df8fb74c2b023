// Reads what a caller registers into a definition, or says what is wrong with each field.
import type { Instant } from "../base/clock.ts";
import { EscapementError, type Issue } from "../base/errors.ts";
import type { TaskDefinition } from "./task.ts";

export interface ReadTaskContext {
  readonly now: Instant;
  /** The definition stored under this id, if any: a finished task may be registered again as it is. */
  readonly existing?: TaskDefinition;
}

export type ReadTaskResult =
  | { readonly definition: TaskDefinition; readonly issues: readonly [] }
  | { readonly definition: undefined; readonly issues: readonly [Issue, ...Issue[]] };

/** Whether the action exists and accepts the params is for the caller to check. */
export function readTask(_input: unknown, _context: ReadTaskContext): ReadTaskResult {
  throw new EscapementError("invariant.broken", "readTask is not written yet.");
}
