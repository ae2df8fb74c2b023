// Collects the calls of many callers into batches. A batch leaves as soon as the engine has room for it, so a single
// caller waits for nobody, and a thousand callers share one commit. Two batches travel at a time: one is worked on
// while the next is being collected and the last is being answered.
import { EscapementError } from "../base/errors.ts";
import type { CommitHint } from "../storage/storage.ts";
import type { Channel } from "./channel.ts";
import type { Answer, Batch, BatchAnswer, Call } from "./sqlite-engine.ts";

const batchesUnderWay = 2;
/** A batch takes no further call once it holds so much, so that the two sides take turns instead of waiting for each other. */
const enoughForOne = 500;

/** Sends one step of a transaction; rejects when the transaction is over because of it. */
type SendStep = (batch: Batch) => Promise<BatchAnswer>;

interface Pending {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #channel: Channel;
  readonly #onHint: (hint: CommitHint) => void;
  #waiting: Pending[] = [];
  #underWay = 0;
  #flushing = false;
  #idle: (() => void)[] = [];
  /** The transactions that callers hold open, one after the other; while there is one, batches wait. */
  #exclusive: Promise<unknown> = Promise.resolve();
  #holders = 0;
  readonly #onDrained: (() => void)[] = [];

  constructor(channel: Channel, onHint: (hint: CommitHint) => void) {
    this.#channel = channel;
    this.#onHint = onHint;
  }

  call(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject });
      this.#flushSoon();
    });
  }

  /** Resolves when nothing is waiting or under way, to whether anything was. */
  settled(): Promise<boolean> {
    if (!this.#isBusy()) return Promise.resolve(false);
    return new Promise((resolve) => this.#idle.push(() => resolve(true)));
  }

  /** Does `work` while nothing else is sent; it sends its own batches. */
  exclusively<Result>(work: (send: SendStep) => Promise<Result>): Promise<Result> {
    this.#holders += 1;
    const turn = this.#exclusive.then(async () => {
      await this.#drained();
      try {
        return await work((batch) => this.#sendStep(batch));
      } finally {
        this.#holders -= 1;
        this.#flush();
        this.#tellIdle();
      }
    });
    this.#exclusive = turn.catch(() => undefined);
    return turn;
  }

  /** What was sent before is answered. */
  #drained(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  #sendStep(batch: Batch): Promise<BatchAnswer> {
    return new Promise((resolve, reject) => {
      this.#channel.send(batch, (answer) => {
        if (answer.hint !== undefined) this.#onHint(answer.hint);
        if (answer.error === undefined) resolve(answer);
        else reject(answer.error);
      });
    });
  }

  #flushSoon(): void {
    if (this.#flushing || this.#underWay >= batchesUnderWay) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#underWay < batchesUnderWay && this.#holders === 0)
      this.#sendGroup();
  }

  #sendGroup(): void {
    const { taken, weight } = this.#takeGroup();
    this.#underWay += 1;
    this.#channel.send({ step: "group", weight, calls: taken.map((pending) => pending.call) }, (answer) => {
      this.#underWay -= 1;
      taken.forEach((pending, index) => settle(pending, answer.answers[index], answer.error));
      if (answer.hint !== undefined) this.#onHint(answer.hint);
      this.#flush();
      if (this.#underWay === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
      this.#tellIdle();
    });
  }

  #takeGroup(): { readonly taken: readonly Pending[]; readonly weight: number } {
    let weight = 0;
    const last = this.#waiting.findIndex((pending) => {
      weight += weightOf(pending.call.input);
      return weight >= enoughForOne;
    });
    const all = this.#waiting;
    if (last === -1 || last === all.length - 1) {
      this.#waiting = [];
      return { taken: all, weight };
    }
    return { taken: all.splice(0, last + 1), weight };
  }

  #tellIdle(): void {
    if (this.#isBusy()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #isBusy(): boolean {
    return this.#underWay > 0 || this.#waiting.length > 0 || this.#holders > 0;
  }
}

function settle(pending: Pending, answer: Answer | undefined, error: EscapementError | undefined): void {
  if (answer === undefined)
    pending.reject(error ?? new EscapementError("storage.broken", "The storage gave no answer."));
  else if ("error" in answer) pending.reject(answer.error);
  else pending.resolve(answer.value);
}

/** How much work a call is: itself, and what its lists hold. */
function weightOf(input: unknown): number {
  if (typeof input !== "object" || input === null) return 1;
  let weight = 1;
  for (const value of Object.values(input)) if (Array.isArray(value)) weight += value.length;
  return weight;
}
