// Nominal times on the wire: the ledger of a task, and what became of one of its times.
import { z } from "zod";
import type { InstantLike } from "../base/instant.ts";
import type { Page } from "../storage/runs.ts";
import type { SkipReason } from "../task/skip.ts";
import type { Explanation } from "../tasks/explain-time.ts";
import type { Occurrence, OccurrenceOptions } from "../tasks/walk-occurrences.ts";
import { instantInput, limitQuery, type Input } from "./input.ts";
import { instant, pageOf, type View } from "./view.ts";

const reason = z.enum([
  "overlap",
  "window",
  "paused",
  "excluded",
  "dst-gap",
  "switch",
  "limit",
  "gate",
] satisfies SkipReason[]);

export type { Occurrence };

export const explanationView: View<Explanation> = z.object({
  at: instant,
  outcome: z.enum(["run", "skipped", "pending", "not scheduled"]),
  reason: z.string().exactOptional(),
  runId: z.string().exactOptional(),
});

export const explainQuery: Input<{ readonly at: InstantLike }> = z.strictObject({ at: instantInput });

export const occurrencePage: View<Page<Occurrence>> = pageOf(
  z.object({
    at: instant,
    outcome: z.enum(["run", "skipped"]),
    reason: reason.exactOptional(),
    runId: z.string().exactOptional(),
  }),
);

export interface OccurrenceQuery extends OccurrenceOptions {
  readonly after?: InstantLike;
  readonly limit?: number;
}

export const occurrenceQuery: Input<OccurrenceQuery> = z.strictObject({
  from: instantInput.exactOptional(),
  to: instantInput.exactOptional(),
  outcome: z.enum(["run", "skipped"]).exactOptional(),
  after: instantInput.meta({ description: "the `next` of the page before" }).exactOptional(),
  limit: limitQuery.exactOptional(),
});
