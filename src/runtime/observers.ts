// Who watches this node: metrics and views hear of each tick, and the worker of the runs that a tick has taken away.
import { EscapementError } from "../base/errors.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import type { FireReport } from "../storage/tasks.ts";
import type { Observer } from "./runtime.ts";

export class Observers {
  readonly #observers = new Set<Observer>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Returns the way to stop observing. */
  add(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  hear(report: FireReport, dispatcher: Dispatcher | undefined): void {
    for (const id of report.cancelled) {
      const reason = "The next run of the task has taken this one's place.";
      dispatcher?.abort(id, new EscapementError("run.cancelled", reason));
    }
    for (const observer of this.#observers) {
      try {
        observer.onFire?.(report);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
