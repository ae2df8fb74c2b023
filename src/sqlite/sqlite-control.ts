// Switches, clusters and limits in SQLite. A claim reads them in its own transaction; since there is one writer,
// a copy in memory is exact as long as no writing verb has changed them.
import type { Instant } from "../base/clock.ts";
import type { Cluster, Controls, KillSwitch } from "../run/controls.ts";
import { rateOfCluster } from "../run/plan-claim.ts";
import { takeOne, type RateAnswer } from "../run/gcra.ts";
import { behindLimit, behindSwitch, inCluster } from "../run/place.ts";
import type { ClusterChange, ControlState } from "../storage/control.ts";
import { applyChange, controlsOf, decodeCluster, decodeSwitch, stepOf } from "../storage/control-row.ts";
import { decodeGate } from "../storage/gate-row.ts";
import type { Connection } from "./connection.ts";
import { integer } from "../storage/row.ts";
import { ownLine } from "../storage/own-line.ts";
import type { WriteContext } from "./write-context.ts";

export interface ControlReads {
  state(): ControlState;
}

export function controlReads(connection: Connection): ControlReads {
  return {
    state: () => ({
      switches: connection.all("SELECT * FROM switch ORDER BY scope").map(decodeSwitch),
      clusters: connection.all("SELECT * FROM cluster ORDER BY id").map(decodeCluster),
      gates: connection.all("SELECT * FROM gate ORDER BY scope").map(decodeGate),
    }),
  };
}

export function loadControls(connection: Connection): Controls {
  return controlsOf(controlReads(connection).state());
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
    this.#copyVersion = this.#context.controlVersion;
    return loadControls(this.#context.connection);
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
    this.#context.processesFreed();
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

  /** Journals what changed, and lets go of what the change no longer holds. */
  #settleChange(before: Cluster | undefined, after: Cluster, actor: string, now: Instant): void {
    const step = stepOf(before, after, { actor, now });
    for (const event of step.events) this.#context.journal.add(event);
    if (step.enabled) this.release(inCluster(after.id), now);
    if (!step.relimited) return;
    const key = rateOfCluster(after.id);
    this.#context.connection.run("DELETE FROM rate WHERE key = ?", key);
    this.release(behindLimit(key), now);
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
