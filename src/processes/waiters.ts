// Those who wait for slots to be handled. What this node handles is told at once; of other nodes' work a commit hints,
// and then the storage is asked, once for all who wait.
import { sleepUntil, type Clock } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { noProcess } from "../storage/process-faults.ts";
import type { CommitHint, Storage } from "../storage/storage.ts";

export interface WaitOptions {
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly slot: number;
  readonly done: () => void;
}

export class Waiters {
  readonly #storage: Pick<Storage, "processes" | "onCommit">;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<Waiter>>();
  #unlisten: (() => void) | undefined;
  #toAsk = new Set<string>();
  #asking = false;

  constructor(storage: Pick<Storage, "processes" | "onCommit">, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Resolves when the slot has been handled. Throws `process.not-found`, `process.timeout`, and what the signal says. */
  async wait(process: string, slot: number, { timeout, signal }: WaitOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const until =
      timeout === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + parseDuration(timeout);
    const stop = new AbortController();
    const signals = signal === undefined ? [stop.signal] : [stop.signal, signal];
    let waiter: Waiter | undefined;
    const handled = new Promise<"handled">((resolve) => {
      waiter = this.#add(process, { slot, done: () => resolve("handled") });
    });
    try {
      const [record] = await this.#storage.processes.get({ ids: [process] });
      if (record === undefined) throw noProcess(process);
      if (record.folded > slot) return;
      const late = sleepUntil(this.#clock, until, AbortSignal.any(signals)).then(() => "late");
      if ((await Promise.race([handled, late])) === "late")
        throw await this.#timedOut(process, slot, timeout);
    } finally {
      if (waiter !== undefined) this.#remove(process, waiter);
      stop.abort();
    }
  }

  /** Says that all slots before `next` were handled. */
  readonly handled = (process: string, next: number): void => {
    for (const waiter of this.#waiting.get(process) ?? []) if (waiter.slot < next) waiter.done();
  };

  #add(process: string, waiter: Waiter): Waiter {
    this.#unlisten ??= this.#storage.onCommit((hint) => this.#hear(hint));
    const others = this.#waiting.get(process);
    if (others === undefined) this.#waiting.set(process, new Set([waiter]));
    else others.add(waiter);
    return waiter;
  }

  #remove(process: string, waiter: Waiter): void {
    const others = this.#waiting.get(process);
    others?.delete(waiter);
    if (others?.size === 0) this.#waiting.delete(process);
    if (this.#waiting.size > 0) return;
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  #hear({ handled, head, messages }: CommitHint): void {
    // A hint that says nothing may stand for anything.
    const all = handled === undefined && head === undefined && messages === undefined;
    for (const process of all ? this.#waiting.keys() : (handled ?? []))
      if (this.#waiting.has(process)) this.#toAsk.add(process);
    if (this.#toAsk.size === 0 || this.#asking) return;
    this.#asking = true;
    // Later than the worker of this node, which tells of what it handled itself.
    setImmediate(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    const ids = [...this.#toAsk].filter((process) => this.#waiting.has(process));
    this.#toAsk = new Set();
    this.#asking = false;
    if (ids.length === 0) return;
    try {
      for (const { id, folded } of await this.#storage.processes.get({ ids })) this.handled(id, folded);
    } catch {
      // Asked again at the next hint.
    }
  }

  async #timedOut(process: string, slot: number, timeout: Duration | undefined): Promise<EscapementError> {
    const [record] = await this.#storage.processes.get({ ids: [process] });
    const why = record?.parked === undefined ? "" : ", and the process is parked: resume it";
    return new EscapementError(
      "process.timeout",
      `Slot ${slot} of process ${process} is still not handled after ${timeout}${why}.`,
      { details: { process, slot } },
    );
  }
}
