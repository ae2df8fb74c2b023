// A handler in a thread of its own: it can block, leak and crash, and is ended for good when its attempt is over.
// The thread asks, the host of this node answers; nothing of the node is shared with it.
import { Worker } from "node:worker_threads";
import type { AnyAction } from "../actions/action.ts";
import { Directive } from "../actions/run-context.ts";
import type { Timer } from "../base/clock.ts";
import { errorData } from "../base/error-data.ts";
import { EscapementError } from "../base/errors.ts";
import { decodeJson } from "../base/json.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { Execution } from "./attempt.ts";
import type { Ended } from "./context.ts";
import { checkInput, checkOutput } from "./execute-here.ts";
import type { NodeHost } from "./host.ts";
import type { FromThread, ThreadCall, ThreadEnded, ThreadStart, ToThread } from "./thread-messages.ts";

type IsolatedAction = AnyAction & { readonly module: URL };

export function executeInThread(
  host: NodeHost,
  run: ClaimedRun,
  action: IsolatedAction,
  onEnd: (ended: Ended) => void,
): Execution {
  const thread = new HandlerThread(host, run, action, onEnd);
  void thread.start();
  return { abort: () => thread.end(), asleep: () => undefined };
}

class HandlerThread {
  readonly #host: NodeHost;
  readonly #run: ClaimedRun;
  readonly #action: IsolatedAction;
  readonly #onEnd: (ended: Ended) => void;
  readonly #timers = new Map<number, Timer>();
  #worker: Worker | undefined;
  #told = false;
  #over = false;

  constructor(host: NodeHost, run: ClaimedRun, action: IsolatedAction, onEnd: (ended: Ended) => void) {
    this.#host = host;
    this.#run = run;
    this.#action = action;
    this.#onEnd = onEnd;
  }

  async start(): Promise<void> {
    try {
      const input = await checkInput(this.#action, decodeJson(this.#run.params));
      if (!this.#over) this.#listen(this.#open(input));
    } catch (error) {
      this.#finish({ error: errorData(error) });
    }
  }

  /** Resolves when the thread is gone; nothing is heard of it from now on. */
  async end(): Promise<void> {
    this.#over = true;
    for (const timer of this.#timers.values()) timer.cancel();
    await this.#worker?.terminate();
  }

  /** Throws when the input, as the schema has read it, cannot be copied into a thread. */
  #open(input: unknown): Worker {
    const { module, name } = this.#action;
    const { clock, payloadLimit } = this.#host;
    const start = { module: module.href, run: this.#run, input, now: clock.now(), payloadLimit };
    const file = import.meta.url.endsWith(".ts") ? "./handler-thread.ts" : "./handler-thread.js";
    return new Worker(new URL(file, import.meta.url), { workerData: start satisfies ThreadStart, name });
  }

  #listen(worker: Worker): void {
    this.#worker = worker;
    worker.on("message", (message: FromThread) => this.#receive(message));
    worker.on("messageerror", (error) => this.#crash(error));
    worker.on("error", (error) => this.#crash(error));
    worker.on("exit", (code) => this.#crash(exitError(code)));
  }

  /** What becomes of the thread when the handler has told its end already does not matter. */
  #crash(error: unknown): void {
    if (!this.#told) this.#finish({ error: errorData(error) });
  }

  #receive(message: FromThread): void {
    if (this.#over) return;
    switch (message.kind) {
      case "call":
        return void this.#answer(message.number, message.call);
      case "log":
        return this.#host.log(this.#run, message.message, message.data);
      case "set timer":
        return this.#setTimer(message.number, message.at);
      case "cancel timer":
        this.#timers.get(message.number)?.cancel();
        return void this.#timers.delete(message.number);
      case "ended":
        return void this.#conclude(message.ended);
    }
  }

  #setTimer(number: number, at: number): void {
    const { clock } = this.#host;
    const ring = (): void => {
      this.#timers.delete(number);
      this.#post({ kind: "ring", number, now: clock.now() });
    };
    this.#timers.set(number, clock.timer(at, ring));
  }

  async #answer(number: number, call: ThreadCall): Promise<void> {
    try {
      const value = await this.#ask(call);
      this.#post({ kind: "answer", number, value, now: this.#host.clock.now() });
    } catch (error) {
      this.#post({ kind: "refusal", number, error: errorData(error), now: this.#host.clock.now() });
    }
  }

  #ask(call: ThreadCall): Promise<unknown> {
    const host = this.#host;
    switch (call.verb) {
      case "progress":
        return host.progress(this.#run, call.fraction, call.note);
      case "heartbeat":
        return host.heartbeat(this.#run);
      case "loadSteps":
        return host.loadSteps(this.#run);
      case "saveStep":
        return host.saveStep(this.#run, call.step);
      case "enqueue":
        return host.enqueue(this.#run, call.child);
      case "memory":
        return host.memory(this.#run).answer(call.noun, call.call, call.input);
      case "search":
        return host.memory(this.#run).finder.find(call.options, call.point);
    }
  }

  async #conclude(ended: ThreadEnded): Promise<void> {
    this.#told = true;
    if ("directive" in ended)
      return this.#finish({ value: new Directive(ended.directive.kind, ended.directive.value) });
    if (!("result" in ended)) return this.#finish(ended);
    try {
      this.#finish({ value: await checkOutput(this.#action, decodeJson(ended.result)) });
    } catch (error) {
      this.#finish({ error: errorData(error) });
    }
  }

  #finish(ended: Ended): void {
    if (this.#over) return;
    void this.end();
    this.#onEnd(ended);
  }

  #post(message: ToThread): void {
    if (!this.#over) this.#worker?.postMessage(message);
  }
}

function exitError(code: number): EscapementError {
  return new EscapementError(
    "run.crashed",
    `The thread of the handler ended with exit code ${code} before the handler did: it called process.exit(), or it crashed.`,
    { details: { exitCode: code } },
  );
}
