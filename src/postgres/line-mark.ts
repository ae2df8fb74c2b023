// How far down the line claims have come while there is more than they can take. What was taken leaves dead entries in
// the index, and walking past them costs more with every claim until they are cleaned up; so the next claim begins
// behind the mark. Only in a long row of full claims, only for a moment, and only while nobody puts a run before it.
import { systemClock, type Instant } from "../base/clock.ts";
import type { CommitHint } from "../storage/storage.ts";

/** Priority, due time and id of the last run that was taken. */
export type Mark = readonly [number, Instant, string];

/** Claims that found all that they wanted, before the mark is used. */
const longRow = 4;
/** What stands before the mark without anybody having said so is found after this. */
const lookEverywhereMs = 500;

export class LineMark {
  #mark: Mark | undefined;
  #row = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** Where the next claim begins; undefined for the front. */
  use(): Mark | undefined {
    const now = systemClock.elapsed();
    if (this.#mark !== undefined && this.#row >= longRow && now < this.#lookedAt + lookEverywhereMs)
      return this.#mark;
    this.#lookedAt = now;
    return undefined;
  }

  /** Undefined when a claim did not find all that it wanted. */
  set(mark: Mark | undefined): void {
    this.#row = mark === undefined ? 0 : this.#row + 1;
    this.#mark = mark;
  }

  hear({ runsDueAt }: CommitHint): void {
    if (runsDueAt !== undefined && this.#mark !== undefined && runsDueAt <= this.#mark[1])
      this.set(undefined);
  }
}
