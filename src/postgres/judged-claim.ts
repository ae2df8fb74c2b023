// One claim in which runs have to be judged: lanes, limits, switches or clusters stand in the way of some. Candidates
// are locked in their order, then the seats and limits they touch, always in the same order, so nobody waits in a circle.
import type { Instant } from "../base/clock.ts";
import { unitsFree } from "../run/gcra.ts";
import type { Lane } from "../run/lane.ts";
import { behindLimit } from "../run/place.ts";
import {
  judge,
  ratesOf,
  type Candidate,
  type ClaimState,
  type Rate,
  type Verdict,
} from "../run/plan-claim.ts";
import { candidateOf } from "../storage/flow-row.ts";
import type { RunNote } from "../storage/journal.ts";
import { ownLine } from "../storage/own-line.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { decodeClaimed } from "../storage/run-row.ts";
import type { ClaimedRun, ClaimRequest, ClaimResult } from "../storage/runs.ts";
import { nextDueOf, openPlaces } from "./claim.ts";
import { ids, numbers, texts, wholeNumbers } from "./columns.ts";
import type { PostgresControl } from "./postgres-control.ts";
import { countLane, type LaneCounts, type PostgresLanes } from "./postgres-lanes.ts";
import type { WriteContext } from "./write-context.ts";

const candidates = `SELECT run.id, action, params, task_id, scheduled_for, attempt, max_attempts, pass, passes, cluster, lanes, rates, options, permit
  FROM escapement.candidates($1::text[], $2::text[], $3::bigint, $4::integer, '{}') AS found,
  unnest(found.row_ids) WITH ORDINALITY AS due (row_id, n),
  LATERAL (SELECT * FROM escapement.run WHERE run.ctid = due.row_id OFFSET 0) AS run ORDER BY due.n`;
const start = `UPDATE escapement.run SET node = $2, fence = $3, started_at = $4, attempt = attempt + 1 WHERE id = ANY ($1::text[])`;
const park = `UPDATE escapement.run SET place = parked.place FROM unnest($1::text[], $2::text[]) AS parked (id, place)
  WHERE run.id = ANY ($1::text[]) AND run.id = parked.id`;
const woken =
  "SELECT key, tat, spec FROM escapement.rate WHERE wake_at <= $1 AND spec IS NOT NULL ORDER BY key FOR UPDATE";
const release = `UPDATE escapement.run SET place = ${ownLine} WHERE id = ANY (ARRAY(
  SELECT next.id FROM unnest($1::text[], $2::integer[]) AS line (place, units), LATERAL (
    SELECT id FROM escapement.run WHERE run.place = line.place AND node IS NULL
      ORDER BY priority DESC, due_at, id LIMIT line.units FOR UPDATE SKIP LOCKED) AS next))`;
/** Those that are parked again say when to look next; when all were let through, one of the rest has to ask. */
const rewake = `UPDATE escapement.rate SET wake_at = CASE WHEN (SELECT id FROM escapement.run WHERE run.place = line.place LIMIT 1) IS NOT NULL THEN $3::bigint END
  FROM unnest($1::text[], $2::text[]) AS line (key, place) WHERE rate.key = ANY ($1::text[]) AND rate.key = line.key`;
const wait = `UPDATE escapement.rate SET wake_at = waiting.wake_at, spec = waiting.spec
  FROM unnest($1::text[], $2::bigint[], $3::text[]) AS waiting (key, wake_at, spec)
  WHERE rate.key = ANY ($1::text[]) AND rate.key = waiting.key`;
const keepRates = `UPDATE escapement.rate SET tat = kept.tat FROM unnest($1::text[], $2::double precision[]) AS kept (key, tat)
  WHERE rate.key = ANY ($1::text[]) AND rate.key = kept.key`;
const later =
  "SELECT escapement.next_due($1::text[], $2::text[], $3::bigint) AS run, (SELECT min(wake_at) FROM escapement.rate) AS rate";
