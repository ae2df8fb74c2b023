// The sleeps of one attempt that are not over yet. As long as other steps are under way they wait right here; as soon as
// nothing else is, the attempt gives its place up until the first of them ends. Knows nothing of how that is kept.
import type { Clock, Instant, Timer } from "../base/clock.ts";
import type { EscapementError } from "../base/errors.ts";
import { asleepError } from "./refusals.ts";

export interface Nap<Frame> {
  readonly wakeAt: Instant;
  /** The step inside which somebody sleeps. */
  readonly inside: Frame | undefined;
}

interface Sleeper<Frame> extends Nap<Frame> {
  readonly wake: () => void;
  readonly refuse: (reason: unknown) => void;
}

export class Naps<Frame> {
  readonly #clock: Pick<Clock, "now" | "timer">;
  /** Whether nothing is under way but these sleeps. */
  readonly #onlyThese: (naps: Iterable<Nap<Frame>>) => boolean;
  readonly #sleepers = new Set<Sleeper<Frame>>();
  #timer: Timer | undefined;
  #considering = false;
  #asleep: EscapementError | undefined;
  #until: Instant | undefined;

  constructor(clock: Pick<Clock, "now" | "timer">, onlyThese: (naps: Iterable<Nap<Frame>>) => boolean) {
    this.#clock = clock;
    this.#onlyThese = onlyThese;
  }

  /** Set once the attempt has given its place up: the error that its sleeps were told. */
  get asleep(): EscapementError | undefined {
    return this.#asleep;
  }

  get until(): Instant | undefined {
    return this.#until;
  }

  /** Resolves when the time has come while the attempt is still here; else rejects with `run.asleep`. */
  wait(nap: Nap<Frame>, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const leave = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", giveUp);
      };
      const giveUp = (): void => sleeper.refuse(signal?.reason);
      const sleeper: Sleeper<Frame> = {
        ...nap,
        wake: () => resolve(leave()),
        refuse: (reason) => reject((leave(), reason)),
      };
      signal?.addEventListener("abort", giveUp);
      this.#sleepers.add(sleeper);
      this.reconsider();
    });
  }

  /** Something has begun or ended: looks again when the handler has had its turn. */
  reconsider(): void {
    if (this.#sleepers.size === 0 || this.#considering) return;
    this.#considering = true;
    setImmediate(() => {
      this.#considering = false;
      this.#consider();
    });
  }

  /** The attempt is over: nobody sleeps here any more. */
  end(reason: EscapementError): void {
    this.#timer?.cancel();
    for (const sleeper of this.#sleepers) sleeper.refuse(reason);
  }

  #consider(): void {
    this.#timer?.cancel();
    const now = this.#clock.now();
    for (const sleeper of this.#sleepers) if (sleeper.wakeAt <= now) sleeper.wake();
    if (this.#sleepers.size === 0) return;
    const first = Math.min(...Array.from(this.#sleepers, (sleeper) => sleeper.wakeAt));
    if (!this.#onlyThese(this.#sleepers)) {
      this.#timer = this.#clock.timer(first, () => this.#consider());
      return;
    }
    this.#until = first;
    this.#asleep = asleepError(first);
    this.end(this.#asleep);
  }
}
