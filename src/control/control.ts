// The control plane: what may run at all. Every change is journaled with its actor, and holds from its commit on:
// the claim of a run reads the same rows in its own transaction.
import { readActor } from "../base/actor.ts";
import { clip } from "../base/clip.ts";
import type { Clock } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { checkOptions } from "../base/options.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";
import { holdOf, type Cluster, type Controls } from "../run/controls.ts";
import type { Gate } from "../run/gate.ts";
import type { RateLimit } from "../run/gcra.ts";
import { controlsOf } from "../storage/control-row.ts";
import type { Storage } from "../storage/storage.ts";

export interface KillOptions {
  /** `all` (default), `cluster:ID`, `action:NAME` or `task:ID`. */
  readonly scope?: string;
  readonly reason?: string;
  /** Lifted by itself at this time. */
  readonly until?: InstantLike;
  readonly actor?: string;
}

export interface Killed {
  readonly scope: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
  readonly until?: Date;
}

/** A gate that is shut: nothing of its scope starts but what is released. */
export interface ShutGate extends Omit<Gate, "at"> {
  readonly at: Date;
}

export function toShutGate(gate: Gate): ShutGate {
  return { ...gate, at: new Date(gate.at) };
}

export interface ControlStatus {
  readonly killed: readonly Killed[];
  readonly clusters: readonly Cluster[];
  readonly gates: readonly ShutGate[];
}

export interface CheckRequest {
  readonly cluster: string;
  readonly action?: string;
}

/** `remaining` is what the cluster's limit would still let through; absent without a limit. */
export interface CheckAnswer {
  readonly allowed: boolean;
  readonly rule?: "switch" | "cluster" | "rate";
  readonly reason?: string;
  readonly remaining?: number;
  readonly retryAfterMs?: number;
}

const code = "control.invalid";
const longestReason = 1_000;
const longestScope = 500;
const scopePattern = /^(?:all|(?:cluster|action|task):.+)$/;

export class Control {
  readonly clusters: Clusters;
  readonly limits: Limits;
  readonly #storage: Storage;
  readonly #clock: Clock;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
    this.clusters = new Clusters(storage, clock);
    this.limits = new Limits(storage, clock);
  }

  /** Stops work in a scope: nothing of it is claimed any more, and due times of its tasks are skipped as "switch". */
  async kill(options: KillOptions = {}): Promise<void> {
    checkOptions(options, ["scope", "reason", "until", "actor"], { code, what: "Cannot kill." });
    const { reason = "no reason given" } = options;
    const actor = readActor(options.actor, code);
    const now = this.#clock.now();
    const until = options.until === undefined ? undefined : parseInstant(options.until);
    if (until !== undefined && until <= now) {
      throw new EscapementError(
        "control.invalid",
        `Cannot kill until ${new Date(until).toISOString()}: that is in the past. Leave "until" out, or give a later time.`,
      );
    }
    await this.#storage.control.kill({
      scope: readScope(options.scope),
      reason: clip(typeof reason === "string" ? reason : show(reason), longestReason),
      actor,
      at: now,
      ...(until === undefined ? {} : { until }),
    });
  }

  /** Lets a scope run again; resolves to whether it had been killed. */
  async restore(options: { readonly scope?: string; readonly actor?: string } = {}): Promise<boolean> {
    checkOptions(options, ["scope", "actor"], { code, what: "Cannot restore." });
    return this.#storage.control.restore({
      scope: readScope(options.scope),
      actor: readActor(options.actor, code),
      now: this.#clock.now(),
    });
  }

  async status(): Promise<ControlStatus> {
    const { switches, clusters, gates } = await this.#storage.control.state();
    const now = this.#clock.now();
    const killed = switches
      .filter((one) => one.until === undefined || one.until > now)
      .map(({ at, until, ...rest }) => ({
        ...rest,
        at: new Date(at),
        ...(until === undefined ? {} : { until: new Date(until) }),
      }));
    return { killed, clusters, gates: gates.map(toShutGate) };
  }

  /**
   * May work of this cluster go on? The first refusal wins, in the order switch, cluster, rate.
   * An allowed check of a cluster with a limit uses up one unit of it.
   */
  async check(request: CheckRequest): Promise<CheckAnswer> {
    const controls = controlsOf(await this.#storage.control.state());
    const now = this.#clock.now();
    const place = holdOf(controls, { action: request.action ?? "", cluster: request.cluster }, now);
    if (place !== undefined) return refusal(place, controls);
    const answer = await this.#storage.control.take({ clusterId: request.cluster, now });
    if (answer === undefined) return { allowed: true };
    if (answer.allowed) return { allowed: true, remaining: answer.remaining };
    const { retryAfterMs } = answer;
    const reason = `The rate limit of cluster "${request.cluster}" is used up.`;
    return {
      allowed: false,
      rule: "rate",
      reason,
      remaining: 0,
      ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
    };
  }
}

