// Every waiting run stands in exactly one place, and one index over places is all that a claim needs.
// A run that may not start now does not stand in front of those that may: it is parked where the thing that
// holds it back will look for it, and whatever lifts that obstacle moves it back to `ready`.

/** Due work, claimable by any node. */
export const ready = "";
/** Due work of the control actions, which no switch holds back. */
export const exempt = "exempt";

/** Behind others that run under the same concurrency key. */
export function inLane(key: string): string {
  return `lane:${key}`;
}

/** Held by a kill switch; the scope is `all`, `cluster:ID`, `action:NAME` or `task:ID`. */
export function behindSwitch(scope: string): string {
  return `switch:${scope}`;
}

/** In a cluster that is switched off. */
export function inCluster(clusterId: string): string {
  return `cluster:${clusterId}`;
}

/** Before a shut gate, until a permit lets it through; the scope is that of the gate. */
export function behindGate(scope: string): string {
  return `gate:${scope}`;
}

/** Behind a rate limit that is used up for now; the key names the limit. */
export function behindLimit(key: string): string {
  return `limit:${key}`;
}

/** Behind an unfinished run with the same fifo key that was enqueued before. */
export function inFifo(key: string): string {
  return `fifo:${key}`;
}

/** Why a waiting run does not start, in words for people; undefined when nothing holds it. */
export function holdReason(place: string): string | undefined {
  if (place === ready || place === exempt) return undefined;
  const [kind, ...rest] = place.split(":");
  const name = rest.join(":");
  if (kind === "lane") return `waits for its turn under "${name}"`;
  if (kind === "switch") return `held by the kill switch on "${name}"`;
  if (kind === "gate") return `held by the gate on "${name}" until it is released`;
  if (kind === "cluster") return `cluster "${name}" is disabled`;
  if (kind === "fifo") return `waits behind an earlier run of the line "${name}"`;
  return `the rate limit "${name}" is used up`;
}
