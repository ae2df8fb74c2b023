// The claim in PostgreSQL. Where nothing can hold the due runs back it is one statement; else they are locked, judged
// by the pure plan, and started or parked, in one transaction. Claims of other nodes pass over what is locked.
import { randomInt } from "node:crypto";
import type { Instant } from "../base/clock.ts";
import type { Controls } from "../run/controls.ts";
import { exempt, ready } from "../run/place.ts";
import { text } from "../storage/row.ts";
import type { ClaimedRun, ClaimRequest, ClaimResult } from "../storage/runs.ts";
import type { CommitHint } from "../storage/storage.ts";
import { texts } from "./columns.ts";
import { decodeRuns } from "./claimed-runs.ts";
import { JudgedClaim, type FencedRequest, type JudgedRequest } from "./judged-claim.ts";
import { LineMark, type Mark } from "./line-mark.ts";
import type { PostgresControl } from "./postgres-control.ts";
import type { PostgresLanes } from "./postgres-lanes.ts";
import type { Session } from "./session.ts";
import { UnansweredClaims } from "./unanswered-claims.ts";

const claimPlain =
  "SELECT verdict, head, runs FROM escapement.claim($1, $2::bigint, $3::bigint, $4::integer, $5::text[], $6::text[], $7::bigint, $8::text[], $9::bigint, $10::bigint, $11)";
/** How often the controls may change between reading them and claiming by them. */
const largestTries = 20;
/** So many claims in a row go straight to judging once one had to: a mixed line would else be asked twice each time. */
const judgedInARow = 10;

export class Claim {
  readonly #control: PostgresControl;
  readonly #lanes: PostgresLanes;
  /** Numbers of claims are unique among all that a node of this name ever made, as good as surely. */
  #fence: number = randomInt(2 ** 47);
  readonly #unanswered = new UnansweredClaims();
  /** Nothing is known of the clock before the first claim, so that is as if it had been set back. */
  #lastClaimAt: Instant = Number.POSITIVE_INFINITY;
  #judging = 0;
  readonly #mark = new LineMark();

  constructor(control: PostgresControl, lanes: PostgresLanes) {
    this.#control = control;
    this.#lanes = lanes;
  }

  /** Somebody has put a run in line: it may stand before the mark. */
  hear(hint: CommitHint): void {
    this.#mark.hear(hint);
  }

  async claim(session: Session, request: ClaimRequest): Promise<ClaimResult> {
    const found = await this.#unanswered.find(session, request.node);
    if (found.length > 0) return { runs: found, nextDueAt: request.now };
    const setBack = request.now < this.#lastClaimAt;
    this.#lastClaimAt = request.now;
    this.#fence += 1;
    const fenced = { ...request, fence: this.#fence };
    try {
      const plain = setBack || this.#judging > 0 ? undefined : await this.#claimPlain(session, fenced);
      if (plain !== undefined) return plain;
      if (!setBack) this.#judging = this.#judging > 0 ? this.#judging - 1 : judgedInARow;
      await this.#control.liftExpired(session, request.now);
      return await this.#claimJudged(session, { ...fenced, setBack });
    } catch (error) {
      // Whatever it has taken by then.
      this.#unanswered.add(fenced.fence);
      throw error;
    }
  }

  /** One transaction after the other, as long as there are runs that need seats or limits which the one before did not have. */
  async #claimJudged(session: Session, request: JudgedRequest): Promise<ClaimResult> {
    const runs: ClaimedRun[] = [];
    for (;;) {
      const limit = request.limit - runs.length;
      let isUnfinished = false;
      const part = await session.transact(async (context) => {
        const claim = new JudgedClaim(context, this.#control, this.#lanes, { ...request, limit });
        const result = await claim.claim();
        ({ isUnfinished } = claim);
        return result;
      });
      runs.push(...part.runs);
      if (!isUnfinished || runs.length >= request.limit) return { ...part, runs };
    }
  }

  /** Resolves to undefined when something has to be judged first. */
  async #claimPlain(session: Session, request: FencedRequest): Promise<ClaimResult | undefined> {
    const { node, fence, now, limit, actions } = request;
    for (let attempt = 0; attempt < largestTries; attempt++) {
      const { copy } = this.#control;
      const plan = copy === undefined ? undefined : planOf(copy.controls, now);
      if (copy !== undefined && plan === undefined) return undefined;
      const mark = this.#mark.use();
      const row = await session.direct((connection) =>
        connection.get(
          claimPlain,
          node,
          fence,
          Math.round(now),
          limit,
          texts(actions),
          texts(plan?.places ?? []),
          copy?.version ?? 0,
          texts(plan?.judged ?? []),
          ...(mark ?? [null, null, null]),
        ),
      );
      if (row?.["verdict"] === "judge") return undefined;
      if (row?.["verdict"] === "claimed") {
        const runs = typeof row["runs"] === "string" ? decodeRuns(row["runs"], fence) : [];
        return this.#answer(session, runs, text(row["head"]), copy?.controls);
      }
      await session.read((connection) => this.#control.reload(connection));
    }
    return undefined;
  }

  #answer(
    session: Session,
    runs: readonly ClaimedRun[],
    head: string,
    controls: Controls | undefined,
  ): ClaimResult {
    if (runs.length > 0) session.tell({});
    const { next, place, mark }: Head = JSON.parse(head);
    this.#mark.set(place === ready ? mark : undefined);
    const times = [next, ...Array.from(controls?.switches.values() ?? [], untilOf)];
    return { runs, ...nextDueOf(times) };
  }
}

/** What a claim says of itself. */
interface Head {
  readonly next: Instant | null;
  readonly place?: string;
  readonly mark?: Mark;
}

function untilOf(killed: { readonly until?: Instant }): Instant | undefined {
  return killed.until;
}

/** The earliest of these times, if there is one. */
export function nextDueOf(times: readonly unknown[]): { readonly nextDueAt?: Instant } {
  const known = times.filter((time) => typeof time === "number");
  return known.length === 0 ? {} : { nextDueAt: Math.min(...known) };
}

/** The lines that are open, given what is killed. */
export function openPlaces(controls: Controls, now: Instant): readonly string[] {
  const all = controls.switches.get("all");
  return all === undefined || (all.until !== undefined && all.until <= now) ? [exempt, ready] : [exempt];
}

/** What a claim without judging goes by; undefined when some switch or gate has to be looked at run by run. */
function planOf(
  controls: Controls,
  now: Instant,
): { readonly places: readonly string[]; readonly judged: readonly string[] } | undefined {
  if (controls.gates.size > 0) return undefined;
  for (const killed of controls.switches.values()) {
    const isOver = killed.until !== undefined && killed.until <= now;
    if (isOver || killed.scope !== "all") return undefined;
  }
  const judged = [...controls.clusters.values()].filter((one) => !one.enabled || one.limit !== undefined);
  return { places: openPlaces(controls, now), judged: judged.map((cluster) => cluster.id) };
}
