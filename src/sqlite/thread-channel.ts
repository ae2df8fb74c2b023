// A channel to an engine in a worker thread: the main loop never waits for the disk.
import { Worker } from "node:worker_threads";
import { EscapementError, isErrorCode, type ErrorData } from "../base/errors.ts";
import type { CommitHint } from "../storage/storage.ts";
import type { Channel } from "./channel.ts";
import type { ConnectionOptions } from "./connection.ts";
import { mergeHints, type Answer, type Batch, type BatchAnswer } from "./sqlite-engine.ts";

export interface WorkerOptions extends ConnectionOptions {
  readonly path: string;
}

/** An answer in the form in which it crosses threads: errors as data. */
export type SentAnswer = { readonly value: unknown } | { readonly error: ErrorData };

export type ToWorker = { readonly kind: "calls"; readonly batch: Batch } | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly error: ErrorData }
  | {
      readonly kind: "answers";
      readonly batches: readonly (readonly SentAnswer[])[];
      readonly hint?: CommitHint;
      readonly error?: ErrorData;
    };

/** Starts the thread and waits until its database is open. Throws what opening it threw. */
export function openThread(options: WorkerOptions): Promise<Channel> {
  const file = import.meta.url.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js";
  const execArgv = [...process.execArgv, "--disable-warning=ExperimentalWarning"];
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: options,
    execArgv,
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message: FromWorker) => {
      worker.removeListener("error", reject);
      if (message.kind === "refused") reject(revive(message.error));
      else resolve(new ThreadChannel(worker));
    });
  });
}

class ThreadChannel implements Channel {
  readonly #worker: Worker;
  readonly #answers: ((answer: BatchAnswer) => void)[] = [];
  #dead: EscapementError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#receive(message));
    worker.on("error", (error) => this.#die(error));
    worker.on("exit", () => this.#die(undefined));
  }

  send(batch: Batch, answer: (answer: BatchAnswer) => void): void {
    const dead = this.#dead;
    if (dead !== undefined) {
      queueMicrotask(() => answer({ answers: batch.calls.map(() => ({ error: dead })), error: dead }));
      return;
    }
    try {
      this.#worker.postMessage({ kind: "calls", batch } satisfies ToWorker);
    } catch (error) {
      if (batch.calls.length > 1) this.#sendEach(batch, answer);
      else queueMicrotask(() => answer({ answers: [{ error: uncloneable(error) }] }));
      return;
    }
    this.#answers.push(answer);
  }

  /** A call that cannot cross must not take the others of its batch with it. */
  #sendEach(batch: Batch, answer: (answer: BatchAnswer) => void): void {
    const parts: BatchAnswer[] = [];
    batch.calls.forEach((call, index) => {
      this.send({ ...batch, calls: [call] }, (part) => {
        parts[index] = part;
        if (Object.keys(parts).length < batch.calls.length) return;
        const hints = parts.flatMap((one) => one.hint ?? []);
        answer({ answers: parts.flatMap((one) => one.answers), ...mergeHints(hints) });
      });
    });
  }

  #receive(message: FromWorker): void {
    if (message.kind !== "answers") return;
    message.batches.forEach((batch, index) => {
      const answers = batch.map((one): Answer => ("error" in one ? { error: revive(one.error) } : one));
      const last = index === message.batches.length - 1;
      const hint = last && message.hint !== undefined ? { hint: message.hint } : {};
      const error = message.error === undefined ? {} : { error: revive(message.error) };
      this.#answers.shift()?.({ answers, ...hint, ...error });
    });
  }

  /** Nobody waits forever for a thread that is gone. */
  #die(error: unknown): void {
    this.#dead ??= new EscapementError(
      "runtime.stopped",
      "The storage is closed.",
      error === undefined ? {} : { cause: error },
    );
    for (const answer of this.#answers.splice(0)) answer({ answers: [] });
  }

  async close(): Promise<void> {
    if (this.#dead !== undefined) return;
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.postMessage({ kind: "close" } satisfies ToWorker);
    await ended;
  }
}

function uncloneable(error: unknown): EscapementError {
  const why = error instanceof Error ? error.message : String(error);
  return new EscapementError("json.invalid", `Cannot keep what was given: ${why}`, { cause: error });
}

function revive(data: ErrorData): EscapementError {
  const code = isErrorCode(data.code) ? data.code : "storage.broken";
  return new EscapementError(code, data.message, data.details === undefined ? {} : { details: data.details });
}
