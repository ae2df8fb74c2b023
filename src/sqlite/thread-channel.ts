// A channel to an engine in a worker thread: the main loop never waits for the disk.
import { Worker } from "node:worker_threads";
import { EscapementError, isErrorCode, type ErrorData } from "../base/errors.ts";
import type { CommitHint } from "../storage/storage.ts";
import type { Channel } from "./channel.ts";
import type { ConnectionOptions } from "./connection.ts";
import { mergeHints, type Answer, type Batch, type BatchAnswer } from "./sqlite-engine.ts";

export interface WorkerOptions extends ConnectionOptions {
  readonly path: string;
  /** In place of a thread of this process that has died. */
  readonly again?: boolean;
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

/** What a channel tells whoever made it. */
export interface ThreadLife {
  /** The thread has died, and another has taken its place. */
  readonly onReopened: (cause: unknown) => void;
}

const firstPauseMs = 20;
const longestPauseMs = 5_000;

/** Starts the thread and waits until its database is open. Throws what opening it threw. */
export async function openThread(options: WorkerOptions, life: ThreadLife): Promise<Channel> {
  return new ThreadChannel(await startWorker(options), options, life);
}

function startWorker(options: WorkerOptions): Promise<Worker> {
  const file = import.meta.url.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js";
  const execArgv = [...process.execArgv, "--disable-warning=ExperimentalWarning"];
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: options,
    execArgv,
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  return new Promise((resolve, reject) => {
    const gone = (code: number): void =>
      reject(new Error(`The storage thread ended with exit code ${code}.`));
    worker.once("error", reject);
    worker.once("exit", gone);
    worker.once("message", (message: FromWorker) => {
      worker.removeListener("error", reject);
      worker.removeListener("exit", gone);
      if (message.kind === "refused") reject(revive(message.error));
      else resolve(worker);
    });
  });
}

/** A thread that dies is replaced for as long as it takes. Whoever waited for it, or calls meanwhile, is told so. */
class ThreadChannel implements Channel {
  readonly #options: WorkerOptions;
  readonly #life: ThreadLife;
  #worker: Worker;
  #answers: ((answer: BatchAnswer) => void)[] = [];
  /** Why there is no thread at present. */
  #away: EscapementError | undefined;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: Worker, options: WorkerOptions, life: ThreadLife) {
    this.#options = options;
    this.#life = life;
    this.#worker = worker;
    this.#watch(worker);
  }

  #watch(worker: Worker): void {
    let cause: unknown;
    worker.on("message", (message: FromWorker) => this.#receive(message));
    worker.on("error", (error) => (cause = error));
    worker.on("exit", (code) => this.#lose(cause ?? new Error(`exit code ${code}`)));
  }

  send(batch: Batch, answer: (answer: BatchAnswer) => void): void {
    const away = this.#away;
    if (away !== undefined) {
      queueMicrotask(() => answer({ answers: batch.calls.map(() => ({ error: away })), error: away }));
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
  #lose(cause: unknown): void {
    this.#away = this.#closed ? closedError() : awayError(cause);
    const error = this.#away;
    for (const answer of this.#answers.splice(0)) answer({ answers: [], error });
    if (!this.#closed) this.#reopen(cause, firstPauseMs);
  }

  #reopen(cause: unknown, pauseMs: number): void {
    this.#timer = setTimeout(() => {
      // Whoever left a lease behind is this process: what it runs goes on.
      startWorker({ ...this.#options, again: true }).then(
        (worker) => this.#return(worker, cause),
        () => this.#closed || this.#reopen(cause, Math.min(longestPauseMs, pauseMs * 2)),
      );
    }, pauseMs);
  }

  #return(worker: Worker, cause: unknown): void {
    if (this.#closed) return void worker.terminate();
    this.#worker = worker;
    this.#watch(worker);
    this.#away = undefined;
    this.#life.onReopened(cause);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#away !== undefined) return;
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.postMessage({ kind: "close" } satisfies ToWorker);
    await ended;
  }
}

function closedError(): EscapementError {
  return new EscapementError("runtime.stopped", "The storage is closed.");
}

function awayError(cause: unknown): EscapementError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EscapementError(
    "storage.busy",
    `The storage thread has died (${why}): a change that was under way may or may not have been made. Another thread is being started.`,
    { cause },
  );
}

function uncloneable(error: unknown): EscapementError {
  const why = error instanceof Error ? error.message : String(error);
  return new EscapementError("json.invalid", `Cannot keep what was given: ${why}`, { cause: error });
}

function revive(data: ErrorData): EscapementError {
  const code = isErrorCode(data.code) ? data.code : "storage.broken";
  return new EscapementError(code, data.message, data.details === undefined ? {} : { details: data.details });
}
