// Switches, clusters and limits in PostgreSQL. Whoever changes them holds a lock alone; a claim shares it. So a claim
// is committed before the change, or sees it: after a kill switch commits, no claim commits.
import type { Instant } from "../base/clock.ts";
import type { Cluster, Controls, KillSwitch } from "../run/controls.ts";
import { takeOne, type RateAnswer } from "../run/gcra.ts";
import { behindLimit, behindSwitch, inCluster } from "../run/place.ts";
import { rateOfCluster } from "../run/plan-claim.ts";
import type { ClusterChange, ControlState } from "../storage/control.ts";
import { applyChange, controlsOf, decodeCluster, decodeSwitch, stepOf } from "../storage/control-row.ts";
import { decodeGate } from "../storage/gate-row.ts";
import { ownLine } from "../storage/own-line.ts";
import { integer, text } from "../storage/row.ts";
import { texts } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { sortedKeys } from "./postgres-fifo.ts";
import type { Session } from "./session.ts";
import type { WriteContext } from "./write-context.ts";

const share = "SELECT pg_advisory_xact_lock_shared(hashtextextended('escapement.control', 0))";
const alone = "SELECT pg_advisory_xact_lock(hashtextextended('escapement.control', 0))";
/** One snapshot of everything. */
const read = `SELECT version, (SELECT json_agg(switch ORDER BY scope) FROM escapement.switch) AS switches,
  (SELECT json_agg(cluster ORDER BY id) FROM escapement.cluster) AS clusters,
  (SELECT json_agg(gate ORDER BY scope) FROM escapement.gate) AS gates FROM escapement.control`;
/** Another number each time, never one that was seen in a transaction that came to nothing. */
const renumber = "UPDATE escapement.control SET version = (random() * 9007199254740991)::bigint";
const putSwitch = `INSERT INTO escapement.switch (scope, reason, actor, at, until) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, actor = excluded.actor, at = excluded.at, until = excluded.until`;
const putCluster = `INSERT INTO escapement.cluster (id, enabled, label, reason, rate_limit, rate_per_ms, rate_burst)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, label = excluded.label, reason = excluded.reason,
    rate_limit = excluded.rate_limit, rate_per_ms = excluded.rate_per_ms, rate_burst = excluded.rate_burst`;
/** A limit that was never asked is as if it had been idle until now. */
const takeRates = `INSERT INTO escapement.rate AS rate (key, tat) SELECT key, $2::double precision FROM unnest($1::text[]) AS key
  ON CONFLICT (key) DO UPDATE SET tat = rate.tat RETURNING key, tat`;
const keepRate = "UPDATE escapement.rate SET tat = $2 WHERE key = $1";

/** Rows are locked in the order of their ids, by everybody. */
const free = `UPDATE escapement.run SET place = ${ownLine}
  WHERE id = ANY (ARRAY(SELECT id FROM escapement.run WHERE place = $1 ORDER BY id FOR UPDATE))`;

/** The controls as they were at a version. */
export interface ControlCopy {
  readonly version: number;
  readonly controls: Controls;
}

export class PostgresControl {
  /** What was read last, to spare the fast claim the reading; it says which version it goes by. */
  copy: ControlCopy | undefined;

  async state(session: Session): Promise<ControlState> {
    const { controls } = await session.read((connection) => this.reload(connection));
    const { switches, clusters, gates } = controls;
    return { switches: [...switches.values()], clusters: [...clusters.values()], gates: [...gates.values()] };
  }

  /** What a claim holds its candidates against; nobody changes it until the commit. */
  async share(context: WriteContext): Promise<Controls> {
    await context.connection.get(share);
    return (await this.reload(context.connection)).controls;
  }

  async reload(connection: Connection): Promise<ControlCopy> {
    const row = await connection.get(read);
    const controls = controlsOf({
      switches: rowsOf(row?.["switches"]).map(decodeSwitch),
      clusters: rowsOf(row?.["clusters"]).map(decodeCluster),
      gates: rowsOf(row?.["gates"]).map(decodeGate),
    });
    this.copy = { version: integer(row?.["version"]), controls };
    return this.copy;
  }

  /** As `share`, for whoever is going to change something: until the commit nobody claims. */
  async alone(context: WriteContext): Promise<Controls> {
    await context.connection.get(alone);
    return (await this.reload(context.connection)).controls;
  }

  /** Every copy is old now. */
  async renumber(context: WriteContext): Promise<void> {
    await context.connection.run(renumber);
  }

