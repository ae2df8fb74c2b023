// How callers ask for lists of runs, read into what storage is asked.
import { invalidInput } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import { runStates, type RunState } from "../run/run.ts";
import type { RunFilter } from "../storage/runs.ts";

export interface ListOptions {
  readonly state?: RunState;
  readonly action?: string;
  readonly taskId?: string;
  readonly tag?: string;
  /** The code of the error, or its name where it has no code: `"ENOENT"`, `"TypeError"`. */
  readonly error?: string;
  readonly from?: InstantLike;
  readonly to?: InstantLike;
  /** The `next` of the page before. */
  readonly after?: string;
  /** 1 to 1,000; default 50. */
  readonly limit?: number;
}

export const largestPage = 1_000;
const fields = ["state", "action", "taskId", "tag", "error", "from", "to", "after", "limit"];
const texts = ["action", "taskId", "tag", "error", "after"] as const;

/** Throws `run.invalid`. */
export function readFilter(options: ListOptions): RunFilter {
  checkOptions(options, fields, { code: "run.invalid", what: "Cannot list runs." });
  const { state, action, taskId, tag, error, from, to, after, limit = 50 } = options;
  const issues = [
    ...(Number.isInteger(limit) && limit >= 1 && limit <= largestPage
      ? []
      : [{ field: "limit", message: `is ${show(limit)}; ask for 1 to ${largestPage}` }]),
    ...(state === undefined || runStates.includes(state)
      ? []
      : [{ field: "state", message: `is ${show(state)}; write one of ${runStates.join(", ")}` }]),
    ...texts.flatMap((field) =>
      options[field] === undefined || typeof options[field] === "string"
        ? []
        : [{ field, message: `is ${show(options[field])}; write text` }],
    ),
  ];
  if (issues.length > 0) throw invalidInput("run.invalid", "Cannot list runs.", issues);
  return {
    limit,
    ...(state === undefined ? {} : { state }),
    ...(action === undefined ? {} : { action }),
    ...(taskId === undefined ? {} : { taskId }),
    ...(tag === undefined ? {} : { tag }),
    ...(error === undefined ? {} : { error }),
    ...(from === undefined ? {} : { from: parseInstant(from) }),
    ...(to === undefined ? {} : { to: parseInstant(to) }),
    ...(after === undefined ? {} : { before: after }),
  };
}
