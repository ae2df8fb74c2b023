// The two limits of one outgoing request, and the caller's own signal, as one signal.
// Network time is real time: these timers are Node's, not the clock port's, so that a virtual clock that stands
// still cannot keep a connection open for ever.
import { formatDuration } from "../../base/duration.ts";
import { EscapementError } from "../../base/errors.ts";

export interface Limits {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The longest wait that `setTimeout` keeps; anything longer would fire at once. */
const longestMs = 2 ** 31 - 1;

export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #total: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  readonly #subject: string;

  constructor(subject: string, limits: Limits) {
    this.#subject = subject;
    this.#outer = limits.signal;
    this.#total = this.#after(limits.timeoutMs, "did not finish within");
    this.#idle = this.#after(limits.idleTimeoutMs, "was silent for");
    if (this.#outer?.aborted === true) this.#pass();
    else this.#outer?.addEventListener("abort", this.#pass, { once: true });
  }

  /** Aborts when a limit is passed, with `http.timeout`, or with the caller's signal, with its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something moved: the silence begins anew. */
  moved(): void {
    this.#idle.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#total);
    clearTimeout(this.#idle);
    this.#outer?.removeEventListener("abort", this.#pass);
  }

  readonly #pass = (): void => this.#controller.abort(this.#outer?.reason);

  #after(limitMs: number, what: string): NodeJS.Timeout {
    return setTimeout(
      () => {
        const message = `${this.#subject} ${what} ${formatDuration(limitMs)}. Raise the limit or look at the server.`;
        this.#controller.abort(new EscapementError("http.timeout", message, { details: { limitMs } }));
      },
      Math.min(limitMs, longestMs),
    );
  }
}
