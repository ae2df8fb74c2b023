// Ctrl-C and SIGTERM: the first asks to stop, a second one to stop at once. npm passes a Ctrl-C of the terminal on to
// a program that has had it already, so signals that come together count as one.
import { systemClock } from "../../base/clock.ts";

export type StopSignal = "SIGINT" | "SIGTERM";

const togetherMs = 1_000;

export class StopSignals implements Disposable {
  readonly #first = Promise.withResolvers<StopSignal>();
  readonly #force: () => void;
  #firstAt: number | undefined;

  constructor(force: () => void) {
    this.#force = force;
    process.on("SIGINT", this.#hear);
    process.on("SIGTERM", this.#hear);
  }

  /** Resolves when the first one comes. */
  get first(): Promise<StopSignal> {
    return this.#first.promise;
  }

  readonly #hear = (signal: NodeJS.Signals): void => {
    const now = systemClock.elapsed();
    if (this.#firstAt === undefined) {
      this.#firstAt = now;
      this.#first.resolve(signal === "SIGTERM" ? "SIGTERM" : "SIGINT");
    } else if (now - this.#firstAt > togetherMs) {
      this.#force();
    }
  };

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#hear);
    process.off("SIGTERM", this.#hear);
  }
}
