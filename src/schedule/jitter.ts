// How much later than its nominal time a run is due: spread by the task's id and the time, the same on every node.
import type { Instant } from "../base/clock.ts";
import { hashFraction } from "../base/hash.ts";

/** Whole milliseconds in [0, min(jitterMs, distance to `next`)); 0 without jitter. */
export function jitterOf(id: string, at: Instant, jitterMs: number, next: Instant | null): number {
  const room = next === null ? jitterMs : Math.min(jitterMs, next - at);
  return room <= 0 ? 0 : Math.floor(hashFraction(`${id}@${at}`) * room);
}
