// The frames for one client. It holds one number, and reads on only when the client has taken what came before: whoever
// does not read costs nothing. What it does not tell it says, as a gap.
import { systemClock } from "../../base/clock.ts";
import { EscapementError } from "../../base/errors.ts";
import type { Event } from "../../contract/journal.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { byeFrame, eventsFrame, gapFrame, helloFrame, pingFrame, type Gap } from "./frames.ts";

export interface StreamFilter {
  readonly kind?: string;
  readonly category?: Event["category"];
  readonly subject?: string;
  readonly actor?: string;
}

export interface StreamOptions {
  /** Behind which number to begin; default: with what happens from now on. */
  readonly after?: number;
  readonly filter: StreamFilter;
  readonly signal: AbortSignal;
}

/** So many events share a frame at most, and so long the first of them waits for others. */
const largestFrame = 64;
const gatherMs = 10;
/** For so long nothing may be said. */
const pingMs = 15_000;
/** A client that is further behind than the first goes on with only so many as the second says; looked at now and then. */
const farBehind = 20_000;
const newest = 2_000;
const lookEvery = 1_000;

type Source = Pick<Runtime, "journal" | "node">;

/** Ends when the runtime stops, and at once with the signal. */
export async function* liveFrames(runtime: Source, options: StreamOptions): AsyncGenerator<string, void> {
  const { first, head } = await runtime.journal.bounds();
  const serverTime = new Date(systemClock.now()).toISOString();
  yield helloFrame({ first, head, node: runtime.node, serverTime, schema: 1 });
  let cursor = Math.min(options.after ?? head, head);
  let gap: Gap | undefined =
    cursor < first - 1 ? { from: cursor + 1, to: first - 1, reason: "deleted" } : undefined;
  do {
    if (gap !== undefined) {
      yield gapFrame(gap);
      cursor = gap.to;
    }
    gap = yield* follow(runtime, cursor, options);
  } while (gap !== undefined);
  if (!options.signal.aborted) yield byeFrame("this node stops");
}

/** Tells what happens behind a number, until it ends or something has to be passed over. */
async function* follow(
  { journal }: Source,
  from: number,
  { filter, signal }: StreamOptions,
): AsyncGenerator<string, Gap | undefined> {
  const over = new AbortController();
  const events = new Gatherer(journal.tail({ after: from, signal: AbortSignal.any([signal, over.signal]) }));
  let cursor = from;
  let saidAt = systemClock.elapsed();
  let unseen = lookEvery;
  try {
    for (;;) {
      if (unseen >= lookEvery) {
        unseen = 0;
        const { head } = await journal.bounds();
        if (head - cursor > farBehind) return { from: cursor + 1, to: head - newest, reason: "lag" };
      }
      const gathered = await events.gather(saidAt + pingMs - systemClock.elapsed());
      if (gathered === "the end") return undefined;
      cursor = gathered.at(-1)?.seq ?? cursor;
      unseen += gathered.length;
      const told = gathered.filter((event) => fits(event, filter));
      const isSilent = told.length === 0;
      if (isSilent && systemClock.elapsed() - saidAt < pingMs) continue;
      yield isSilent ? pingFrame(cursor) : eventsFrame(told, cursor);
      saidAt = systemClock.elapsed();
    }
  } catch (error) {
    return goneOf(error);
  } finally {
    over.abort();
    await events.end();
  }
}

function fits(event: Event, filter: StreamFilter): boolean {
  const { kind, category, subject, actor } = filter;
  return (
    (kind === undefined || event.kind === kind) &&
    (category === undefined || event.category === category) &&
    (subject === undefined || event.subject === subject) &&
    (actor === undefined || event.actor === actor)
  );
}

/** Retention was faster than the client. */
function goneOf(error: unknown): Gap {
  const { from, to } = EscapementError.is(error) && error.code === "journal.gone" ? error.details : {};
  if (typeof from === "number" && typeof to === "number") return { from, to, reason: "deleted" };
  throw error;
}

/** Takes events one by one, and gives those that come close behind each other together. */
class Gatherer {
  readonly #events: AsyncGenerator<Event, void, undefined>;
  #next: Promise<IteratorResult<Event, void>>;

  constructor(events: AsyncGenerator<Event, void, undefined>) {
    this.#events = events;
    this.#next = this.#ask();
  }

  /** Nothing, when nothing comes for so long. */
  async gather(patienceMs: number): Promise<readonly Event[] | "the end"> {
    const gathered: Event[] = [];
    let until = systemClock.elapsed() + patienceMs;
    while (gathered.length < largestFrame) {
      const one = await orNothing(this.#next, until - systemClock.elapsed());
      if (one === "nothing") break;
      // Asked again, it is the end again.
      if (one.done === true) return gathered.length > 0 ? gathered : "the end";
      if (gathered.length === 0) until = systemClock.elapsed() + gatherMs;
      gathered.push(one.value);
      this.#next = this.#ask();
    }
    return gathered;
  }

  async end(): Promise<void> {
    await this.#events.return();
  }

  /** Whether it failed is seen when it is waited for, which may be much later. */
  #ask(): Promise<IteratorResult<Event, void>> {
    const next = this.#events.next();
    next.catch(() => undefined);
    return next;
  }
}

async function orNothing<Value>(promise: Promise<Value>, waitMs: number): Promise<Value | "nothing"> {
  let wake = (): void => undefined;
  const waited = new Promise<"nothing">((resolve) => {
    wake = () => resolve("nothing");
  });
  const timer = systemClock.timer(systemClock.now() + Math.max(0, waitMs), () => wake());
  try {
    return await Promise.race([promise, waited]);
  } finally {
    timer.cancel();
  }
}
