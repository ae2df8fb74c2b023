// The seats of lanes in SQLite: counted per key, given back when a run leaves, and offered to the next in line.
import type { Instant } from "../base/clock.ts";
import type { Lane, SeatBook } from "../run/lane.ts";
import { inLane } from "../run/place.ts";
import { integer, text } from "../storage/row.ts";
import { ownLine } from "../storage/own-line.ts";
import type { WriteContext } from "./write-context.ts";

export class SqliteLanes {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  /** Makes sure that the book knows these lanes. */
  load(lanes: readonly Lane[], book: SeatBook): void {
    for (const lane of lanes) {
      if (book.has(lane.key)) continue;
      const row = this.#context.connection.get("SELECT seats FROM lane WHERE key = ?", lane.key);
      book.set(lane.key, row === undefined ? 0 : integer(row["seats"]));
    }
  }

  save(book: SeatBook): void {
    for (const [key, seats] of book) {
      this.#context.connection.run(
        "INSERT INTO lane (key, seats) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET seats = excluded.seats",
        key,
        seats,
      );
    }
  }

  /** A run that held its seats leaves them. */
  leave(lanes: readonly Lane[], now: Instant): void {
    for (const lane of lanes) {
      this.#context.connection.run("UPDATE lane SET seats = max(0, seats - 1) WHERE key = ?", lane.key);
      this.#context.connection.run("DELETE FROM lane WHERE key = ? AND seats = 0", lane.key);
      this.callNext(lane, now);
    }
  }

  /**
   * The first in the line of a lane may be judged again. Also when a run that was called leaves without starting.
   * False when nobody is in it.
   */
  callNext(lane: Lane, now: Instant): boolean {
    const next = this.#context.connection.get(
      "SELECT id FROM run WHERE place = ? ORDER BY priority DESC, due_at, id LIMIT 1",
      inLane(lane.key),
    );
    if (next === undefined) return false;
    this.#context.connection.run(`UPDATE run SET place = ${ownLine} WHERE id = ?`, text(next["id"]));
    this.#context.runDue(now);
    return true;
  }
}
