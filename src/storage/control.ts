// What a database must keep of the control plane. A claim reads it in its own transaction.
import type { Instant } from "../base/clock.ts";
import type { Cluster, KillSwitch } from "../run/controls.ts";
import type { Gate } from "../run/gate.ts";
import type { RateAnswer, RateLimit } from "../run/gcra.ts";

export interface ControlState {
  readonly switches: readonly KillSwitch[];
  readonly clusters: readonly Cluster[];
  readonly gates: readonly Gate[];
}

export interface ClusterChange {
  readonly id: string;
  readonly enabled?: boolean;
  readonly label?: string;
  readonly reason?: string;
  /** null takes the limit away. */
  readonly limit?: RateLimit | null;
}

export interface ControlStorage {
  kill(request: KillSwitch): Promise<void>;
  /** Resolves to whether the scope was killed. Runs held by it become claimable in the same transaction. */
  restore(request: {
    readonly scope: string;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<boolean>;
  /** Creates the cluster when it is new. */
  changeCluster(request: {
    readonly change: ClusterChange;
    readonly actor: string;
    readonly now: Instant;
  }): Promise<Cluster>;
  state(): Promise<ControlState>;
  /** Takes one unit of the cluster's limit; undefined when it has none. */
  take(request: { readonly clusterId: string; readonly now: Instant }): Promise<RateAnswer | undefined>;
}
