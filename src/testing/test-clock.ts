// A clock that stands still until it is told to advance, then fires everything that comes due, in order, and lets each
// thing finish before the next. Schedules, retries, sleeps, leases, limits and retention all move with it.
import type { Clock, Instant, Timer } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";

interface Alarm {
  readonly at: Instant;
  readonly order: number;
  readonly fire: () => void;
}

export interface TestClock extends Clock {
  /** Moves on, firing everything due on the way, in order. */
  advance(duration: Duration): Promise<void>;
  /** The same, to a point in time; a point in the past is an error. */
  advanceTo(at: InstantLike): Promise<void>;
  /** Sets the time as a clock that was wrong is set: forwards or backwards, nothing on the way happens on its time. */
  jump(to: InstantLike): Promise<void>;
  /** Waits until nothing more happens at the present time. */
  settle(): Promise<void>;
  /** Registers what has to come to rest before time goes on: resolves to whether it was busy. */
  attach(busy: () => Promise<boolean>): () => void;
}

/** 2026-01-01T00:00:00Z, a Thursday. */
const epoch = 1_767_225_600_000;
/** So many turns of the event loop in a row without any work count as rest. */
const calmTurns = 3;

export function testClock(startAt: InstantLike = epoch): TestClock {
  return new VirtualClock(parseInstant(startAt));
}

class VirtualClock implements TestClock {
  #now: Instant;
  #elapsed = 0;
  #order = 0;
  readonly #alarms = new Set<Alarm>();
  readonly #attached = new Set<() => Promise<boolean>>();

  constructor(startAt: Instant) {
    this.#now = startAt;
  }

  now(): Instant {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  timer(at: Instant, fire: () => void): Timer {
    const alarm = { at, order: this.#order++, fire };
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.delete(alarm) };
  }

  advance(duration: Duration): Promise<void> {
    return this.advanceTo(this.#now + parseDuration(duration));
  }

  async advanceTo(to: InstantLike): Promise<void> {
    const target = parseInstant(to);
    if (target < this.#now) {
      throw new EscapementError(
        "instant.invalid",
        `Cannot advance to ${new Date(target).toISOString()}: it is ${new Date(this.#now).toISOString()} already. Use jump() to set the clock back.`,
      );
    }
    await this.settle();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#moveTo(Math.max(this.#now, next.at));
      this.#alarms.delete(next);
      next.fire();
      await this.settle();
    }
    this.#moveTo(target);
    await this.settle();
  }

  async jump(to: InstantLike): Promise<void> {
    await this.settle();
    this.#now = parseInstant(to);
    await this.advanceTo(this.#now);
  }

  async settle(): Promise<void> {
    for (let calm = 0; calm < calmTurns;) {
      const busy = await Promise.all(Array.from(this.#attached, (ask) => ask()));
      await new Promise((resolve) => setImmediate(resolve));
      calm = busy.includes(true) ? 0 : calm + 1;
    }
  }

  attach(busy: () => Promise<boolean>): () => void {
    this.#attached.add(busy);
    return () => void this.#attached.delete(busy);
  }

  #moveTo(at: Instant): void {
    this.#elapsed += at - this.#now;
    this.#now = at;
  }

  #next(until: Instant): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at > until) continue;
      if (first === undefined || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order))
        first = alarm;
    }
    return first;
  }
}
