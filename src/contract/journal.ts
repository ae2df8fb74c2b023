// The journal on the wire.
import { z } from "zod";
import type { EventCategory, Severity } from "../event/event.ts";
import type { Call, Trigger } from "../event/flow.ts";
import type { Event } from "../journal/event.ts";
import type { ExportOptions, ReadOptions, SubscriptionState } from "../journal/journal.ts";
import type { Verification } from "../journal/verify.ts";
import type { Page } from "../storage/runs.ts";
import { flagQuery, limitQuery, wholeQuery, type Input } from "./input.ts";
import { instant, json, pageOf, type View } from "./view.ts";

export type { Event, Verification };

const category = z.enum([
  "run",
  "task",
  "process",
  "control",
  "cycle",
  "memory",
  "alert",
  "system",
] satisfies EventCategory[]);
const severity = z.enum(["info", "notice", "warning", "error", "critical"] satisfies Severity[]);
const trigger = z.enum(["direct", "stream", "async", "hook", "timer"] satisfies Trigger[]);
const call = z.enum(["code", "query", "link", "effect", "moment"] satisfies Call[]);

export const eventView: View<Event> = z
  .object({
    seq: z.int(),
    id: z.string(),
    replayKey: z.string().exactOptional(),
    at: instant,
    kind: z.string(),
    category,
    actor: z.string(),
    subject: z.string(),
    parent: z.string().exactOptional(),
    commit: z.string(),
    from: z.string(),
    to: z.string(),
    trigger,
    call,
    label: z.string().exactOptional(),
    durationMs: z.number().exactOptional(),
    severity,
    data: json.exactOptional(),
    chain: z.string().exactOptional(),
  } satisfies Record<keyof Event, z.ZodType>)
  .meta({ id: "Event" });

/** With `after` the oldest come first and `next` is the next `after`; else the newest, and it is the next `before`. */
export const eventPage: View<Page<Event>> = pageOf(eventView);

const filter = {
  kind: z.string().exactOptional(),
  category: category.exactOptional(),
  subject: z.string().exactOptional(),
  actor: z.string().exactOptional(),
  audited: flagQuery
    .meta({ description: "`true`: only changes of control, tokens, tasks, and what retention deleted" })
    .exactOptional(),
  q: z.string().meta({ description: "text in the kind, subject, label or data" }).exactOptional(),
};

export const journalQuery: Input<ReadOptions> = z.strictObject({
  after: wholeQuery.meta({ description: "events behind this number, oldest first" }).exactOptional(),
  before: wholeQuery.meta({ description: "events before this number, newest first" }).exactOptional(),
  limit: limitQuery.exactOptional(),
  ...filter,
});

const range = {
  from: wholeQuery.meta({ description: "the first number; default the oldest" }).exactOptional(),
  to: wholeQuery.meta({ description: "the last number; default the newest" }).exactOptional(),
};

export const exportQuery: Input<Partial<Omit<ExportOptions, "signal">>> = z.strictObject({
  format: z.enum(["jsonl", "text"]).meta({ description: "`jsonl` (default) or `text`" }).exactOptional(),
  ...range,
  ...filter,
});

export const verifyQuery: Input<{ readonly from?: number; readonly to?: number }> = z.strictObject(range);

export const verificationView: View<Verification> = z.object({
  ok: z.boolean(),
  checked: z.int(),
  from: z.int(),
  to: z.int(),
  firstBad: z.int().exactOptional(),
  why: z.enum(["missing", "altered"]).exactOptional(),
  chain: z.string(),
} satisfies Record<keyof Verification, z.ZodType>);

/** By name. */
export const subscriptionList: View<{ readonly items: readonly SubscriptionState[] }> = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      seq: z.int(),
      behind: z.int(),
      holder: z.string().exactOptional(),
      failures: z.int(),
      error: z.string().exactOptional(),
      movedAt: instant,
    } satisfies Record<keyof SubscriptionState, z.ZodType>),
  ),
});
