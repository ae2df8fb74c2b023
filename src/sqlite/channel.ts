// How calls reach an engine: in this thread (":memory:") or in a thread of its own (a file).
import type { Batch, BatchAnswer } from "./sqlite-engine.ts";

export interface Channel {
  /** Answers come in the order in which the batches were sent. */
  send(batch: Batch, answer: (answer: BatchAnswer) => void): void;
  close(): Promise<void>;
}

interface Engine {
  execute(batch: Batch): BatchAnswer;
  close(): void;
}

/** Runs the engine right here, one batch per turn of the microtask queue. */
export function inlineChannel(engine: Engine): Channel {
  return {
    send: (batch, answer) => queueMicrotask(() => answer(engine.execute(batch))),
    close: () => Promise.resolve(engine.close()),
  };
}
