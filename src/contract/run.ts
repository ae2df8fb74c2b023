// Runs on the wire: what is asked when one is made, listed or ended, and what is answered.
import { z } from "zod";
import type { ErrorData } from "../base/errors.ts";
import { runStates, type Run } from "../run/run.ts";
import type { ListOptions } from "../runs/list-options.ts";
import type { RetryFilter, RetryReport } from "../runs/retry-many.ts";
import type { EnqueueItem } from "../runs/runs.ts";
import type { OnConflict, Page, RunCounts } from "../storage/runs.ts";
import { briefErrorView, errorView } from "./error.ts";
import { durationInput, instantInput, limitQuery, type Input } from "./input.ts";
import { instant, json, pageOf, type View } from "./view.ts";

export type { Run };

const state = z.enum(runStates);

function runWith(id: string, error: View<ErrorData>): View<Run> {
  return z
    .object({
      id: z.string(),
      action: z.string(),
      params: json,
      state,
      taskId: z.string().exactOptional(),
      scheduledFor: instant,
      dueAt: instant,
      startedAt: instant.exactOptional(),
      finishedAt: instant.exactOptional(),
      attempt: z.int(),
      maxAttempts: z.int(),
      pass: z.int(),
      progress: z.number().exactOptional(),
      result: json.exactOptional(),
      error: error.exactOptional(),
      reason: z.string().exactOptional(),
      key: z.string().exactOptional(),
      fifo: z.string().exactOptional(),
      priority: z.int(),
      node: z.string().exactOptional(),
      parentId: z.string().exactOptional(),
      tags: z.array(z.string()).readonly(),
    } satisfies Record<keyof Run, z.ZodType>)
    .meta({ id });
}

/** One run, with the stack of its error: who looks at one run wants to know. */
export const runView: View<Run> = runWith("Run", errorView);

const runWithoutStack = runWith("ListedRun", briefErrorView);

/** Many runs, without stacks. */
export const runPage: View<Page<Run>> = pageOf(runWithoutStack);

/** What was enqueued: one run for one, `{ items }` for many. */
export const enqueuedView: View<Run | { readonly items: readonly Run[] }> = z.union([
  runWithoutStack,
  z.object({ items: z.array(runWithoutStack).readonly() }),
]);

export const runCounts: View<RunCounts> = z.record(state, z.int());

const errorQuery = z
  .string()
  .meta({ description: "the code of the error, or its name where it has no code" })
  .exactOptional();

export const runListQuery: Input<ListOptions> = z.strictObject({
  state: state.exactOptional(),
  action: z.string().exactOptional(),
  taskId: z.string().exactOptional(),
  tag: z.string().exactOptional(),
  error: errorQuery,
  from: instantInput.exactOptional(),
  to: instantInput.exactOptional(),
  after: z.string().meta({ description: "the `next` of the page before" }).exactOptional(),
  limit: limitQuery.exactOptional(),
});

/** A run to be made. What the action says about its input is for the runtime to hold it against. */
export interface RunInput extends Omit<EnqueueItem, "action" | "actor"> {
  readonly action: string;
}

/** What happens when the key is taken; default `return`. */
export const conflictRules: readonly OnConflict[] = ["return", "reject", "replace", "drop"];

const runInput = z.strictObject({
  action: z.string(),
  input: json.exactOptional(),
  delay: durationInput.exactOptional(),
  at: instantInput.exactOptional(),
  priority: z.int().exactOptional(),
  tags: z.array(z.string()).readonly().exactOptional(),
  key: z.string().meta({ description: "makes it the only run of its action with this key" }).exactOptional(),
  onConflict: z.enum(conflictRules).exactOptional(),
  fifo: z
    .string()
    .meta({ description: "runs with the same text go one at a time, in order" })
    .exactOptional(),
  parentId: z.string().exactOptional(),
});

/** No request makes more runs than this at once. */
const largestBatch = 10_000;

export type EnqueueInput = RunInput | { readonly items: readonly RunInput[] };

const one = runInput.transform((given): RunInput => ({ input: {}, ...given }));
const batch = z.strictObject({
  items: z
    .array(one)
    .min(1, "name at least one run")
    .max(largestBatch, `holds more than ${largestBatch} runs; send them in parts`)
    .readonly(),
});

/** One run, or `{ items }` in one transaction. */
export const enqueueInput: Input<EnqueueInput> = z.union([one, batch]);

export const cancelInput: Input<{ readonly reason?: string }> = z.strictObject({
  reason: z.string().max(1_000).exactOptional(),
});

export type RetryInput = RetryFilter & { readonly dryRun?: boolean };

/** Which failed runs are redriven; nothing given means all of them. */
export const retryInput: Input<RetryInput> = z.strictObject({
  action: z.string().exactOptional(),
  taskId: z.string().exactOptional(),
  tag: z.string().exactOptional(),
  error: errorQuery,
  from: instantInput.exactOptional(),
  to: instantInput.exactOptional(),
  dryRun: z.boolean().meta({ description: "only counts them" }).exactOptional(),
});

export const retryView: View<RetryReport> = z.object({ matched: z.int(), retried: z.int() });
