// The context that a handler is given. One object per attempt, cheap to make: the abort controller exists only when
// somebody asks for the signal.
import { Directive, type RunContext } from "../actions/run-context.ts";
import type { Clock, Instant } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { parseInstant } from "../base/instant.ts";
import { encodeJson, type Json } from "../base/json.ts";
import type { ClaimedRun } from "../storage/runs.ts";

/** What a context may ask of the node that runs it. */
export interface Host {
  readonly clock: Clock;
  log(run: ClaimedRun, message: string, data: Json | undefined): void;
  progress(run: ClaimedRun, fraction: number, note: string | undefined): Promise<void>;
}

export class AttemptContext implements RunContext {
  readonly #host: Host;
  readonly #run: ClaimedRun;
  #controller: AbortController | undefined;
  #aborted: EscapementError | undefined;
  #closed = false;

  constructor(host: Host, run: ClaimedRun) {
    this.#host = host;
    this.#run = run;
  }

  get runId(): string {
    return this.#run.id;
  }

  get taskId(): string | undefined {
    return this.#run.taskId;
  }

  get attempt(): number {
    return this.#run.attempt;
  }

  get pass(): number {
    return this.#run.pass;
  }

  get scheduledFor(): Date {
    return new Date(this.#run.scheduledFor);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  /** Tells the handler to stop; called by the node. */
  abort(reason: EscapementError): void {
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }

  /** The attempt is over: its handler may go on, but speaks for the run no longer. */
  close(): void {
    this.#closed = true;
  }

  now(): Instant {
    return this.#host.clock.now();
  }

  log(message: string, data?: Json): void {
    if (data !== undefined) encodeJson(data);
    this.#host.log(this.#run, message, data);
  }

  async progress(fraction: number, note?: string): Promise<void> {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new EscapementError("run.invalid", `Cannot report progress ${fraction}: it goes from 0 to 1.`);
    }
    if (this.#closed) {
      throw new EscapementError(
        "run.stale",
        `Attempt ${this.attempt} of run ${this.runId} is over: its progress is no longer that of the run.`,
      );
    }
    await this.#host.progress(this.#run, fraction, note);
  }

  again(input: Json): Directive {
    encodeJson(input);
    return new Directive("again", input);
  }

  snooze(delay: Duration): Directive {
    const ms = Math.round(parseDuration(delay));
    parseInstant(this.now() + ms);
    return new Directive("snooze", ms);
  }

  cancel(reason: string): Directive {
    return new Directive("cancel", reason);
  }
}
