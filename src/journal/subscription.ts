// A reader of the journal that goes on where it was, also after a crash and on another node: its cursor is kept, and
// moves only behind what has been handled. So each event comes at least once and in order, to one reader at a time.
import { sleepUntil, type Clock, type Instant } from "../base/clock.ts";
import type { EventCategory } from "../event/event.ts";
import type { CursorRecord, CursorStorage } from "../storage/cursors.ts";
import type { EventRecord } from "../storage/journal.ts";
import type { Storage } from "../storage/storage.ts";
import { Bell } from "./bell.ts";
import { toEvent, type Event } from "./event.ts";
import type { RecordSource } from "./record-source.ts";

export interface SubscribeOptions {
  /** Where a new cursor begins: behind this number; default: behind the newest event of now. A known cursor goes on. */
  readonly after?: number;
  /** Only events of this kind; the cursor passes over the others. */
  readonly kind?: string;
  readonly category?: EventCategory;
}

export interface BatchOptions extends SubscribeOptions {
  /** The handler is given up to so many events at once, and they count as handled together. */
  readonly batch: number;
}

export interface SubscriptionParts {
  readonly storage: Pick<Storage, "journal" | "cursors" | "onCommit">;
  readonly source: RecordSource;
  readonly clock: Clock;
  readonly holder: string;
  readonly onError: (error: unknown) => void;
  readonly onEnd: (subscription: Subscription) => void;
}

export type Handler = (events: readonly Event[]) => void | Promise<void>;

interface Wish extends SubscribeOptions {
  readonly name: string;
  readonly handler: Handler;
  /** How many events make one call of the handler. */
  readonly batch: number;
}

const leaseMs = 30_000;
/** Whoever does not hold the lease asks for it so often. */
const standbyMs = 2_000;
const firstPauseMs = 200;
const longestPauseMs = 60_000;
const pageSize = 200;
/** The cursor passes over what the filter leaves out, but is not written for every bit of it. */
const worthMoving = 1_000;

export class Subscription implements AsyncDisposable {
  readonly name: string;
  readonly #parts: SubscriptionParts;
  readonly #wish: Wish;
  readonly #stopping = new AbortController();
  readonly #bell = new Bell();
  readonly #loop: Promise<void>;
  #position = 0;
  #saved = 0;
  #failures = 0;
  #error: string | undefined;
  #leaseUntil: Instant = 0;
  #isHeld = false;
  #isHandling = false;
  #isReleased = false;

  /** `cursor` is undefined while another one reads under the name. */
  constructor(parts: SubscriptionParts, wish: Wish, cursor: CursorRecord | undefined) {
    this.name = wish.name;
    this.#parts = parts;
    this.#wish = wish;
    this.#loop = this.#run(cursor);
  }

  /** Makes the cursor before it resolves, so that whatever happens from then on is handed over. */
  static async open(parts: SubscriptionParts, wish: Wish): Promise<Subscription> {
    return new Subscription(parts, wish, await takeLease(parts, wish));
  }

