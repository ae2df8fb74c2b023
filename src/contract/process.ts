// Processes on the wire: what is sent to one, what became of each message, how it stands.
import { z } from "zod";
import type { Json } from "../base/json.ts";
import type { Operation, Patch } from "../process/patch.ts";
import { parseProcessId } from "../process/process-id.ts";
import type { ReplayDifference } from "../process/replay.ts";
import type { ProcessListOptions } from "../processes/processes.ts";
import type { ReplayReport } from "../processes/replay-process.ts";
import type { VerifyReport } from "../processes/verify-process.ts";
import type { Assignment, HistoryItem, ProcessInfo, StateView } from "../processes/views.ts";
import type { Page } from "../storage/runs.ts";
import { briefErrorView, errorView } from "./error.ts";
import { limitQuery, wholeQuery, type Input } from "./input.ts";
import { instant, json, pageOf, type View } from "./view.ts";

export type { HistoryItem, ProcessInfo, StateView };

/** Behind the base: `/processes/NAME/ID`. Throws `process.invalid`. */
export function processPath(text: string): string {
  const { name, id } = parseProcessId(text);
  return `/processes/${name}/${encodeURIComponent(id)}`;
}

export const assignmentView: View<Assignment> = z.object({
  process: z.string(),
  slot: z.int(),
  messageId: z.string(),
  timestamp: instant,
  chain: z.string(),
  previous: z.string(),
} satisfies Record<keyof Assignment, z.ZodType>);

export const processView: View<ProcessInfo> = z.object({
  id: z.string(),
  slots: z.int(),
  handled: z.int(),
  timestamp: instant,
  createdAt: instant,
  version: z.string().exactOptional(),
  parked: z.object({ slot: z.int(), error: errorView }).exactOptional(),
  node: z.string().exactOptional(),
  forkedFrom: z.object({ process: z.string(), at: z.int() }).exactOptional(),
} satisfies Record<keyof ProcessInfo, z.ZodType>);

export const processPage: View<Page<ProcessInfo>> = pageOf(processView);

export const stateView: View<StateView> = z.object({
  state: json,
  slot: z.int(),
  version: z.string(),
} satisfies Record<keyof StateView, z.ZodType>);

const operation: View<Operation> = z.union([
  z.object({ op: z.enum(["add", "replace"]), path: z.string(), value: json }),
  z.object({ op: z.literal("remove"), path: z.string() }),
]);
const patch: View<Patch> = z.array(operation).readonly();

const named = { process: z.string(), id: z.string(), message: z.string(), input: json };
const effect = z.union([
  z.object({
    kind: z.literal("enqueue"),
    action: z.string(),
    input: json,
    options: record().exactOptional(),
  }),
  z.object({ kind: z.literal("send"), ...named }),
  z.object({ kind: z.literal("remember"), record: record() }),
  z.object({ kind: z.literal("publish"), topic: z.string(), payload: json }),
]);

function record(): View<Readonly<Record<string, Json>>> {
  return z.record(z.string(), json);
}

const historyItem: View<HistoryItem> = z.object({
  assignment: assignmentView,
  message: z.object({
    name: z.string(),
    input: json,
    actor: z.string(),
    key: z.string().exactOptional(),
    parent: z.string().exactOptional(),
  }),
  version: z.string(),
  patch,
  inverse: patch,
  output: json.exactOptional(),
  error: briefErrorView.exactOptional(),
  effects: z.array(effect).readonly(),
} satisfies Record<keyof HistoryItem, z.ZodType>);

/** By slot; `next` is the slot that the next page begins with. */
export const historyPage: View<Page<HistoryItem>> = pageOf(historyItem);

export const verifyView: View<VerifyReport> = z.object({
  ok: z.boolean(),
  slots: z.int(),
  firstBad: z.int().exactOptional(),
  reason: z.enum(["gap", "previous", "chain", "timestamp", "message", "missing"]).exactOptional(),
} satisfies Record<keyof VerifyReport, z.ZodType>);

const difference: View<ReplayDifference> = z.object({
  slot: z.int(),
  what: z.enum(["state", "output", "error", "effects"]),
  path: z.string(),
  was: json.exactOptional(),
  is: json.exactOptional(),
} satisfies Record<keyof ReplayDifference, z.ZodType>);

export const replayView: View<ReplayReport> = z.object({
  slots: z.int(),
  firstDifference: difference.exactOptional(),
} satisfies Record<keyof ReplayReport, z.ZodType>);

export const processListQuery: Input<ProcessListOptions> = z.strictObject({
  name: z.string().meta({ description: "only processes of this definition" }).exactOptional(),
  after: z.string().meta({ description: "the `next` of the page before" }).exactOptional(),
  limit: limitQuery.exactOptional(),
});

export const stateQuery: Input<{ readonly at?: number }> = z.strictObject({
  at: wholeQuery.meta({ description: "the state behind this slot; default the newest" }).exactOptional(),
});

export const historyQuery: Input<{ readonly from?: number; readonly to?: number; readonly limit?: number }> =
  z.strictObject({
    from: wholeQuery.meta({ description: "the first slot; default 0" }).exactOptional(),
    to: wholeQuery.meta({ description: "the last slot; default the newest" }).exactOptional(),
    limit: limitQuery.exactOptional(),
  });

export const messageInput: Input<{ readonly message: string; readonly input?: Json; readonly key?: string }> =
  z.strictObject({
    message: z.string(),
    input: json.exactOptional(),
    key: z
      .string()
      .min(1)
      .max(512)
      .meta({ description: "sent again with the same key it gets the same slot" })
      .exactOptional(),
  });

const slot = z.int().min(0, "write a slot, from 0");

export const forkInput: Input<{ readonly at: number; readonly as: string }> = z.strictObject({
  at: slot.meta({ description: "the last slot that both share" }),
  as: z.string().meta({ description: "the id of the fork" }),
});

export const replayInput: Input<{ readonly from?: number }> = z.strictObject({
  from: slot.meta({ description: "the first slot; default 0" }).exactOptional(),
});

export const resumeInput: Input<{ readonly skip?: boolean }> = z.strictObject({
  skip: z
    .boolean()
    .meta({ description: "record the error of the slot and go past it, instead of handling it again" })
    .exactOptional(),
});
