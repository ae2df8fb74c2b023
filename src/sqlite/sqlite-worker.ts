// The entry of a storage thread. Takes whatever batches are waiting, does them as one transaction, answers them together.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import { SqliteReader, SqliteWriter, type Batch, type BatchAnswer, type Call } from "./sqlite-engine.ts";
import { translate } from "./sqlite-error.ts";
import type { FromWorker, SentAnswer, ToWorker, WorkerOptions } from "./thread-channel.ts";

/**
 * A transaction takes no further batch once it holds so much work: the first of it would wait too long, and while this
 * side works on one part, the other can prepare the next.
 */
const enoughForOne = 500;

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
    while (message?.kind === "calls")
      message = message.batch.step === "group" ? doGroups(message.batch) : doStep(message.batch);
    if (message?.kind === "close") {
      engine.close();
      port.close();
    }
  });

  /** This group and those that wait behind it, as one transaction. Returns the message that is none of them. */
  function doGroups(first: Batch): ToWorker | undefined {
    const groups = [first.calls];
    let weight = first.weight ?? 1;
    let next = weight < enoughForOne ? receive() : undefined;
    while (next?.kind === "calls" && next.batch.step === "group") {
      groups.push(next.batch.calls);
      weight += next.batch.weight ?? 1;
      next = weight < enoughForOne ? receive() : undefined;
    }
    post(answer(engine.execute({ step: "group", calls: groups.flat() }), groups));
    return next;
  }

  function doStep(batch: Batch): undefined {
    post(answer(engine.execute(batch), [batch.calls]));
  }

  function receive(): ToWorker | undefined {
    const next: { message: ToWorker } | undefined = receiveMessageOnPort(port);
    return next?.message;
  }
}

/** Cuts the answers of one transaction back into the batches they came in. */
function answer(result: BatchAnswer, batches: readonly (readonly Call[])[]): FromWorker {
  let start = 0;
  const sent = batches.map((calls) => {
    const part = result.answers.slice(start, start + calls.length);
    start += calls.length;
    return part.map((one): SentAnswer => ("error" in one ? { error: one.error.toJSON() } : one));
  });
  const hint = result.hint === undefined ? {} : { hint: result.hint };
  const error = result.error === undefined ? {} : { error: result.error.toJSON() };
  return { kind: "answers", batches: sent, ...hint, ...error };
}
