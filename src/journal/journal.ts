// The journal: one record of everything that happened. Movers write into it with their changes; here it is read.
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { EventCategory } from "../event/event.ts";
import type { EventRecord } from "../storage/journal.ts";
import type { Storage } from "../storage/storage.ts";
import { toEvent, type Event } from "./event.ts";
import { readNote, type NoteOptions } from "./note.ts";

export interface ReadOptions {
  /** Only events with a greater number, oldest first. */
  readonly after?: number;
  /** Only events with a smaller number; without `after` the newest come first. */
  readonly before?: number;
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
  readonly kind?: string;
  readonly category?: EventCategory;
  readonly subject?: string;
  readonly actor?: string;
  /** Text that occurs in the kind, subject, label or data. */
  readonly q?: string;
}

export interface TailOptions {
  /** Start behind this number; default: behind the newest event of now. */
  readonly after?: number;
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal;
}

const largestPage = 1_000;

export class Journal {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  async read(options: ReadOptions = {}): Promise<Event[]> {
    const { limit = 100 } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) {
      throw new EscapementError(
        "journal.invalid",
        `Cannot read ${limit} events at once: ask for 1 to ${largestPage} and page with "after" or "before".`,
      );
    }
    const records = await this.#storage.journal.read({ ...options, limit });
    return records.map(toEvent);
  }

  /** Every event behind `after`, in order, as it is committed: never misses one, never repeats one. Ends with the runtime. */
  async *tail(options: TailOptions = {}): AsyncGenerator<Event, void, undefined> {
    const signals = [this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const isOver = (): boolean => signals.some((signal) => signal.aborted);
    let cursor = options.after ?? (await this.#storage.journal.head());
    const bell = new Bell();
    const unlisten = this.#storage.onCommit((hint) => {
      if (hint.head === undefined || hint.head > cursor) bell.ring();
    });
    const ring = (): void => bell.ring();
    for (const signal of signals) signal.addEventListener("abort", ring);
    try {
      while (!isOver()) {
        bell.reset();
        const records = await this.#readBehind(cursor);
        for (const record of records) {
          if (isOver()) return;
          cursor = record.seq;
          yield toEvent(record);
        }
        if (records.length < largestPage) await bell.wait();
      }
    } finally {
      unlisten();
      for (const signal of signals) signal.removeEventListener("abort", ring);
    }
  }

  /** Nothing while the storage is away: it rings again when it is back. */
  async #readBehind(after: number): Promise<readonly EventRecord[]> {
    try {
      return await this.#storage.journal.read({ after, limit: largestPage });
    } catch (error) {
      if (EscapementError.is(error) && error.code === "storage.busy") return [];
      throw error;
    }
  }

  /** Ends every tail: nothing will come any more. */
  close(): void {
    this.#closing.abort();
  }

  /** Writes an event of your own kind. Resolves to its number. */
  async note(kind: string, data?: Json, options: NoteOptions = {}): Promise<number> {
    const event = readNote(kind, data, { ...options, now: this.#clock.now() });
    const [seq = 0] = await this.#storage.journal.append({ events: [event] });
    return seq;
  }
}

/** Remembers that it was rung, so that a commit between reading and waiting is not missed. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  reset(): void {
    this.#rung = false;
  }

  wait(): Promise<void> {
    if (this.#rung) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
