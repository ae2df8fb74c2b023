// An answer that its asker may give up on. The work itself goes on: it is all done or not at all, whoever waits for it.

export interface Abortable {
  readonly signal?: AbortSignal;
}

/** Rejects with the reason of the signal as soon as it is aborted; does not even begin when it is already. */
export async function abortable<Value>(
  signal: AbortSignal | undefined,
  work: () => Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = (): void => reject(asError(signal.reason));
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
