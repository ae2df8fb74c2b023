// The time as the database tells it, carried on between two readings by a clock of this machine that nobody can set.
// A node whose wall clock is ten minutes off is as punctual as any other.
import { clockOver, systemClock, type Clock, type Instant } from "../base/clock.ts";
import type { Connection } from "./connection.ts";

const ask = "SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS now";
const firstReadings = 3;
/** An answer that took longer says little about when it was given. */
const slowMs = 250;

export class DatabaseClock {
  readonly clock: Clock = clockOver(() => this.now());
  /** Until the first reading, this machine's own time. */
  #offset: number = systemClock.now() - systemClock.elapsed();
  #known = false;

  now(): Instant {
    return Math.floor(systemClock.elapsed() + this.#offset);
  }

  /** Takes the best of a few readings. */
  async start(connection: Connection): Promise<void> {
    let best = Number.POSITIVE_INFINITY;
    for (let count = 0; count < firstReadings; count++) {
      const { offset, tookMs } = await read(connection);
      if (tookMs >= best) continue;
      best = tookMs;
      this.#offset = offset;
    }
    this.#known = true;
  }

  /** Follows the database, which may drift, or be set, or be another machine after a failover. */
  async follow(connection: Connection): Promise<void> {
    const { offset, tookMs } = await read(connection);
    if (this.#known && tookMs > slowMs) return;
    this.#offset = offset;
    this.#known = true;
  }
}

interface Reading {
  readonly offset: number;
  readonly tookMs: number;
}

/** The answer is taken to have been given in the middle between question and answer. */
async function read(connection: Connection): Promise<Reading> {
  const before = systemClock.elapsed();
  const row = await connection.get(ask);
  const after = systemClock.elapsed();
  const now = row?.["now"];
  if (typeof now !== "number") return { offset: systemClock.now() - before, tookMs: Number.MAX_VALUE };
  return { offset: now - (before + after) / 2, tookMs: after - before };
}
