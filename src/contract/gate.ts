// The gate on the wire: what is held, what the next release would let go, and what a release answers.
import { z } from "zod";
import type { ShutGate } from "../control/control.ts";
import type { Held, NextOptions, Pending, Release } from "../gate/gate.ts";
import type { GateMode, Refusal } from "../run/gate.ts";
import { shutGateView } from "./control.ts";
import { wholeNumber, type Input } from "./input.ts";
import { eventView } from "./journal.ts";
import { instant, type View } from "./view.ts";

export type { Held, Pending };

const refusals = ["nothing_pending", "conflict", "wrong_mode", "switch"] as const satisfies Refusal[];
const mode = z.enum(["stepper", "realtime"] satisfies GateMode[]);
const scope = z.string().meta({ description: "all, action:NAME, task:ID, process:NAME or process:NAME/ID" });

const heldView: View<Held> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("run"),
    id: z.string(),
    action: z.string(),
    taskId: z.string().exactOptional(),
    scheduledFor: instant,
    dueAt: instant,
  }),
  z.object({
    kind: z.literal("message"),
    id: z.string(),
    process: z.string(),
    slot: z.int(),
    name: z.string(),
    at: instant,
  }),
]);

const pendingView: View<Pending> = z.object({
  mode,
  head: z.int().meta({ description: "give it back as expectedHead" }),
  next: heldView.exactOptional(),
  reason: z.enum(refusals).exactOptional(),
} satisfies Record<keyof Pending, z.ZodType>);

export interface GateStatus {
  readonly gates: readonly ShutGate[];
  /** Of the scope that was asked for. */
  readonly pending: Pending;
}

export const gateView: View<GateStatus> = z.object({
  gates: z.array(shutGateView).readonly(),
  pending: pendingView,
} satisfies Record<keyof GateStatus, z.ZodType>);

export const gateQuery: Input<{ readonly scope?: string }> = z.strictObject({
  scope: scope.meta({ description: "whose next release; default all" }).exactOptional(),
});

export interface GateInput {
  readonly scope: string;
  readonly mode: GateMode;
  readonly reason?: string;
}

export const gateInput: Input<GateInput> = z.strictObject({
  scope,
  mode,
  reason: z.string().max(1_000).exactOptional(),
});

export interface GateChange {
  /** False for opening what is open. */
  readonly changed: boolean;
  readonly gates: readonly ShutGate[];
}

export const gateChangeView: View<GateChange> = z.object({
  changed: z.boolean(),
  gates: z.array(shutGateView).readonly(),
} satisfies Record<keyof GateChange, z.ZodType>);

export interface NextInput extends Omit<NextOptions, "actor"> {
  readonly scope?: string;
}

export const nextInput: Input<NextInput> = z.strictObject({
  scope: scope.meta({ description: "default all" }).exactOptional(),
  expectedHead: wholeNumber
    .meta({
      description: "the newest event that you have seen; conflict when a gate over the scope moved since",
    })
    .exactOptional(),
  key: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: "releases once; the header Idempotency-Key says the same" })
    .exactOptional(),
} satisfies Record<keyof NextInput, z.ZodType>);

export const releaseView: View<Release> = z.discriminatedUnion("status", [
  z.object({ status: z.literal("released"), event: eventView }),
  z.object({ status: z.literal("blocked"), reason: z.enum([...refusals, "read_only"]) }),
]);