  /** Waits for the handler under way, if need be for `drainMs`, and lets another reader go on. */
  async stop(drainMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    this.#stopping.abort();
    this.#bell.ring();
    if (!this.#isHandling || drainMs === Number.POSITIVE_INFINITY) return this.#loop;
    const { clock } = this.#parts;
    const late = new AbortController();
    const patience = drainMs === 0 ? undefined : sleepUntil(clock, clock.now() + drainMs, late.signal);
    await Promise.race([this.#loop, patience?.catch(() => undefined)]);
    late.abort();
    // What is under way is handed over again, by whoever reads next.
    if (this.#isHandling) await this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(first: CursorRecord | undefined): Promise<void> {
    const unlisten = this.#parts.storage.onCommit(() => this.#bell.ring());
    let cursor = first;
    while (!this.#stopping.signal.aborted) {
      try {
        cursor ??= await takeLease(this.#parts, this.#wish);
        if (cursor === undefined) await this.#sleep(standbyMs);
        else await this.#follow(cursor);
      } catch (error) {
        // The storage is away or broken; what was handled is handed over again.
        this.#parts.onError(error);
        await this.#sleep(standbyMs);
      }
      cursor = undefined;
    }
    unlisten();
    await this.#release();
  }

  async #release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const { holder, storage, onEnd, onError } = this.#parts;
    onEnd(this);
    await storage.cursors.release({ name: this.name, holder }).catch(onError);
  }

  /** Until it is stopped or the lease is lost. */
  async #follow(cursor: CursorRecord): Promise<void> {
    this.#position = this.#saved = cursor.seq;
    this.#failures = cursor.failures;
    this.#error = cursor.error;
    this.#leaseUntil = this.#parts.clock.now() + leaseMs;
    this.#isHeld = true;
    const renewal = this.#renewLater();
    try {
      while (!this.#stopping.signal.aborted) if (!(await this.#step())) return;
      await this.#save();
    } finally {
      renewal.stop();
    }
  }

  /** Whether to go on. */
  async #step(): Promise<boolean> {
    const { clock, storage, source } = this.#parts;
    this.#bell.reset();
    // A node that stood still may have been replaced.
    if (clock.now() >= this.#leaseUntil && !(await this.#save())) return false;
    const head = this.#isFiltered ? await storage.journal.head() : 0;
    const { kind, category } = this.#wish;
    const records = await source.read({
      after: this.#position,
      limit: Math.max(pageSize, this.#wish.batch),
      ...(kind === undefined ? {} : { kind }),
      ...(category === undefined ? {} : { category }),
    });
    if (records.length > 0) return this.#hand(records);
    this.#position = Math.max(this.#position, head);
    if (this.#position - this.#saved >= worthMoving && !(await this.#save())) return false;
    if (!this.#stopping.signal.aborted) await this.#bell.wait();
    return true;
  }

  get #isFiltered(): boolean {
    return this.#wish.kind !== undefined || this.#wish.category !== undefined;
  }

  /** Hands over a page, call by call. */
  async #hand(records: readonly EventRecord[]): Promise<boolean> {
    const { batch, handler } = this.#wish;
    for (let from = 0; from < records.length; from += batch) {
      if (this.#stopping.signal.aborted || !this.#isHeld) break;
      const part = records.slice(from, from + batch);
      try {
        this.#isHandling = true;
        await handler(part.map(toEvent));
      } catch (error) {
        return await this.#stumble(error);
      } finally {
        this.#isHandling = false;
      }
      this.#position = part.at(-1)?.seq ?? this.#position;
      this.#failures = 0;
      this.#error = undefined;
    }
    return this.#save();
  }

  /** Never passed over: the same again, after a while that doubles. */
  async #stumble(error: unknown): Promise<boolean> {
    this.#failures += 1;
    this.#error = error instanceof Error ? error.message : String(error);
    this.#parts.onError(error);
    if (!(await this.#save())) return false;
    await this.#sleep(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 20)));
    return true;
  }

  /** Writes down how far it has come. False when somebody else holds the lease now. */
  async #save(): Promise<boolean> {
    if (this.#isReleased) return false;
    const { clock, holder, storage } = this.#parts;
    const position = this.#position;
    const now = clock.now();
    const held = await storage.cursors.move({
      name: this.name,
      holder,
      seq: position,
      failures: this.#failures,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      now,
      leaseMs,
    });
    this.#isHeld = held;
    if (!held) return false;
    this.#saved = position;
    this.#leaseUntil = now + leaseMs;
    return true;
  }

  /** Also while a handler takes its time. */
  #renewLater(): { stop(): void } {
    const { clock } = this.#parts;
    let timer = clock.timer(clock.now() + leaseMs / 3, () => undefined);
    timer.cancel();
    const arm = (): void => {
      timer = clock.timer(clock.now() + leaseMs / 3, () => {
        // Whether it is still held is asked again before the next call.
        this.#save().catch(() => undefined);
        arm();
      });
    };
    arm();
    return { stop: () => timer.cancel() };
  }

  async #sleep(ms: number): Promise<void> {
    const { clock } = this.#parts;
    await sleepUntil(clock, clock.now() + ms, this.#stopping.signal).catch(() => undefined);
  }
}

function takeLease(
  {
    storage,
    clock,
    holder,
  }: {
    readonly storage: { readonly cursors: CursorStorage };
    readonly clock: Clock;
    readonly holder: string;
  },
  { name, after }: Wish,
): Promise<CursorRecord | undefined> {
  const begin = after === undefined ? {} : { after };
  return storage.cursors.take({ name, holder, ...begin, now: clock.now(), leaseMs });
}