/** How many runs one claim may park before it leaves the rest to the next. */
const parkBudget = 2_000;

export interface FencedRequest extends ClaimRequest {
  /** The number of the claim. */
  readonly fence: number;
}

export interface JudgedRequest extends FencedRequest {
  /** The clock shows less than at the claim before. */
  readonly setBack: boolean;
}

type Park = Exclude<Verdict, { kind: "start" }>;

export class JudgedClaim {
  readonly #context: WriteContext;
  readonly #control: PostgresControl;
  readonly #lanes: PostgresLanes;
  readonly #request: JudgedRequest;
  readonly #claimed: ClaimedRun[] = [];
  #parked = 0;
  /** Seats and limits have been locked, which is done once: a second time could wait in a circle. */
  #isLocked = false;
  #isUnfinished = false;

  constructor(context: WriteContext, control: PostgresControl, lanes: PostgresLanes, request: JudgedRequest) {
    this.#context = context;
    this.#control = control;
    this.#lanes = lanes;
    this.#request = request;
  }

  /** Whether runs were left that need other seats or limits: the next transaction may have them. */
  get isUnfinished(): boolean {
    return this.#isUnfinished;
  }

  async claim(): Promise<ClaimResult> {
    const { now } = this.#request;
    const controls = await this.#control.share(this.#context);
    await this.#wakeLimited();
    const state: ClaimState = { controls, seats: new Map(), rates: new Map(), now };
    const places = openPlaces(controls, now);
    // Who was called to a seat may stand before the place in line that has been reached already.
    for (let called = true; called && this.#hasRoom();) called = await this.#takeFrom(places, state);
    await this.#lanes.save(this.#context, state.seats);
    await this.#saveRates(state);
    return { runs: this.#claimed, ...(await this.#nextDue(places, state)) };
  }

  #hasRoom(): boolean {
    const { limit } = this.#request;
    return this.#claimed.length < limit && this.#parked < parkBudget && !this.#isUnfinished;
  }

  /** Every candidate leaves the line, started or parked. Resolves to whether somebody came into it meanwhile. */
  async #takeFrom(places: readonly string[], state: ClaimState): Promise<boolean> {
    let called = false;
    while (this.#hasRoom()) {
      const { actions, now, limit } = this.#request;
      const wanted = limit - this.#claimed.length;
      const rows = await this.#context.connection.all(
        candidates,
        texts(places),
        texts(actions),
        Math.round(now),
        wanted,
      );
      if (await this.#decide(rows, state)) called = true;
      if (rows.length < wanted) break;
    }
    return called;
  }

