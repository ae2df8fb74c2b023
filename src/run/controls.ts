// What stands between due work and its start: switches, clusters, gates, as one value. Whether a run may be
// claimed is a function of this value, so that claim and switch can share one transaction on any engine.
import type { Instant } from "../base/clock.ts";
import type { Gate } from "./gate.ts";
import type { RateLimit } from "./gcra.ts";
import { behindSwitch, inCluster } from "./place.ts";

/** Something killed: `all`, `cluster:ID`, `action:NAME` or `task:ID`. */
export interface KillSwitch {
  readonly scope: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: Instant;
  /** Lifted by itself at this time. */
  readonly until?: Instant;
}

export interface Cluster {
  readonly id: string;
  readonly enabled: boolean;
  readonly label?: string;
  readonly reason?: string;
  readonly limit?: RateLimit;
}

export interface Controls {
  readonly switches: ReadonlyMap<string, KillSwitch>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Those that are shut; see gate.ts. */
  readonly gates: ReadonlyMap<string, Gate>;
}

/** The part of a run or a task that a switch can name. */
export interface Target {
  readonly action: string;
  readonly cluster?: string | undefined;
  readonly taskId?: string | undefined;
}

/** The actions that run even while the switch is on: without them nobody could lift it by schedule. */
export const exemptActions: ReadonlySet<string> = new Set([
  "kill_switch:enable",
  "kill_switch:disable",
  "cluster:enable",
  "cluster:disable",
]);

/** The place where a run of this target has to wait, or undefined when no switch and no cluster is against it. */
export function holdOf(controls: Controls, target: Target, now: Instant): string | undefined {
  if (exemptActions.has(target.action)) return undefined;
  if (controls.switches.size > 0) {
    for (const scope of scopesOf(target)) {
      const killed = controls.switches.get(scope);
      if (killed !== undefined && (killed.until === undefined || killed.until > now))
        return behindSwitch(scope);
    }
  }
  if (target.cluster === undefined) return undefined;
  return controls.clusters.get(target.cluster)?.enabled === false ? inCluster(target.cluster) : undefined;
}

/** From the widest to the narrowest. */
function scopesOf(target: Target): string[] {
  const scopes = ["all"];
  if (target.cluster !== undefined) scopes.push(`cluster:${target.cluster}`);
  scopes.push(`action:${target.action}`);
  if (target.taskId !== undefined) scopes.push(`task:${target.taskId}`);
  return scopes;
}
