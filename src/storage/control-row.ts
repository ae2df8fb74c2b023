// Rows of `switch` and `cluster` as records, and what a change makes of a cluster. The same for both engines.
import type { Instant } from "../base/clock.ts";
import type { NewEvent } from "../event/event.ts";
import type { Cluster, Controls, KillSwitch } from "../run/controls.ts";
import type { RateLimit } from "../run/gcra.ts";
import type { ClusterChange, ControlState } from "./control.ts";
import { integer, optional, text, truth, type Row } from "./row.ts";

export function controlsOf({ switches, clusters, gates }: ControlState): Controls {
  return {
    switches: new Map(switches.map((killed) => [killed.scope, killed])),
    clusters: new Map(clusters.map((cluster) => [cluster.id, cluster])),
    gates: new Map(gates.map((gate) => [gate.scope, gate])),
  };
}

export function decodeSwitch(row: Row): KillSwitch {
  return {
    scope: text(row["scope"]),
    reason: text(row["reason"]),
    actor: text(row["actor"]),
    at: integer(row["at"]),
    ...optional("until", row["until"], integer),
  };
}

export function decodeCluster(row: Row): Cluster {
  const limit = row["rate_limit"] === null ? {} : { limit: decodeLimit(row) };
  return {
    id: text(row["id"]),
    enabled: truth(row["enabled"]),
    ...optional("label", row["label"], text),
    ...optional("reason", row["reason"], text),
    ...limit,
  };
}

function decodeLimit(row: Row): RateLimit {
  return {
    limit: integer(row["rate_limit"]),
    perMs: integer(row["rate_per_ms"]),
    ...optional("burst", row["rate_burst"], integer),
  };
}

export function applyChange(before: Cluster, change: ClusterChange): Cluster {
  const { reason: _reason, limit: oldLimit, ...kept } = before;
  const enabled = change.enabled ?? before.enabled;
  const reason = change.reason ?? (change.enabled === undefined ? before.reason : undefined);
  const limit = change.limit === undefined ? oldLimit : (change.limit ?? undefined);
  return {
    ...kept,
    enabled,
    ...(change.label === undefined ? {} : { label: change.label }),
    ...(reason === undefined ? {} : { reason }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** What a change of a cluster lets go of, and the events that tell of it, with before and after. */
export interface ClusterStep {
  readonly events: readonly NewEvent[];
  /** Its runs may start again. */
  readonly enabled: boolean;
  /** Its limit is another, or none. */
  readonly relimited: boolean;
}

export function stepOf(
  before: Cluster | undefined,
  after: Cluster,
  by: { readonly actor: string; readonly now: Instant },
): ClusterStep {
  const head = { at: by.now, actor: by.actor, subject: `cluster:${after.id}` };
  const events: NewEvent[] = before === undefined ? [{ ...head, kind: "cluster.defined" }] : [];
  const switched = after.enabled !== (before?.enabled ?? true);
  if (switched) {
    const label = after.reason === undefined ? {} : { label: after.reason };
    events.push({ ...head, kind: after.enabled ? "cluster.enabled" : "cluster.disabled", ...label });
  }
  const relimited = JSON.stringify(after.limit) !== JSON.stringify(before?.limit);
  if (relimited) {
    const data = { before: limitJson(before?.limit), after: limitJson(after.limit) };
    events.push({ ...head, kind: "limit.updated", data });
  }
  return { events, enabled: switched && after.enabled, relimited };
}

function limitJson(limit: RateLimit | undefined): Record<string, number> | null {
  if (limit === undefined) return null;
  return {
    limit: limit.limit,
    perMs: limit.perMs,
    ...(limit.burst === undefined ? {} : { burst: limit.burst }),
  };
}
