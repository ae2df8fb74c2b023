// Tells the storage how attempts have ended, and tells it again what it could not take. What it did take, though the
// answer was lost, is stale when it is told again: each execution has a fence of its own.
import type { Clock, Timer } from "../base/clock.ts";
import type { Outcome } from "../storage/runs.ts";
import type { Storage } from "../storage/storage.ts";

interface SettlerParts {
  readonly storage: Pick<Storage, "runs">;
  readonly clock: Clock;
  readonly node: string;
  readonly onError: (error: unknown) => void;
}

const againMs = 1_000;

export class Settler {
  readonly #parts: SettlerParts;
  #untold: Outcome[] = [];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  async send(outcomes: readonly Outcome[]): Promise<void> {
    const { storage, clock, node, onError } = this.#parts;
    try {
      await storage.runs.settle({ node, outcomes });
    } catch (error) {
      onError(error);
      this.#untold.push(...outcomes);
      if (!this.#stopped) this.#timer ??= clock.timer(clock.now() + againMs, () => void this.#tellAgain());
    }
  }

  /** One last time. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#tellAgain();
  }

  /** Each by itself: one that can never be taken must not keep the others from being told. */
  async #tellAgain(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await Promise.all(this.#untold.splice(0).map((outcome) => this.send([outcome])));
  }
}