function refusal(place: string, controls: Controls): CheckAnswer {
  const [kind, ...rest] = place.split(":");
  const name = rest.join(":");
  if (kind === "switch") {
    const killed = controls.switches.get(name);
    return {
      allowed: false,
      rule: "switch",
      reason: `"${name}" is killed by ${killed?.actor}: ${killed?.reason}`,
    };
  }
  const reason = controls.clusters.get(name)?.reason;
  return {
    allowed: false,
    rule: "cluster",
    reason: `Cluster "${name}" is disabled${reason === undefined ? "." : `: ${reason}`}`,
  };
}

function readScope(scope: string = "all"): string {
  if (typeof scope === "string" && scope.length <= longestScope && isPlain(scope) && scopePattern.test(scope))
    return scope;
  throw new EscapementError(
    "control.invalid",
    `Cannot read scope ${show(scope)}: write "all", "cluster:ID", "action:NAME" or "task:ID".`,
  );
}

type ClusterChange = Parameters<Storage["control"]["changeCluster"]>[0]["change"];

/** What people read of it, as it can be kept. */
function mended({ label, reason, ...rest }: ClusterChange): ClusterChange {
  const text = (given: unknown): string =>
    clip(typeof given === "string" ? given : show(given), longestReason);
  return {
    ...rest,
    ...(label === undefined ? {} : { label: text(label) }),
    ...(reason === undefined ? {} : { reason: text(reason) }),
  };
}

interface Change {
  readonly reason?: string;
  readonly actor?: string;
}

/** Groups of actions and tasks under one switch and one limit. */
export class Clusters {
  readonly #storage: Storage;
  readonly #clock: Clock;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  define(id: string, options: { readonly label?: string; readonly actor?: string } = {}): Promise<Cluster> {
    return this.#change(
      { id: readId(id), ...(options.label === undefined ? {} : { label: options.label }) },
      options.actor,
    );
  }

  /** A cluster that is not defined yet becomes so. */
  enable(id: string, options: Change = {}): Promise<Cluster> {
    return this.#change({ id: readId(id), enabled: true }, options.actor);
  }

  disable(id: string, options: Change = {}): Promise<Cluster> {
    return this.#change(
      { id: readId(id), enabled: false, ...(options.reason === undefined ? {} : { reason: options.reason }) },
      options.actor,
    );
  }

  async get(id: string): Promise<Cluster | undefined> {
    return (await this.all()).find((cluster) => cluster.id === id);
  }

  async all(): Promise<readonly Cluster[]> {
    return (await this.#storage.control.state()).clusters;
  }

  #change(change: ClusterChange, actor: string | undefined): Promise<Cluster> {
    return this.#storage.control.changeCluster({
      change: mended(change),
      actor: readActor(actor, code),
      now: this.#clock.now(),
    });
  }
}

/** How many runs of a cluster may start, and how many checks it allows, per period. */
export class Limits {
  readonly #storage: Storage;
  readonly #clock: Clock;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  async set(
    cluster: string,
    limit: { readonly limit: number; readonly per?: Duration; readonly burst?: number },
    options: { readonly actor?: string } = {},
  ): Promise<Cluster> {
    checkOptions(limit, ["limit", "per", "burst"], { code, what: `Cannot limit ${show(cluster)}.` });
    const actor = readActor(options.actor, code);
    const rate: RateLimit = {
      limit: limit.limit,
      perMs: parseDuration(limit.per ?? "1m"),
      ...(limit.burst === undefined ? {} : { burst: limit.burst }),
    };
    const faulty =
      !Number.isFinite(rate.limit) ||
      rate.limit < 0 ||
      rate.perMs < 1 ||
      (rate.burst !== undefined && !(rate.burst >= 1 && Number.isFinite(rate.burst)));
    if (faulty)
      throw new EscapementError(
        "control.invalid",
        `Cannot limit ${show(cluster)} to ${show(limit.limit)} per ${show(limit.per ?? "1m")}: the limit is a number from 0, the period at least 1 ms, the burst at least 1.`,
      );
    return this.#storage.control.changeCluster({
      change: { id: readId(cluster), limit: rate },
      actor,
      now: this.#clock.now(),
    });
  }

  /** Takes the limit away. */
  clear(cluster: string, options: { readonly actor?: string } = {}): Promise<Cluster> {
    return this.#storage.control.changeCluster({
      change: { id: readId(cluster), limit: null },
      actor: readActor(options.actor, code),
      now: this.#clock.now(),
    });
  }
}

function readId(id: string): string {
  if (typeof id === "string" && id.length > 0 && id.length <= 200 && isPlain(id)) return id;
  throw new EscapementError(
    "control.invalid",
    `Cannot name a cluster ${show(id)}: an id is a text of 1 to 200 characters on one line.`,
  );
}
