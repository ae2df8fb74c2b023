// The context that a handler is given. One object per attempt, cheap to make: the abort controller exists only when
// somebody asks for the signal, the book of steps only when there is a step.
import { Directive, type ChildOptions, type RunContext, type SleepOptions } from "../actions/run-context.ts";
import { clip } from "../base/clip.ts";
import type { Instant } from "../base/clock.ts";
import type { Duration } from "../base/duration.ts";
import { errorData } from "../base/error-data.ts";
import { EscapementError, type ErrorData } from "../base/errors.ts";
import { encodeJson, type Json } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import type { MemoryView } from "../memory/memory-view.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { StoresView } from "../stores/stores.ts";
import type { Host } from "./host.ts";
import { later } from "./later.ts";
import { overError, quiet } from "./refusals.ts";
import { StepBook } from "./step-book.ts";

/** How an attempt ended: with what the handler returned, with why it did not, or because it has gone to sleep. */
export type Ended =
  | { readonly value: unknown }
  | { readonly error: ErrorData }
  | { readonly asleepUntil: Instant };

/** A handler that is refused so often and asks on does not listen: it is left waiting for ever, lest it spins. */
const mostRefusals = 10;

const longestText = 10_000;

export class AttemptContext implements RunContext {
  readonly #host: Host;
  readonly #run: ClaimedRun;
  #controller: AbortController | undefined;
  #aborted: EscapementError | undefined;
  #over = false;
  #refusals = 0;
  #book: StepBook | undefined;
  #memory: MemoryView | undefined;
  readonly #onDeaf: (ended: Ended) => void;

  /** `onDeaf` is called when a handler goes on with steps although it was told that its attempt sleeps, or is at fault. */
  constructor(host: Host, run: ClaimedRun, onDeaf: (ended: Ended) => void) {
    this.#host = host;
    this.#run = run;
    this.#onDeaf = onDeaf;
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

  get memory(): MemoryView {
    this.#memory ??= this.#host.memory(this.#run);
    return this.#memory;
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

  /** Tells the handler to stop; called by the node. That is all that can be done here. */
  abort(reason: EscapementError): undefined {
    this.#over = true;
    this.#aborted = reason;
    this.#book?.end(reason);
    this.#controller?.abort(reason);
  }

  /** The end of the attempt when its handler has returned or thrown that. What is certain goes before what it says. */
  conclude(how: { readonly value: unknown } | { readonly thrown: unknown }): Ended {
    this.#over = true;
    const book = this.#book;
    if (book?.fault !== undefined) return { error: errorData(book.fault) };
    const asleep = this.asleep();
    if (asleep !== undefined) {
      if ("thrown" in how && how.thrown !== book?.asleep) this.#noteThrown(how.thrown);
      return asleep;
    }
    if ("thrown" in how) return { error: errorData(how.thrown) };
    const ended = !(how.value instanceof Directive) || how.value.kind === "again";
    const fault = ended ? book?.faultAtEnd() : undefined;
    return fault === undefined ? how : { error: errorData(fault) };
  }

  /** Where the attempt has gone to sleep, that is its end, whatever else its handler does. */
  asleep(): { readonly asleepUntil: Instant } | undefined {
    const until = this.#book?.asleepUntil;
    return until === undefined ? undefined : { asleepUntil: until };
  }

  #noteThrown(thrown: unknown): void {
    const { name, message } = errorData(thrown);
    this.#host.log(this.#run, "Thrown while the run was going to sleep", { name, message });
  }

  get stores(): StoresView {
    return this.#host.stores(this.#run);
  }

  now(): Instant {
    return this.#host.clock.now();
  }

  log(message: string, data?: Json): void {
    if (data !== undefined) encodeJson(data, this.#host.payloadLimit);
    this.#host.log(this.#run, textOf(message), data);
  }

  progress(fraction: number, note?: string): Promise<void> {
    if (!(fraction >= 0 && fraction <= 1)) {
      const what = `Cannot report progress ${fraction}: it goes from 0 to 1.`;
      return Promise.reject(new EscapementError("run.invalid", what));
    }
    return (
      this.#refusal() ??
      quiet(this.#host.progress(this.#run, fraction, note === undefined ? note : textOf(note)))
    );
  }

  heartbeat(): Promise<void> {
    return this.#refusal() ?? quiet(this.#host.heartbeat(this.#run));
  }

  step<Output>(name: string, fn: () => Output | Promise<Output>): Promise<Output> {
    return this.#stepRefusal() ?? quiet(this.#steps().step(name, fn));
  }

  sleep(duration: Duration, options: SleepOptions = {}): Promise<void> {
    return this.#stepRefusal() ?? quiet(this.#steps().sleep(duration, options));
  }

  enqueue(
    action: string | { readonly name: string },
    input: unknown,
    options: ChildOptions = {},
  ): Promise<{ readonly id: string }> {
    const name = typeof action === "string" ? action : action.name;
    return this.#stepRefusal() ?? quiet(this.#steps().enqueue(name, input, options));
  }

  again(input: Json): Directive {
    encodeJson(input, this.#host.payloadLimit);
    return new Directive("again", input);
  }

  snooze(delay: Duration): Directive {
    const now = this.#host.clock.now();
    return new Directive("snooze", later(now, delay) - now);
  }

  cancel(reason: string): Directive {
    return new Directive("cancel", textOf(reason));
  }

  #steps(): StepBook {
    this.#book ??= new StepBook(this.#host, this.#run);
    return this.#book;
  }

  /** What a handler is answered that asks for something although its attempt is over. */
  #refusal(): Promise<never> | undefined {
    return this.#over ? this.#refuse(overError(this.#run, this.#aborted)) : undefined;
  }

  /** Cleaning up may take its time, but whoever asks for more steps has not heard that there will be none. */
  #stepRefusal(): Promise<never> | undefined {
    const told = this.#book?.fault ?? this.#book?.asleep;
    if (this.#over || told === undefined) return this.#refusal();
    this.#onDeaf(this.conclude({ thrown: told }));
    return this.#refuse(told);
  }

  #refuse(reason: EscapementError): Promise<never> {
    this.#refusals += 1;
    if (this.#refusals > mostRefusals) return new Promise(() => undefined);
    const refused = Promise.reject(reason);
    refused.catch(() => undefined);
    return refused;
  }
}

/** What a handler wants people to read, whatever it is: short enough for them. */
function textOf(given: unknown): string {
  return clip(typeof given === "string" ? given : quote(given), longestText);
}
