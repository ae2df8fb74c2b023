// Collects the calls of many callers into batches. A batch leaves as soon as the engine has room for it, so a single
// caller waits for nobody, and a thousand callers share one commit. Two batches travel at a time: one is worked on
// while the next is being collected and the last is being answered.
import { EscapementError } from "../base/errors.ts";
import type { CommitHint } from "../storage/storage.ts";
import type { Channel } from "./channel.ts";
import type { Batch, BatchAnswer, Call } from "./sqlite-engine.ts";

const batchesUnderWay = 2;

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
    if (this.#waiting.length === 0 || this.#underWay >= batchesUnderWay || this.#holders > 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#underWay += 1;
    this.#channel.send({ step: "group", calls: batch.map((pending) => pending.call) }, (answer) => {
      this.#underWay -= 1;
      batch.forEach((pending, index) => {
        const one = answer.answers[index];
        if (one === undefined)
          pending.reject(
            new EscapementError("storage.broken", "The storage thread ended before it answered."),
          );
        else if ("error" in one) pending.reject(one.error);
        else pending.resolve(one.value);
      });
      if (answer.hint !== undefined) this.#onHint(answer.hint);
      this.#flush();
      if (this.#underWay === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
      this.#tellIdle();
    });
  }

  #tellIdle(): void {
    if (this.#isBusy()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #isBusy(): boolean {
    return this.#underWay > 0 || this.#waiting.length > 0 || this.#holders > 0;
  }
}
