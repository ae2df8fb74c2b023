// The claim in SQLite: due runs in order of priority, judged by the pure plan, started or parked, in one transaction.
// What is parked leaves the line, so no claim ever walks past it again.
import type { Instant } from "../base/clock.ts";
import {
  judge,
  ratesOf,
  type Candidate,
  type ClaimState,
  type Rate,
  type Verdict,
} from "../run/plan-claim.ts";
import { unitsFree } from "../run/gcra.ts";
import { behindLimit, exempt, ready } from "../run/place.ts";
import type { ClaimedRun, ClaimRequest, ClaimResult } from "../storage/runs.ts";
import { integer, text, type Row } from "../storage/row.ts";
import { decodeClaimed } from "../storage/run-row.ts";
import type { SqliteControl } from "./sqlite-control.ts";
import { candidateOf } from "../storage/flow-row.ts";
import type { SqliteLanes } from "./sqlite-lanes.ts";
import { ownLine } from "../storage/own-line.ts";
import type { WriteContext } from "./write-context.ts";

const columns =
  "id, action, params, task_id, scheduled_for, attempt, max_attempts, pass, passes, cluster, lanes, rates, options, permit";
const due = `SELECT ${columns} FROM run WHERE place = ? AND priority = ? AND due_at <= ?
  AND action IN (SELECT value FROM json_each(?)) ORDER BY due_at, id LIMIT ?`;
const start = `UPDATE run SET place = NULL, node = ?, fence = ?, attempt = attempt + 1, started_at = ?
  WHERE id IN (SELECT value FROM json_each(?))`;
const wake = `INSERT INTO rate (key, tat, wake_at, spec) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET wake_at = excluded.wake_at, spec = excluded.spec`;
const release = `UPDATE run SET place = ${ownLine}
  WHERE id IN (SELECT id FROM run WHERE place = ? ORDER BY priority DESC, due_at, id LIMIT ?)`;
/** What is due already and was not taken waits for room, or for a node that knows its action: no time brings it on. */
const later = "SELECT min(due_at) AS at FROM run WHERE place = ? AND priority = ? AND due_at > ?";
/** How many runs one claim may park before it leaves the rest to the next. */
const parkBudget = 2_000;

export class Claim {
  readonly #context: WriteContext;
  readonly #control: SqliteControl;
  readonly #lanes: SqliteLanes;
  /** Nothing is known of the clock before the first claim, so that is as if it had been set back. */
  #lastClaimAt: Instant = Number.POSITIVE_INFINITY;

  constructor(context: WriteContext, control: SqliteControl, lanes: SqliteLanes) {
    this.#context = context;
    this.#control = control;
    this.#lanes = lanes;
  }

  claim(request: ClaimRequest): ClaimResult {
    this.#wakeLimited(request.now);
    const controls = this.#control.controls(request.now);
    const state: ClaimState = { controls, seats: new Map(), rates: new Map(), now: request.now };
    // Every claim that takes something adds to the journal, so no other has this number.
    const fence = this.#context.journal.head + 1;
    const book: Progress = { claimed: [], parked: 0, called: true, request, state, fence };
    // Who was called to a seat may stand before the place in line that has been reached already.
    while (book.called && book.claimed.length < request.limit && book.parked < parkBudget) {
      book.called = false;
      this.#takeFrom(exempt, book);
      if (!controls.switches.has("all")) this.#takeFrom(ready, book);
    }
    this.#lanes.save(state.seats);
    for (const [key, tat] of state.rates) this.#control.keepTat(key, tat);
    const nextDueAt = this.#nextDue(book);
    return { runs: book.claimed, ...(nextDueAt === undefined ? {} : { nextDueAt }) };
  }

