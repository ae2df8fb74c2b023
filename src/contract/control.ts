// The control plane on the wire: switches, clusters, limits.
import { z } from "zod";
import type { Duration } from "../base/duration.ts";
import type { InstantLike } from "../base/instant.ts";
import type { ControlStatus, Killed, ShutGate } from "../control/control.ts";
import type { Cluster } from "../run/controls.ts";
import { durationInput, instantInput, type Input } from "./input.ts";
import { instant, type View } from "./view.ts";

export type { Cluster, ControlStatus };

const killedView: View<Killed> = z.object({
  scope: z.string(),
  reason: z.string(),
  actor: z.string(),
  at: instant,
  until: instant.exactOptional(),
} satisfies Record<keyof Killed, z.ZodType>);

export const clusterView: View<Cluster> = z.object({
  id: z.string(),
  enabled: z.boolean(),
  label: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  limit: z
    .object({ limit: z.number(), perMs: z.number(), burst: z.number().exactOptional() })
    .exactOptional(),
} satisfies Record<keyof Cluster, z.ZodType>);

export const shutGateView: View<ShutGate> = z.object({
  scope: z.string(),
  mode: z.literal("stepper"),
  actor: z.string(),
  at: instant,
  reason: z.string().exactOptional(),
} satisfies Record<keyof ShutGate, z.ZodType>);

export const controlView: View<ControlStatus> = z.object({
  killed: z.array(killedView).readonly(),
  clusters: z.array(clusterView).readonly(),
  gates: z.array(shutGateView).readonly(),
} satisfies Record<keyof ControlStatus, z.ZodType>);

const scope = z.string().meta({ description: "all (default), cluster:ID, action:NAME or task:ID" });

export interface KillInput {
  readonly scope?: string;
  readonly reason: string;
  readonly until?: InstantLike;
}

export const killInput: Input<KillInput> = z.strictObject({
  scope: scope.exactOptional(),
  reason: z.string().min(1, "say why").max(1_000),
  until: instantInput.exactOptional(),
});

export const restoreInput: Input<{ readonly scope?: string }> = z.strictObject({
  scope: scope.exactOptional(),
});

export const restoredView: View<{ readonly restored: boolean }> = z.object({ restored: z.boolean() });

export interface ClusterInput {
  readonly enabled?: boolean;
  readonly label?: string;
  readonly reason?: string;
}

export const clusterInput: Input<ClusterInput> = z.strictObject({
  enabled: z.boolean().exactOptional(),
  label: z.string().max(200).exactOptional(),
  reason: z.string().max(1_000).exactOptional(),
});

export interface LimitInput {
  /** `null` takes the limit away. */
  readonly limit: number | null;
  readonly per?: Duration;
  readonly burst?: number;
}

export const limitInput: Input<LimitInput> = z.strictObject({
  limit: z.number().nullable(),
  per: durationInput.exactOptional(),
  burst: z.number().exactOptional(),
});
