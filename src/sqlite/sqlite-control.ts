// Switches, clusters and limits in SQLite. A claim reads them in its own transaction; since there is one writer,
// a copy in memory is exact as long as no writing verb has changed them.
import type { Instant } from "../base/clock.ts";
import type { Cluster, Controls, KillSwitch } from "../run/controls.ts";
import { rateOfCluster } from "../run/plan-claim.ts";
import { takeOne, type RateAnswer, type RateLimit } from "../run/gcra.ts";
import { behindLimit, behindSwitch, inCluster } from "../run/place.ts";
import type { ClusterChange, ControlState } from "../storage/control.ts";
import { integer, optional, text, type Connection, type Row } from "./connection.ts";
import { ownLine } from "./own-line.ts";
import type { WriteContext } from "./write-context.ts";

export interface ControlReads {
  state(): ControlState;
}

export function controlReads(connection: Connection): ControlReads {
  return {
    state: () => ({
      switches: connection.all("SELECT * FROM switch ORDER BY scope").map(decodeSwitch),
      clusters: connection.all("SELECT * FROM cluster ORDER BY id").map(decodeCluster),
    }),
  };
}

export class SqliteControl {
  readonly #context: WriteContext;
  #copy: Controls | undefined;
  #copyVersion = -1;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  /** What a claim holds its candidates against. Switches whose time is over are lifted first. */
  controls(now: Instant): Controls {
    if (this.#copy === undefined || this.#copyVersion !== this.#context.controlVersion)
      this.#copy = this.#load();
    for (const killed of this.#copy.switches.values()) {
      if (killed.until !== undefined && killed.until <= now) {
        this.restore({ scope: killed.scope, actor: "system", now });
        return this.controls(now);
      }
    }
    return this.#copy;
  }

  #load(): Controls {
    const state = controlReads(this.#context.connection).state();
    this.#copyVersion = this.#context.controlVersion;
    return {
      switches: new Map(state.switches.map((killed) => [killed.scope, killed])),
      clusters: new Map(state.clusters.map((cluster) => [cluster.id, cluster])),
    };
  }

  kill(killed: KillSwitch): void {
    const { connection, journal } = this.#context;
    connection.run(
      "INSERT INTO switch (scope, reason, actor, at, until) VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, actor = excluded.actor, at = excluded.at, until = excluded.until",
      killed.scope,
      killed.reason,
      killed.actor,
      killed.at,
      killed.until ?? null,
    );
    this.#context.controlVersion += 1;
    const until = killed.until === undefined ? {} : { until: killed.until };
    journal.add({
      at: killed.at,
      kind: "switch.killed",
      actor: killed.actor,
      subject: `switch:${killed.scope}`,
      label: killed.reason,
      data: { scope: killed.scope, reason: killed.reason, ...until },
    });
    if (killed.until !== undefined) this.#context.runDue(killed.until);
  }

  restore(request: { readonly scope: string; readonly actor: string; readonly now: Instant }): boolean {
    const { connection, journal } = this.#context;
    if (connection.run("DELETE FROM switch WHERE scope = ?", request.scope) === 0) return false;
    this.#context.controlVersion += 1;
    this.release(behindSwitch(request.scope), request.now);
    // Under "all" nothing is parked: due work simply stays where it is.
    this.#context.runDue(request.now);
    journal.add({
      at: request.now,
      kind: "switch.restored",
      actor: request.actor,
      subject: `switch:${request.scope}`,
      data: { scope: request.scope },
    });
    return true;
  }

  changeCluster(request: {
    readonly change: ClusterChange;
    readonly actor: string;
    readonly now: Instant;
  }): Cluster {
    const { change, actor, now } = request;
    const before = this.controls(now).clusters.get(change.id);
    const after = applyChange(before ?? { id: change.id, enabled: true }, change);
    this.#context.connection.run(
      "INSERT OR REPLACE INTO cluster (id, enabled, label, reason, rate_limit, rate_per_ms, rate_burst) VALUES (?, ?, ?, ?, ?, ?, ?)",
      after.id,
      after.enabled ? 1 : 0,
      after.label ?? null,
      after.reason ?? null,
      after.limit?.limit ?? null,
      after.limit?.perMs ?? null,
      after.limit?.burst ?? null,
    );
    this.#context.controlVersion += 1;
    this.#settleChange(before, after, actor, now);
    return after;
  }

  /** Journals what changed, with before and after, and lets go of what the change no longer holds. */
  #settleChange(before: Cluster | undefined, after: Cluster, actor: string, now: Instant): void {
    const subject = `cluster:${after.id}`;
    const { journal } = this.#context;
    if (before === undefined) journal.add({ at: now, kind: "cluster.defined", actor, subject });
    if (after.enabled !== (before?.enabled ?? true)) {
      const kind = after.enabled ? "cluster.enabled" : "cluster.disabled";
      journal.add({
        at: now,
        kind,
        actor,
        subject,
        ...(after.reason === undefined ? {} : { label: after.reason }),
      });
      if (after.enabled) this.release(inCluster(after.id), now);
    }
    if (JSON.stringify(after.limit) !== JSON.stringify(before?.limit)) {
      journal.add({
        at: now,
        kind: "limit.updated",
        actor,
        subject,
        data: { before: limitJson(before?.limit), after: limitJson(after.limit) },
      });
      const key = rateOfCluster(after.id);
      this.#context.connection.run("DELETE FROM rate WHERE key = ?", key);
      this.release(behindLimit(key), now);
    }
  }

  take(request: { readonly clusterId: string; readonly now: Instant }): RateAnswer | undefined {
    const limit = this.controls(request.now).clusters.get(request.clusterId)?.limit;
    if (limit === undefined) return undefined;
    const key = rateOfCluster(request.clusterId);
    const tat = this.tat(key);
    const answer = takeOne(limit, tat, request.now);
    if (answer.allowed || tat !== undefined) this.keepTat(key, answer.tat);
    return answer;
  }

  tat(key: string): Instant | undefined {
    const row = this.#context.connection.get("SELECT tat FROM rate WHERE key = ?", key);
    return row === undefined ? undefined : integer(row["tat"]);
  }

  keepTat(key: string, tat: Instant): void {
    this.#context.connection.run(
      "INSERT INTO rate (key, tat) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET tat = excluded.tat",
      key,
      tat,
    );
  }

  /** Everything parked in a place becomes claimable again. */
  release(place: string, now: Instant): void {
    if (this.#context.connection.run(`UPDATE run SET place = ${ownLine} WHERE place = ?`, place) > 0)
      this.#context.runDue(now);
  }
}

function applyChange(before: Cluster, change: ClusterChange): Cluster {
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

function limitJson(limit: RateLimit | undefined): Record<string, number> | null {
  if (limit === undefined) return null;
  return {
    limit: limit.limit,
    perMs: limit.perMs,
    ...(limit.burst === undefined ? {} : { burst: limit.burst }),
  };
}

function decodeSwitch(row: Row): KillSwitch {
  return {
    scope: text(row["scope"]),
    reason: text(row["reason"]),
    actor: text(row["actor"]),
    at: integer(row["at"]),
    ...optional("until", row["until"], integer),
  };
}

function decodeCluster(row: Row): Cluster {
  const limit = row["rate_limit"] === null ? {} : { limit: decodeLimit(row) };
  return {
    id: text(row["id"]),
    enabled: row["enabled"] === 1,
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
