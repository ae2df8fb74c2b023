// The decision of a claim, apart from any database: which of these due runs start, and where the others have to wait.
// An engine loads the candidates with the controls, seats and rates they touch, asks this function, and writes down
// what it says, all in one transaction. So no switch, lane or limit can be passed between looking and claiming.
import type { Instant } from "../base/clock.ts";
import { holdOf, type Controls } from "./controls.ts";
import { takeOne } from "./gcra.ts";
import { takeSeats, type Lane, type SeatBook } from "./lane.ts";
import { behindLimit, inLane } from "./place.ts";

export interface Candidate {
  readonly id: string;
  readonly action: string;
  readonly cluster?: string | undefined;
  readonly taskId?: string | undefined;
  readonly lanes: readonly Lane[];
}

export interface ClaimState {
  readonly controls: Controls;
  readonly seats: SeatBook;
  /** The GCRA state per cluster; changed by the plan. */
  readonly rates: Map<string, Instant>;
  readonly now: Instant;
}

/** `start`, or the place where the run is parked; with a limit, also when to look again. */
export type Verdict =
  | { readonly kind: "start" }
  | { readonly kind: "park"; readonly place: string; readonly cluster?: string; readonly wakeAt?: Instant };

const start: Verdict = { kind: "start" };

/** Judges one run and takes its seats and its unit of the limit when it starts. */
export function judge(candidate: Candidate, state: ClaimState): Verdict {
  const held = holdOf(state.controls, candidate, state.now);
  if (held !== undefined) return { kind: "park", place: held };
  const rate =
    candidate.cluster === undefined ? undefined : state.controls.clusters.get(candidate.cluster)?.limit;
  if (rate === undefined) {
    const full = takeSeats(candidate.lanes, state.seats);
    return full === undefined ? start : { kind: "park", place: inLane(full) };
  }
  return judgeLimited(candidate, candidate.cluster ?? "", state, rate);
}

function judgeLimited(
  candidate: Candidate,
  cluster: string,
  state: ClaimState,
  rate: Parameters<typeof takeOne>[0],
): Verdict {
  const answer = takeOne(rate, state.rates.get(cluster), state.now);
  if (!answer.allowed) {
    return { kind: "park", place: behindLimit(cluster), cluster, wakeAt: state.now + answer.retryAfterMs };
  }
  // The seats come last: a run that is parked for a lane must not have used up a unit of the limit.
  const full = takeSeats(candidate.lanes, state.seats);
  if (full !== undefined) return { kind: "park", place: inLane(full) };
  state.rates.set(cluster, answer.tat);
  return start;
}
