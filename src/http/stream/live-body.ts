// A body that goes on: each piece goes out at once, the next is made when it was taken, and a client that takes nothing
// for too long is cut off.
import { systemClock, type Timer } from "../../base/clock.ts";

/** How long a piece may wait for its client. */
const longestStallMs = 30_000;

export function liveBody(
  begin: (signal: AbortSignal) => AsyncIterable<string>,
  stallMs: number = longestStallMs,
): ReadableStream<Uint8Array> {
  const over = new AbortController();
  const pieces = begin(over.signal)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let stalled: Timer | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        stalled?.cancel();
        const piece = await pieces.next();
        if (over.signal.aborted) return;
        if (piece.done === true) return controller.close();
        controller.enqueue(encoder.encode(piece.value));
        stalled = systemClock.timer(systemClock.now() + stallMs, () => {
          over.abort();
          controller.error(new Error("The client has not read for too long."));
        });
      },
      cancel() {
        stalled?.cancel();
        over.abort();
        // Whatever it waits for is over with the signal.
        void pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
