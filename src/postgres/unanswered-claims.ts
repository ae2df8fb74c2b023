// Claims whose answer was lost with the connection: what they took is in nobody's hands, and the next claim of the node
// has to give it. The statement may still have been under way when the connection broke, so it is looked for twice.
import { systemClock } from "../base/clock.ts";
import { integer } from "../storage/row.ts";
import { decodeClaimed } from "../storage/run-row.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import { wholeNumbers } from "./columns.ts";
import type { Session } from "./session.ts";

/** Claims are in no index: this looks through all live rows. */
const claimedBy = `SELECT id, action, params, task_id, scheduled_for, attempt, max_attempts, pass, passes, options, fence
  FROM escapement.run WHERE node = $1 AND fence = ANY ($2::bigint[])`;
/** What has not been committed by then never will be: no statement of a claim takes that long. */
const lookAgainAfterMs = 60_000;

interface Unanswered {
  readonly fence: number;
  readonly since: number;
  /** When to look for it. */
  readonly lookAt: number;
}

export class UnansweredClaims {
  #claims: readonly Unanswered[] = [];

  add(fence: number): void {
    const since = systemClock.elapsed();
    this.#claims = [...this.#claims, { fence, since, lookAt: since }];
  }

  /** What they took after all; each run is given once, however many claims ask at the same time. */
  async find(session: Session, node: string): Promise<readonly ClaimedRun[]> {
    const now = systemClock.elapsed();
    const asked = this.#claims.filter((claim) => claim.lookAt <= now);
    if (asked.length === 0) return [];
    this.#claims = this.#claims.filter((claim) => claim.lookAt > now);
    const fences = wholeNumbers(asked.map((claim) => claim.fence));
    try {
      const rows = await session.read((connection) => connection.all(claimedBy, node, fences));
      const found = new Set(rows.map((row) => integer(row["fence"])));
      this.#lookLater(
        asked.filter((claim) => !found.has(claim.fence)),
        now,
      );
      return rows.map((row) =>
        decodeClaimed(row, { attempt: integer(row["attempt"]), fence: integer(row["fence"]) }),
      );
    } catch (error) {
      this.#claims = [...this.#claims, ...asked];
      throw error;
    }
  }

  #lookLater(missing: readonly Unanswered[], now: number): void {
    const later = missing
      .map((claim) => ({ ...claim, lookAt: claim.since + lookAgainAfterMs }))
      .filter((claim) => claim.lookAt > now);
    this.#claims = [...this.#claims, ...later];
  }
}
