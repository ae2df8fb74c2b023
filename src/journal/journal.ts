// The journal: one record of everything that happened. Movers write into it with their changes; here it is read.
import type { Clock } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { defaultPayloadBytes, type Json } from "../base/json.ts";
import type { EventCategory } from "../event/event.ts";
import type { EventRecord } from "../storage/journal.ts";
import type { Storage } from "../storage/storage.ts";
import type { JournalArchive } from "./archive.ts";
import { Bell } from "./bell.ts";
import { checkExport, checkRange, checkRead, checkSubscription, largestPage } from "./check-options.ts";
import { toEvent, type Event } from "./event.ts";
import { exportLines, type ExportFilter, type ExportFormat } from "./export.ts";
import { recordSource, type RecordSource } from "./record-source.ts";
import { Subscription, type BatchOptions, type SubscribeOptions } from "./subscription.ts";
import { verifyJournal, type Verification } from "./verify.ts";
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
  /** Only audited events: changes of control, tokens, definitions of tasks, and what retention deletes. */
  readonly audited?: boolean;
  /** Text that occurs in the kind, subject, label or data. */
  readonly q?: string;
}

export interface ExportOptions extends ExportFilter {
  readonly format: ExportFormat;
  /** The first number; default: the oldest that is kept or archived. */
  readonly from?: number;
  /** The last number; default: the newest of now. */
  readonly to?: number;
  readonly signal?: AbortSignal;
}

/** How far a subscription has come. */
export interface SubscriptionState {
  readonly name: string;
  /** Everything up to this number has been handled. */
  readonly seq: number;
  /** How many events are behind it, whether it wants them or not. */
  readonly behind: number;
  /** The node that reads under the name at present. */
  readonly holder?: string;
  /** How often the next event has failed, and why it failed last. */
  readonly failures: number;
  readonly error?: string;
  readonly movedAt: Date;
}

export interface JournalParts {
  /** In the name of whom subscriptions hold their lease. */
  readonly node?: string;
  readonly archive?: JournalArchive | undefined;
  /** The most bytes of a note; 1 MiB unless given. */
  readonly payloadLimit?: number;
  /** Hears what a handler has thrown. */
  readonly onError?: (error: unknown) => void;
}

export interface TailOptions {
  /** Start behind this number; default: behind the newest event of now. */
  readonly after?: number;
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal;
}

export class Journal {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #source: RecordSource;
  readonly #parts: JournalParts;
  readonly #closing = new AbortController();
  readonly #subscriptions = new Set<Subscription>();
  #opened = 0;

  constructor(storage: Storage, clock: Clock, parts: JournalParts = {}) {
    this.#storage = storage;
    this.#clock = clock;
    this.#parts = parts;
    this.#source = recordSource(storage.journal, parts.archive);
  }

  async read(options: ReadOptions = {}): Promise<Event[]> {
    const { limit = 100 } = options;
    checkRead(options);
    const records = await this.#source.read({ ...options, limit });
    return records.map(toEvent);
  }

  /** The numbers of the oldest event there is, archive included, and of the newest; 1 and 0 when nothing has happened. */
  bounds(): Promise<{ readonly first: number; readonly head: number }> {
    return this.#source.bounds();
  }

