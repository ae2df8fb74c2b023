// How fast bytes came and went between two readings of the counters of the network interfaces. Pure.

export interface NetworkCounters {
  readonly atMs: number;
  /** Since boot, by interface. */
  readonly interfaces: readonly InterfaceCounters[];
}

export interface InterfaceCounters {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface NetworkRate {
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
}

/** Bridges, tunnels and containers: their bytes pass a real interface as well and would be counted twice. */
const virtualName =
  /^(docker|veth|br-|bridge|virbr|cni|flannel|cali|tun|tap|utun|wg|awdl|llw|vmnet|vboxnet)/i;

export function isVirtualInterface(name: string): boolean {
  return virtualName.test(name);
}

/**
 * An interface that is new since, or whose counters went back, counts as nothing.
 * `undefined` when no interface can be compared or no time has passed.
 */
export function networkRate(
  before: NetworkCounters | undefined,
  after: NetworkCounters,
): NetworkRate | undefined {
  const seconds = (after.atMs - (before?.atMs ?? after.atMs)) / 1000;
  if (seconds <= 0) return undefined;
  const earlier = new Map(before?.interfaces.map((entry) => [entry.name, entry]));
  const known = after.interfaces.filter((entry) => earlier.has(entry.name));
  if (known.length === 0) return undefined;
  const grown = (field: "receivedBytes" | "sentBytes"): number =>
    known.reduce(
      (sum, entry) => sum + Math.max(0, entry[field] - (earlier.get(entry.name)?.[field] ?? 0)),
      0,
    );
  return {
    receivedBytesPerSecond: grown("receivedBytes") / seconds,
    sentBytesPerSecond: grown("sentBytes") / seconds,
  };
}
