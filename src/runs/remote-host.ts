// The node as a handler in a thread sees it: every question is a message, and so is every answer.
import type { MessagePort } from "node:worker_threads";
import type { Clock, Instant, Timer } from "../base/clock.ts";
import { EscapementError, isErrorCode, type ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Memory } from "../memory/memory.ts";
import type { MemoryView } from "../memory/memory-view.ts";
import { LazyMemory } from "./lazy-memory.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { StepRecord } from "../storage/steps.ts";
import type { CommitHint } from "../storage/storage.ts";
import type { StoresView } from "../stores/stores.ts";
import type { Child, Host, StepResult } from "./host.ts";
import type { FromThread, ThreadCall, ThreadStart, ToThread } from "./thread-messages.ts";

const lookAgainMs = 1_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class RemoteHost implements Host {
  readonly clock: Pick<Clock, "now" | "timer">;
  readonly payloadLimit: number;
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timers = new Map<number, () => void>();
  #number = 0;
  #now: Instant;

  constructor(port: MessagePort, start: Pick<ThreadStart, "now" | "payloadLimit">) {
    this.#port = port;
    this.#now = start.now;
    this.payloadLimit = start.payloadLimit;
    this.clock = { now: () => this.#now, timer: (at, fire) => this.#timer(at, fire) };
    port.on("message", (message: ToThread) => this.#receive(message));
  }

  log(_run: ClaimedRun, message: string, data: Json | undefined): void {
    this.#post({ kind: "log", message, data });
  }

  async progress(_run: ClaimedRun, fraction: number, note: string | undefined): Promise<void> {
    await this.#call({ verb: "progress", fraction, note });
  }

  async heartbeat(): Promise<void> {
    await this.#call({ verb: "heartbeat" });
  }

  stores(): StoresView {
    throw new EscapementError(
      "run.invalid",
      "A handler in a thread of its own has no stores: hand what it needs in with its input, and what it makes out with its output.",
    );
  }

  async loadSteps(): Promise<readonly StepRecord[]> {
    return this.#call<readonly StepRecord[]>({ verb: "loadSteps" });
  }

  async saveStep(_run: ClaimedRun, step: StepResult): Promise<void> {
    await this.#call({ verb: "saveStep", step });
  }

  async enqueue(_run: ClaimedRun, child: Child): Promise<string> {
    return this.#call<string>({ verb: "enqueue", child });
  }

  memory(run: ClaimedRun): MemoryView {
    let loaded: Promise<Memory> | undefined;
    return new LazyMemory(() => (loaded ??= this.#loadMemory(run)));
  }

  async #loadMemory(run: ClaimedRun): Promise<Memory> {
    const [{ Memory }, { nounsOver }, { createIdSource }, { systemRandom }] = await Promise.all([
      import("../memory/memory.ts"),
      import("../storage/verbs.ts"),
      import("../base/id.ts"),
      import("../base/random.ts"),
    ]);
    const { records, refs, vectors } = nounsOver((noun, call, _kind, input) =>
      noun === "refs" || noun === "records" || noun === "vectors"
        ? this.#call({ verb: "memory", noun, call, input })
        : Promise.reject(new EscapementError("invariant.broken", `A thread has no ${noun}.`)),
    );
    return new Memory({
      storage: { records, refs, vectors, onCommit: (listener) => this.#lookAgain(listener) },
      clock: { ...this.clock, elapsed: () => this.#now },
      payloadLimit: this.payloadLimit,
      newId: createIdSource(this.clock, systemRandom),
      // Every change is the node's own, and it knows whose run this is.
      cause: { actor: run.taskId === undefined ? "system" : `task:${run.taskId}`, parent: `run:${run.id}` },
      search: {
        find: ({ signal: _gone, ...options }, point) => this.#call({ verb: "search", options, point }),
      },
    });
  }

  /** A thread does not hear of commits. */
  #lookAgain(listener: (hint: CommitHint) => void): () => void {
    let timer = this.#timer(this.#now + lookAgainMs, ring.bind(this));
    function ring(this: RemoteHost): void {
      listener({});
      timer = this.#timer(this.#now + lookAgainMs, ring.bind(this));
    }
    return () => timer.cancel();
  }

  /** The node answers each verb with what the method of that name resolves to. */
  #call<Answer>(call: ThreadCall): Promise<Answer> {
    const number = this.#next();
    return new Promise<Answer>((resolve, reject) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      this.#waiting.set(number, { resolve: (value) => resolve(value as Answer), reject });
      this.#post({ kind: "call", number, call });
    });
  }

  #timer(at: Instant, fire: () => void): Timer {
    const number = this.#next();
    this.#timers.set(number, fire);
    this.#post({ kind: "set timer", number, at });
    return {
      cancel: () => {
        if (this.#timers.delete(number)) this.#post({ kind: "cancel timer", number });
      },
    };
  }

  #next(): number {
    this.#number += 1;
    return this.#number;
  }

  #post(message: FromThread): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToThread): void {
    this.#now = message.now;
    const { number } = message;
    if (message.kind === "ring") {
      const fire = this.#timers.get(number);
      this.#timers.delete(number);
      fire?.();
      return;
    }
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (message.kind === "answer") waiting?.resolve(message.value);
    else waiting?.reject(revive(message.error));
  }
}

function revive(data: ErrorData): Error {
  if (!isErrorCode(data.code)) return Object.assign(new Error(data.message), { name: data.name });
  return new EscapementError(data.code, data.message);
}