  /**
   * Every event behind `after`, in order, as it is committed: never misses one, never repeats one. Ends with the runtime.
   * Throws `journal.gone` when retention deletes events before they were read, and there is no archive.
   */
  async *tail(options: TailOptions = {}): AsyncGenerator<Event, void, undefined> {
    const signals = [this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const isOver = (): boolean => signals.some((signal) => signal.aborted);
    let cursor = options.after ?? (await this.#storage.journal.head());
    // The beginning of history may lie anywhere.
    let hasBegun = options.after === undefined;
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
        const first = records[0]?.seq ?? cursor + 1;
        if (hasBegun && first !== cursor + 1) throw overtaken(cursor + 1, first - 1);
        hasBegun ||= records.length > 0;
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
      return await this.#source.read({ after, limit: largestPage });
    } catch (error) {
      if (EscapementError.is(error) && error.code === "storage.busy") return [];
      throw error;
    }
  }

  /**
   * Hands every event to the handler at least once and in order, also what happens while nobody listens: the cursor of
   * that name is kept. When the handler throws, the same event comes again after a while. One reader at a time goes by a
   * name, on whatever node; the others stand by.
   */
  subscribe(
    name: string,
    handler: (events: readonly Event[]) => void | Promise<void>,
    options: BatchOptions,
  ): Promise<Subscription>;
  subscribe(
    name: string,
    handler: (event: Event) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  async subscribe(
    name: string,
    // oxlint-disable-next-line typescript/no-explicit-any -- one of the two above
    handler: (given: any) => void | Promise<void>,
    options: SubscribeOptions & Partial<BatchOptions> = {},
  ): Promise<Subscription> {
    checkSubscription(name, handler, options);
    this.#opened += 1;
    const { node = "reader", onError = () => undefined } = this.#parts;
    const subscription = await Subscription.open(
      {
        storage: this.#storage,
        source: this.#source,
        clock: this.#clock,
        holder: `${node}/${this.#opened}`,
        onError,
        onEnd: (ended) => void this.#subscriptions.delete(ended),
      },
      {
        ...options,
        name,
        batch: options.batch ?? 1,
        handler: options.batch === undefined ? ([event]) => handler(event) : handler,
      },
    );
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Every cursor that is kept, by name. */
  async subscriptions(): Promise<readonly SubscriptionState[]> {
    const now = this.#clock.now();
    const [cursors, head] = await Promise.all([this.#storage.cursors.list(), this.#storage.journal.head()]);
    return cursors.map(({ name, seq, holder, leaseUntil = 0, failures, error, movedAt }) => ({
      name,
      seq,
      behind: Math.max(0, head - seq),
      ...(holder !== undefined && leaseUntil > now ? { holder } : {}),
      failures,
      ...(error === undefined ? {} : { error }),
      movedAt: new Date(movedAt),
    }));
  }

  /** Forgets the cursor, so that retention need not wait for it any more. Whether there was one. */
  unsubscribe(name: string): Promise<boolean> {
    return this.#storage.cursors.remove({ name });
  }

  /** Says where the first number is missing, or an audited event is not what it was when it was written. */
  async verify(
    range: { readonly from?: number; readonly to?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Verification> {
    checkRange(range);
    return verifyJournal(this.#source, range);
  }

  /** The journal as lines of text, archive included: the same range and filter are the same bytes every time. */
  async *export(options: ExportOptions): AsyncGenerator<string, void, undefined> {
    checkExport(options);
    const { signal, ...wanted } = options;
    const { first, head } = await this.#source.bounds();
    const from = Math.max(first, wanted.from ?? first);
    yield* exportLines(this.#source, { ...wanted, from, to: Math.min(head, wanted.to ?? head) }, signal);
  }

  /** Ends every tail and every subscription: nothing will come any more. Handlers under way have `drainMs` left. */
  async close(drainMs: number): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop(drainMs)));
  }

  /** Writes an event of your own kind. Resolves to its number. */
  async note(kind: string, data?: Json, options: NoteOptions = {}): Promise<number> {
    const event = readNote(kind, data, {
      ...options,
      now: this.#clock.now(),
      payloadLimit: this.#parts.payloadLimit ?? defaultPayloadBytes,
    });
    const [seq = 0] = await this.#storage.journal.append({ events: [event] });
    return seq;
  }
}

function overtaken(from: number, to: number): EscapementError {
  return new EscapementError(
    "journal.gone",
    `Retention has deleted the events ${from} to ${to} before this tail had read them: read faster, keep the journal longer, or give the runtime an archive.`,
    { details: { from, to } },
  );
}
