// The decision of a claim, apart from any database: which of these due runs start, and where the others have to wait.
// An engine loads the candidates with the controls, seats and rates they touch, asks this function, and writes down
// what it says, all in one transaction. So no switch, lane or limit can be passed between looking and claiming.
import type { Instant } from "../base/clock.ts";
import { holdOf, type Controls } from "./controls.ts";
import { gateOf } from "./gate.ts";
import { takeOne, type RateLimit } from "./gcra.ts";
import { fullLane, takeSeats, type Lane, type SeatBook } from "./lane.ts";
import { behindGate, behindLimit, inLane } from "./place.ts";

/** A limit that a run counts against: its action's, its customer's, its cluster's. */
export interface Rate extends RateLimit {
  readonly key: string;
}

export interface Candidate {
  readonly id: string;
  readonly action: string;
  readonly cluster?: string | undefined;
  readonly taskId?: string | undefined;
  readonly lanes: readonly Lane[];
  readonly rates: readonly Rate[];
  /** Released by a gate: this start passes every gate, and nothing else. */
  readonly permitted?: boolean;
}

export interface ClaimState {
  readonly controls: Controls;
  readonly seats: SeatBook;
  /** The GCRA state per key; changed by the plan. */
  readonly rates: Map<string, Instant>;
  readonly now: Instant;
}

/** `start`, or the place where the run is parked; behind a limit also when to look again, and at how many. */
export type Verdict =
  | { readonly kind: "start" }
  | { readonly kind: "park"; readonly place: string }
  | { readonly kind: "wait"; readonly place: string; readonly rate: Rate; readonly wakeAt: Instant };

const start: Verdict = { kind: "start" };

/** Judges one run; when it starts, its seats and its units of every limit are taken. */
export function judge(candidate: Candidate, state: ClaimState): Verdict {
  const held = holdOf(state.controls, candidate, state.now);
  if (held !== undefined) return { kind: "park", place: held };
  const gate = candidate.permitted === true ? undefined : gateOf(state.controls.gates, candidate);
  if (gate !== undefined) return { kind: "park", place: behindGate(gate) };
  const full = fullLane(candidate.lanes, state.seats);
  if (full !== undefined) return { kind: "park", place: inLane(full) };
  const tats: [string, Instant][] = [];
  for (const rate of ratesOf(candidate, state.controls)) {
    const tat = state.rates.get(rate.key);
    const answer = takeOne(rate, tat, state.now);
    if (!answer.allowed) {
      if (tat !== undefined) state.rates.set(rate.key, answer.tat);
      return { kind: "wait", place: behindLimit(rate.key), rate, wakeAt: state.now + answer.retryAfterMs };
    }
    tats.push([rate.key, answer.tat]);
  }
  for (const [key, tat] of tats) state.rates.set(key, tat);
  takeSeats(candidate.lanes, state.seats);
  return start;
}

/** The limits of a run itself, then that of its cluster as it is now. */
export function ratesOf(
  candidate: Pick<Candidate, "cluster" | "rates">,
  controls: Controls,
): readonly Rate[] {
  if (candidate.cluster === undefined) return candidate.rates;
  const limit = controls.clusters.get(candidate.cluster)?.limit;
  return limit === undefined
    ? candidate.rates
    : [...candidate.rates, { ...limit, key: rateOfCluster(candidate.cluster) }];
}

/** The key under which a cluster's limit is counted. */
export function rateOfCluster(clusterId: string): string {
  return `cluster:${clusterId}`;
}
