// What a backfill was asked to do, as the nominal times that it means. The future is not filled back.
import type { Instant } from "../base/clock.ts";
import { invalidInput } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import { show } from "../base/quote.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { instantText } from "../schedule/local-text.ts";
import { planBackfill } from "../task/plan-backfill.ts";
import { ruleOf } from "../task/rule-of.ts";
import { overlapPolicies, type Overlap, type TaskDefinition } from "../task/task.ts";

export interface BackfillOptions {
  readonly from: InstantLike;
  readonly to: InstantLike;
  /** "allow" runs them beside each other, any other policy one after another; the task's own unless given. */
  readonly overlap?: Overlap;
  readonly actor?: string;
}

export interface BackfillReport {
  readonly enqueued: number;
  /** Times that had run already. */
  readonly skipped: number;
}

/** One backfill makes at most this many runs: a century of minutes is a mistake, not a wish. */
const largestBackfill = 100_000;

export function readBackfill(
  definition: TaskDefinition,
  options: BackfillOptions,
  now: Instant,
): Pick<BackfillOptions, "overlap" | "actor"> & { readonly times: readonly Instant[] } {
  const { id } = definition;
  const refuse = (field: string, message: string): Error =>
    invalidInput("task.invalid", `Cannot backfill "${id}".`, [{ field, message }]);
  checkOptions(options, ["from", "to", "overlap", "actor"], {
    code: "task.invalid",
    what: `Cannot backfill "${id}".`,
  });
  for (const end of ["from", "to"] as const)
    if (options[end] === undefined) throw refuse(end, "is missing: give both ends of the stretch");
  const { overlap } = options;
  if (overlap !== undefined && !overlapPolicies.includes(overlap)) {
    const allowed = overlapPolicies.map(show).join(", ");
    throw refuse("overlap", `${show(overlap)} is not allowed: write one of ${allowed}.`);
  }
  const from = parseInstant(options.from);
  const to = parseInstant(options.to);
  if (from > to) throw refuse("to", "is earlier than from");
  const rule = ruleOf(id, definition);
  const times: Instant[] = [];
  for (const at of planBackfill({ id, definition, rule, from, to })) {
    if (at > now)
      throw refuse(
        "to",
        `the stretch reaches ${instantText(at, rule.zone)}, which is still to come: end it at the present.`,
      );
    times.push(at);
    if (times.length > largestBackfill)
      throw refuse("to", `the stretch holds more than ${largestBackfill} times; fill it in parts`);
  }
  return { ...options, times };
}