  /** Lifts the switches whose time is over, as far as the copy knows them. */
  async liftExpired(session: Session, now: Instant): Promise<void> {
    for (const killed of this.copy?.controls.switches.values() ?? []) {
      if (killed.until === undefined || killed.until > now) continue;
      const { scope } = killed;
      await session.transact((context) => this.restore(context, { scope, actor: "system", now }, now));
    }
  }

  async kill(context: WriteContext, killed: KillSwitch): Promise<void> {
    const { scope, reason, actor, at, until } = killed;
    const { connection, journal } = context;
    await connection.get(alone);
    await connection.run(
      putSwitch,
      scope,
      reason,
      actor,
      Math.round(at),
      until === undefined ? null : Math.round(until),
    );
    await connection.run(renumber);
    journal.add({
      at,
      kind: "switch.killed",
      actor,
      subject: `switch:${scope}`,
      label: reason,
      data: { scope, reason, ...(until === undefined ? {} : { until }) },
    });
    if (until !== undefined) context.runDue(until);
  }

  /** With `overBy` only a switch whose time is over by then. */
  async restore(
    context: WriteContext,
    request: { readonly scope: string; readonly actor: string; readonly now: Instant },
    overBy?: Instant,
  ): Promise<boolean> {
    const { connection, journal } = context;
    await connection.get(alone);
    const gone = await connection.run(
      "DELETE FROM escapement.switch WHERE scope = $1 AND ($2::bigint IS NULL OR until <= $2)",
      request.scope,
      overBy === undefined ? null : Math.round(overBy),
    );
    if (gone === 0) return false;
    await connection.run(renumber);
    await this.release(context, behindSwitch(request.scope), request.now);
    // Under "all" nothing is parked: due work simply stays where it is.
    context.runDue(request.now);
    context.tell({ messages: [] });
    journal.add({
      at: request.now,
      kind: "switch.restored",
      actor: request.actor,
      subject: `switch:${request.scope}`,
      data: { scope: request.scope },
    });
    return true;
  }

  async changeCluster(
    context: WriteContext,
    request: { readonly change: ClusterChange; readonly actor: string; readonly now: Instant },
  ): Promise<Cluster> {
    const { change, actor, now } = request;
    const { connection } = context;
    await connection.get(alone);
    const before = (await this.reload(connection)).controls.clusters.get(change.id);
    const after = applyChange(before ?? { id: change.id, enabled: true }, change);
    const { id, enabled, label, reason, limit } = after;
    const values = [limit?.limit, limit?.perMs, limit?.burst].map((value) => value ?? null);
    await connection.run(putCluster, id, enabled, label ?? null, reason ?? null, ...values);
    await connection.run(renumber);
    const step = stepOf(before, after, { actor, now });
    for (const event of step.events) context.journal.add(event);
    if (step.enabled) await this.release(context, inCluster(id), now);
    if (step.relimited) {
      const key = rateOfCluster(id);
      await connection.run("DELETE FROM escapement.rate WHERE key = $1", key);
      await this.release(context, behindLimit(key), now);
    }
    return after;
  }

  async take(
    context: WriteContext,
    request: { readonly clusterId: string; readonly now: Instant },
  ): Promise<RateAnswer | undefined> {
    const limit = (await this.share(context)).clusters.get(request.clusterId)?.limit;
    if (limit === undefined) return undefined;
    const key = rateOfCluster(request.clusterId);
    const tats = await this.lockRates(context, [key], request.now);
    const answer = takeOne(limit, tats.get(key), request.now);
    await context.connection.run(keepRate, key, answer.tat);
    return answer;
  }

  /** How far each of these limits is used up; nobody else takes of them until the commit. */
  async lockRates(
    context: WriteContext,
    keys: readonly string[],
    now: Instant,
  ): Promise<Map<string, Instant>> {
    if (keys.length === 0) return new Map();
    const sorted = sortedKeys(new Map(keys.map((key) => [key, true])));
    const rows = await context.connection.all(takeRates, texts(sorted), now);
    return new Map(rows.map((row) => [text(row["key"]), integer(row["tat"])]));
  }

  /** Everything parked in a place becomes claimable again. */
  async release(context: WriteContext, place: string, now: Instant): Promise<void> {
    if ((await context.connection.run(free, place)) > 0) context.runDue(now);
  }
}

function rowsOf(json: unknown): Readonly<Record<string, unknown>>[] {
  if (typeof json !== "string") return [];
  const rows: Readonly<Record<string, unknown>>[] = JSON.parse(json);
  return rows;
}
