// Tells the storage how attempts have ended, and tells it again what it could not take. What it did take, though the
// answer was lost, must not be taken twice: by then the same attempt may be under way anew.
import type { Clock, Timer } from "../base/clock.ts";
import type { ClaimedRun, Outcome } from "../storage/runs.ts";
import type { Storage } from "../storage/storage.ts";

interface SettlerParts {
  readonly storage: Pick<Storage, "runs">;
  readonly clock: Clock;
  readonly node: string;
  readonly onError: (error: unknown) => void;
  /** Resolves when no claim is under way. */
  readonly claimed: () => Promise<unknown>;
  /** Claims may be made again. */
  readonly onTold: () => void;
}

/** Outcomes under way, with what has been claimed since they left. */
interface Letter {
  readonly claimed: (readonly ClaimedRun[])[];
}

const againMs = 1_000;

export class Settler {
  readonly #parts: SettlerParts;
  readonly #underWay = new Set<Letter>();
  #untold: Outcome[] = [];
  #timer: Timer | undefined;
  #tellingAgain = 0;
  #stopped = false;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Meanwhile nothing may be claimed, or an old outcome could end the new attempt of the same number. */
  get isTellingAgain(): boolean {
    return this.#tellingAgain > 0;
  }

  send(outcomes: readonly Outcome[]): Promise<void> {
    const { storage, node, onError } = this.#parts;
    const letter: Letter = { claimed: [] };
    this.#underWay.add(letter);
    return storage.runs.settle({ node, outcomes }).then(
      () => void this.#underWay.delete(letter),
      (error: unknown) => {
        this.#underWay.delete(letter);
        onError(error);
        this.#keep(without(outcomes, letter.claimed));
      },
    );
  }

  /** A run that the storage has given to this node anew: what was said of it before had been taken. */
  forget(runs: readonly ClaimedRun[]): void {
    if (runs.length === 0) return;
    for (const letter of this.#underWay) letter.claimed.push(runs);
    if (this.#untold.length > 0) this.#untold = without(this.#untold, [runs]);
  }

  /** One last time. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#tellAgain();
  }

  #keep(outcomes: readonly Outcome[]): void {
    this.#untold.push(...outcomes);
    if (this.#stopped || this.#untold.length === 0) return;
    const { clock } = this.#parts;
    this.#timer ??= clock.timer(clock.now() + againMs, () => void this.#tellAgain());
  }

  /** Each by itself: one that can never be taken must not keep the others from being told. */
  async #tellAgain(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#untold.length === 0) return;
    this.#tellingAgain += 1;
    await this.#parts.claimed();
    await Promise.all(this.#untold.splice(0).map((outcome) => this.send([outcome])));
    this.#tellingAgain -= 1;
    this.#parts.onTold();
  }
}

function without(outcomes: readonly Outcome[], claimed: readonly (readonly ClaimedRun[])[]): Outcome[] {
  const ids = new Set(claimed.flat().map((run) => run.id));
  return outcomes.filter((outcome) => !ids.has(outcome.id));
}
