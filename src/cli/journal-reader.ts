// Reads the journal of a server behind a number that it keeps: no event is missed and none is shown twice.
import { eventPage, type Event } from "../contract/journal.ts";
import type { Client, Query } from "./client.ts";

const pageSize = 1_000;

export class JournalReader {
  readonly #client: Client;
  readonly #filter: Query;
  readonly #signal: AbortSignal;
  #cursor = 0;

  constructor(client: Client, filter: Query, signal: AbortSignal) {
    this.#client = client;
    this.#filter = filter;
    this.#signal = signal;
  }

  /** From now on only events behind this number. */
  startBehind(seq: number): void {
    this.#cursor = seq;
  }

  /** The newest `count` events, oldest first. */
  async last(count: number): Promise<readonly Event[]> {
    const newest = (await this.#read({ limit: String(Math.max(1, count)) })).items;
    this.#cursor = newest[0]?.seq ?? 0;
    return newest.slice(0, count).toReversed();
  }

  /** Everything that has happened since. */
  async *rest(): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      const page = await this.#read({ after: String(this.#cursor), limit: String(pageSize) });
      for (const event of page.items) {
        this.#cursor = event.seq;
        yield event;
      }
      if (page.next === undefined) return;
    }
  }

  #read(query: Query) {
    return this.#client.get("/journal", eventPage, {
      query: { ...this.#filter, ...query },
      signal: this.#signal,
    });
  }
}