  async #decide(rows: readonly Row[], state: ClaimState): Promise<boolean> {
    const due = rows.map((row) => ({ row, candidate: candidateOf(row) }));
    const lanes = due.flatMap(({ candidate }) => candidate.lanes);
    const rates = due.flatMap(({ candidate }) => ratesOf(candidate, state.controls));
    if (!(await this.#lock(lanes, rates, state))) return false;
    const started: ClaimedRun[] = [];
    const parked: { readonly candidate: Candidate; readonly verdict: Park }[] = [];
    for (const { row, candidate } of due) {
      const verdict = judge(candidate, state);
      if (verdict.kind === "start")
        started.push(
          decodeClaimed(row, { attempt: integer(row["attempt"]) + 1, fence: this.#request.fence }),
        );
      else parked.push({ candidate, verdict });
    }
    await this.#start(started);
    return this.#park(parked, state);
  }

  async #start(runs: readonly ClaimedRun[]): Promise<void> {
    if (runs.length === 0) return;
    const { node, fence, now } = this.#request;
    this.#claimed.push(...runs);
    await this.#context.connection.run(start, ids(runs.map((run) => run.id)), node, fence, Math.round(now));
    this.#context.tally("running", runs.length);
    const notes = runs.map((run): RunNote => [run.id, now, null, run.action, null, null]);
    this.#context.journal.addRuns("run.started", `node:${node}`, notes);
  }

  async #park(
    parked: readonly { readonly candidate: Candidate; readonly verdict: Park }[],
    state: ClaimState,
  ): Promise<boolean> {
    if (parked.length === 0) return false;
    this.#parked += parked.length;
    const { connection } = this.#context;
    await connection.run(
      park,
      ids(parked.map(({ candidate }) => candidate.id)),
      texts(parked.map(({ verdict }) => verdict.place)),
    );
    const waits = new Map(
      parked.flatMap(({ verdict }) => (verdict.kind === "wait" ? [[verdict.rate.key, verdict]] : [])),
    );
    if (waits.size > 0) {
      const list = [...waits.values()];
      await connection.run(
        wait,
        texts([...waits.keys()]),
        // Under a limit of 0 nothing wakes them but a new limit.
        wholeNumbers(list.map(({ wakeAt }) => (Number.isFinite(wakeAt) ? Math.ceil(wakeAt) : null))),
        texts(list.map(({ rate }) => JSON.stringify(rate))),
      );
    }
    // They may have been called to a seat that they cannot take now: the seat is the next one's.
    const calls: LaneCounts = new Map();
    for (const { candidate } of parked) {
      for (const lane of candidate.lanes)
        if ((state.seats.get(lane.key) ?? 0) < lane.limit) countLane(calls, lane);
    }
    return this.#lanes.callNext(this.#context, calls, this.#request.now);
  }

  /** Loads what is not known yet and keeps others from changing it; false when that would need a second time. */
  async #lock(lanes: readonly Lane[], rates: readonly Rate[], state: ClaimState): Promise<boolean> {
    const missing = rates.filter((rate) => !state.rates.has(rate.key)).map((rate) => rate.key);
    if (missing.length === 0 && lanes.every((lane) => state.seats.has(lane.key))) return true;
    if (this.#isLocked) {
      this.#isUnfinished = true;
      return false;
    }
    this.#isLocked = true;
    await this.#lanes.load(this.#context, lanes, state.seats);
    const found = await this.#control.lockRates(this.#context, missing, this.#request.now);
    for (const [key, tat] of found) state.rates.set(key, tat);
    return true;
  }

  async #saveRates(state: ClaimState): Promise<void> {
    if (state.rates.size === 0) return;
    await this.#context.connection.run(
      keepRates,
      texts([...state.rates.keys()]),
      numbers([...state.rates.values()]),
    );
  }

  /** Calls back as many runs as each limit may let through by now; they are judged again. */
  async #wakeLimited(): Promise<void> {
    const { now, setBack } = this.#request;
    const { connection } = this.#context;
    // After the clock was set back, the times to look again lie too far ahead.
    const rows = await connection.all(woken, setBack ? Number.MAX_SAFE_INTEGER : Math.round(now));
    if (rows.length === 0) return;
    const keys = rows.map((row) => text(row["key"]));
    const places = texts(keys.map(behindLimit));
    const units = rows.map((row) => Math.max(1, unitsFree(rateOf(row), integer(row["tat"]), now)));
    await connection.run(release, places, wholeNumbers(units.map((free) => Math.min(free, largestInteger))));
    await connection.run(rewake, texts(keys), places, Math.round(now) + 1);
  }

  async #nextDue(
    places: readonly string[],
    { controls }: ClaimState,
  ): Promise<{ readonly nextDueAt?: Instant }> {
    const { actions, now } = this.#request;
    if (this.#parked >= parkBudget || this.#isUnfinished) return { nextDueAt: now };
    const row = await this.#context.connection.get(later, texts(places), texts(actions), Math.round(now));
    const lifted = Array.from(controls.switches.values(), (killed) => killed.until);
    return nextDueOf([row?.["run"], row?.["rate"], ...lifted]);
  }
}

/** Of the type `integer`. */
const largestInteger = 2_147_483_647;

function rateOf(row: Row): Rate {
  const rate: Rate = JSON.parse(text(row["spec"]));
  return rate;
}
