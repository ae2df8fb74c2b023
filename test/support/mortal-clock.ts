// A clock whose timers die with their process: what a runtime that is killed, not stopped, leaves behind must not ring.
import type { Clock, Timer } from "../../src/base/clock.ts";

export class MortalClock implements Clock {
  readonly #clock: Clock;
  #dead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  timer(at: number, fire: () => void): Timer {
    return this.#clock.timer(at, () => {
      if (!this.#dead) fire();
    });
  }

  kill(): void {
    this.#dead = true;
  }
}