  #takeFrom(place: string, book: Progress): void {
    let priority = this.#highest(place, undefined);
    while (priority !== undefined && book.claimed.length < book.request.limit) {
      this.#takePriority(place, priority, book);
      if (book.parked >= parkBudget) return;
      priority = this.#highest(place, priority);
    }
  }

  #highest(place: string, below: number | undefined): number | undefined {
    const row =
      below === undefined
        ? this.#context.connection.get("SELECT max(priority) AS priority FROM run WHERE place = ?", place)
        : this.#context.connection.get(
            "SELECT max(priority) AS priority FROM run WHERE place = ? AND priority < ?",
            place,
            below,
          );
    const priority = row?.["priority"];
    return typeof priority === "number" ? priority : undefined;
  }

  /** Every candidate leaves the line, started or parked, so asking again continues where the last page ended. */
  #takePriority(place: string, priority: number, book: Progress): void {
    while (book.claimed.length < book.request.limit && book.parked < parkBudget) {
      const wanted = book.request.limit - book.claimed.length;
      const rows = this.#due(place, priority, book.request, wanted);
      const known = book.claimed.length;
      for (const row of rows) this.#decide(row, book);
      this.#writeStarts(book.claimed.slice(known), book);
      if (rows.length < wanted) return;
    }
  }

  #due(place: string, priority: number, request: ClaimRequest, limit: number): Row[] {
    const { connection } = this.#context;
    return connection.all(due, place, priority, request.now, JSON.stringify(request.actions), limit);
  }

  #decide(row: Row, book: Progress): void {
    const candidate = candidateOf(row);
    if (candidate.lanes.length > 0) this.#lanes.load(candidate.lanes, book.state.seats);
    for (const rate of ratesOf(candidate, book.state.controls)) this.#loadRate(rate, book.state);
    const verdict = judge(candidate, book.state);
    if (verdict.kind === "start")
      book.claimed.push(decodeClaimed(row, { attempt: integer(row["attempt"]) + 1, fence: book.fence }));
    else this.#park(candidate, verdict, book);
  }

  /** Set-based: one statement for the rows, one for the journal, however many start. */
  #writeStarts(claimed: readonly ClaimedRun[], { request, fence }: Progress): void {
    if (claimed.length === 0) return;
    this.#context.tally("running", claimed.length);
    const ids = JSON.stringify(claimed.map((run) => run.id));
    this.#context.connection.run(start, request.node, fence, request.now, ids);
    this.#context.journal.addRuns(
      "run.started",
      `node:${request.node}`,
      claimed.map((run) => [run.id, request.now, null, run.action, null, null]),
    );
  }

  #park(candidate: Candidate, verdict: Exclude<Verdict, { kind: "start" }>, book: Progress): void {
    book.parked += 1;
    this.#context.connection.run("UPDATE run SET place = ? WHERE id = ?", verdict.place, candidate.id);
    // It may have been called to a seat that it cannot take now: the seat is the next one's.
    for (const lane of candidate.lanes) {
      if ((book.state.seats.get(lane.key) ?? 0) < lane.limit && this.#lanes.callNext(lane, book.request.now))
        book.called = true;
    }
    if (verdict.kind !== "wait") return;
    // Under a limit of 0 nothing wakes them but a new limit.
    const wakeAt = Number.isFinite(verdict.wakeAt) ? Math.ceil(verdict.wakeAt) : null;
    this.#context.connection.run(
      wake,
      verdict.rate.key,
      book.request.now,
      wakeAt,
      JSON.stringify(verdict.rate),
    );
  }

  #loadRate(rate: Rate, state: ClaimState): void {
    if (state.rates.has(rate.key)) return;
    const tat = this.#control.tat(rate.key);
    if (tat !== undefined) state.rates.set(rate.key, tat);
  }

  /** Calls back as many runs as each limit may let through by now; the claim judges them again. */
  #wakeLimited(now: Instant): void {
    const { connection } = this.#context;
    // After the clock was set back, the times to look again lie too far ahead.
    const until = now < this.#lastClaimAt ? Number.MAX_SAFE_INTEGER : now;
    this.#lastClaimAt = now;
    for (const row of connection.all("SELECT key, tat, spec FROM rate WHERE wake_at <= ?", until)) {
      const key = text(row["key"]);
      const rate: Rate = JSON.parse(text(row["spec"]));
      connection.run(release, behindLimit(key), Math.max(1, unitsFree(rate, integer(row["tat"]), now)));
      // Those that are parked again say when to look next; when all were let through, one of the rest has to ask.
      const rest = connection.get("SELECT 1 FROM run WHERE place = ? LIMIT 1", behindLimit(key));
      connection.run("UPDATE rate SET wake_at = ? WHERE key = ?", rest === undefined ? null : now + 1, key);
    }
  }

  #nextDue(book: Progress): Instant | undefined {
    if (book.parked >= parkBudget) return book.request.now;
    const { connection } = this.#context;
    const times: Instant[] = [];
    const note = (value: unknown): void => void (typeof value === "number" && times.push(value));
    for (const killed of book.state.controls.switches.values()) note(killed.until);
    note(connection.get("SELECT min(wake_at) AS at FROM rate WHERE wake_at IS NOT NULL")?.["at"]);
    const places = book.state.controls.switches.has("all") ? [exempt] : [exempt, ready];
    for (const place of places) {
      for (
        let priority = this.#highest(place, undefined);
        priority !== undefined;
        priority = this.#highest(place, priority)
      ) {
        note(connection.get(later, place, priority, book.request.now)?.["at"]);
      }
    }
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

interface Progress {
  readonly claimed: ClaimedRun[];
  parked: number;
  /** Whether somebody came into the line since it was begun. */
  called: boolean;
  readonly request: ClaimRequest;
  readonly state: ClaimState;
  readonly fence: number;
}
