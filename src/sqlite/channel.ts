// How calls reach an engine: in this thread (":memory:") or in a thread of its own (a file).
import type { BatchAnswer, Call } from "./sqlite-engine.ts";

export interface Channel {
  /** Answers come in the order in which the batches were sent. */
  send(calls: readonly Call[], answer: (answer: BatchAnswer) => void): void;
  close(): Promise<void>;
}

interface Engine {
  execute(calls: readonly Call[]): BatchAnswer;
  close(): void;
}

/** Runs the engine right here, one batch per turn of the microtask queue. */
export function inlineChannel(engine: Engine): Channel {
  return {
    send: (calls, answer) => queueMicrotask(() => answer(engine.execute(calls))),
    close: () => Promise.resolve(engine.close()),
  };
}
