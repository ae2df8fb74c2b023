// Asks for a run of `memory:embed` soon after records came that want a vector: one for all that come meanwhile.
import type { Clock, Timer } from "../../base/clock.ts";
import type { Service } from "../../base/service.ts";
import type { Memory } from "../../memory/memory.ts";
import type { Runs } from "../../runs/runs.ts";
import { embedActionName } from "./embed-action.ts";

export interface EmbedSoonParts {
  readonly runs: Pick<Runs, "enqueue">;
  readonly memory: Pick<Memory, "onBacklog">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** So long others may join. */
const gatherMs = 1_000;

export class EmbedSoon implements Service {
  readonly #parts: EmbedSoonParts;
  #timer: Timer | undefined;
  #running = false;
  #wanted = false;
  #unlisten: (() => void) | undefined;

  constructor(parts: EmbedSoonParts) {
    this.#parts = parts;
  }

  /** Whatever was left undone before is taken up. */
  start(): Promise<void> {
    this.#running = true;
    this.#unlisten = this.#parts.memory.onBacklog(() => this.nudge());
    this.nudge();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#unlisten?.();
    this.#timer?.cancel();
    return Promise.resolve();
  }

  /** Records came. */
  nudge(): void {
    this.#wanted = true;
    if (this.#timer !== undefined) return;
    const { clock } = this.#parts;
    this.#timer = clock.timer(clock.now() + gatherMs, () => void this.runOnce());
  }

  async runOnce(): Promise<void> {
    const { runs, onError } = this.#parts;
    this.#timer = undefined;
    this.#wanted = false;
    await runs.enqueue(embedActionName, {}).catch(onError);
    if (this.#wanted && this.#running) this.nudge();
  }
}
