// The entry of a storage thread. Takes whatever batches are waiting, does them as one transaction, answers them together.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import { SqliteReader, SqliteWriter, type BatchAnswer, type Call } from "./sqlite-engine.ts";
import { translate } from "./sqlite-error.ts";
import type { FromWorker, SentAnswer, ToWorker, WorkerOptions } from "./thread-channel.ts";

/** So many calls share one transaction at most: a bound on how long the first of them waits. */
const largestGroup = 5_000;

const port = parentPort;
if (port !== null) serve(port);

function serve(port: NonNullable<typeof parentPort>): void {
  const options: WorkerOptions = workerData;
  const post = (message: FromWorker): void => port.postMessage(message);
  let engine: SqliteReader | SqliteWriter;
  try {
    engine = options.readOnly
      ? new SqliteReader(new Connection(options.path, options))
      : new SqliteWriter(options.path, options);
  } catch (error) {
    post({ kind: "refused", error: translate(error).toJSON() });
    port.close();
    return;
  }
  post({ kind: "ready" });

  port.on("message", (first: ToWorker) => {
    let message: ToWorker | undefined = first;
    const batches: (readonly Call[])[] = [];
    let size = 0;
    while (message?.kind === "calls") {
      batches.push(message.calls);
      size += message.calls.length;
      const next: { message: ToWorker } | undefined =
        size < largestGroup ? receiveMessageOnPort(port) : undefined;
      message = next?.message;
    }
    if (batches.length > 0) post(answer(engine.execute(batches.flat()), batches));
    if (message?.kind === "close") {
      engine.close();
      port.close();
    }
  });
}

/** Cuts the answers of one transaction back into the batches they came in. */
function answer(result: BatchAnswer, batches: readonly (readonly Call[])[]): FromWorker {
  let start = 0;
  const sent = batches.map((calls) => {
    const part = result.answers.slice(start, start + calls.length);
    start += calls.length;
    return part.map((one): SentAnswer => ("error" in one ? { error: one.error.toJSON() } : one));
  });
  return { kind: "answers", batches: sent, ...(result.hint === undefined ? {} : { hint: result.hint }) };
}
