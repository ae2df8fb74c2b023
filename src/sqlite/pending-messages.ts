// Where the messages wait that were not handled yet. The writer is the only one who adds and takes them, so it knows by
// heart what an index would have to be kept for, at several times the cost of the rows themselves. Read from the table
// when it is opened, and after anything was taken back.
import { integer, text } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

/** The rows of one process in the order of their slots; those before `taken` are gone. */
interface Queue {
  seqs: number[];
  taken: number;
}

const all = "SELECT seq, process FROM message ORDER BY seq";
/** Gaps at the front of a list are closed when they have grown to this. */
const manyTaken = 1_024;

export class PendingMessages {
  readonly #context: WriteContext;
  #queues = new Map<string, Queue>();
  #lastSeq = 0;
  #rollbacks = -1;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  /** The number of the row of one more message of the process. */
  add(process: string): number {
    const queues = this.#current();
    this.#lastSeq += 1;
    this.#queue(queues, process).seqs.push(this.#lastSeq);
    return this.#lastSeq;
  }

  /** Rows of the process, from the `skip`th that waits on. */
  peek(process: string, skip: number, limit: number): readonly number[] {
    const queue = this.#current().get(process);
    return queue === undefined ? [] : queue.seqs.slice(queue.taken + skip, queue.taken + skip + limit);
  }

  /** The first rows of the process, which wait no longer. */
  take(process: string, count: number): readonly number[] {
    const queues = this.#current();
    const queue = queues.get(process);
    if (queue === undefined) return [];
    const seqs = queue.seqs.slice(queue.taken, queue.taken + count);
    queue.taken += seqs.length;
    if (queue.taken === queue.seqs.length) queues.delete(process);
    else if (queue.taken > manyTaken) {
      queue.seqs = queue.seqs.slice(queue.taken);
      queue.taken = 0;
    }
    return seqs;
  }

  #queue(queues: Map<string, Queue>, process: string): Queue {
    let queue = queues.get(process);
    if (queue === undefined) {
      queue = { seqs: [], taken: 0 };
      queues.set(process, queue);
    }
    return queue;
  }

  #current(): Map<string, Queue> {
    if (this.#rollbacks === this.#context.rollbacks) return this.#queues;
    const queues = new Map<string, Queue>();
    for (const row of this.#context.connection.prepare(all).iterate()) {
      this.#lastSeq = integer(row["seq"]);
      this.#queue(queues, text(row["process"])).seqs.push(this.#lastSeq);
    }
    this.#rollbacks = this.#context.rollbacks;
    this.#queues = queues;
    return queues;
  }
}
