// The journal on the wire.
import { z } from "zod";
import type { EventCategory, Severity } from "../event/event.ts";
import type { Event } from "../journal/event.ts";
import type { ReadOptions } from "../journal/journal.ts";
import type { Page } from "../storage/runs.ts";
import { limitQuery, wholeQuery, type Input } from "./input.ts";
import { instant, json, pageOf, type View } from "./view.ts";

export type { Event };

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

export const eventView: View<Event> = z.object({
  seq: z.int(),
  id: z.string(),
  at: instant,
  kind: z.string(),
  category,
  actor: z.string(),
  subject: z.string(),
  parent: z.string().exactOptional(),
  commit: z.string(),
  label: z.string().exactOptional(),
  durationMs: z.number().exactOptional(),
  severity,
  data: json.exactOptional(),
} satisfies Record<keyof Event, z.ZodType>).meta({ id: "Event" });

/** With `after` the oldest come first and `next` is the next `after`; else the newest, and it is the next `before`. */
export const eventPage: View<Page<Event>> = pageOf(eventView);

export const journalQuery: Input<ReadOptions> = z.strictObject({
  after: wholeQuery.meta({ description: "events behind this number, oldest first" }).exactOptional(),
  before: wholeQuery.meta({ description: "events before this number, newest first" }).exactOptional(),
  limit: limitQuery.exactOptional(),
  kind: z.string().exactOptional(),
  category: category.exactOptional(),
  subject: z.string().exactOptional(),
  actor: z.string().exactOptional(),
  q: z.string().meta({ description: "text in the kind, subject, label or data" }).exactOptional(),
});
