// Where the messages wait that were not handled yet. The writer is the only one who adds and takes them, so it knows by
// heart what an index would have to be kept for, at several times the cost of the rows themselves. Read from the table
// when it is opened, and after a change was taken back. Rows of handled messages go in stretches, not one by one.
import { integer, text, type Row } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

/** The rows of one process in the order of their slots; those before `taken` were handled. */
interface Queue {
  seqs: number[];
  /** Each message as it is kept when it is handled; absent where it has to be read. */
  texts: (string | undefined)[];
  taken: number;
}

const all = "SELECT seq, process, slot FROM message ORDER BY slot, seq";
/** What was handled, but not removed yet when the writer ended. */
const removeHandled = `DELETE FROM message WHERE EXISTS
  (SELECT 1 FROM process WHERE process.id = message.process AND message.slot < process.folded)`;
const removeBefore = "DELETE FROM message WHERE seq < ?";
const removeListed = "DELETE FROM message WHERE seq IN (SELECT value FROM json_each(?))";
const read = "SELECT id, name, input, at, chain, actor, key, parent FROM message WHERE seq = ?";
const move = "UPDATE message SET seq = ? WHERE seq = ? RETURNING process";
/** Gaps at the front of a list are closed when they have grown to this. */
const manyTaken = 1_024;
/** Characters kept in memory, so that a message need not be read again when it is handled. */
const mostText = 33_554_432;

export interface PendingLimits {
  /** Behind a message that waits for long, handled ones are removed one by one when there are so many of them. */
  readonly manyBehind: number;
  /** When rows lie so far apart, those that wait for long are moved to the end, so that the rest can be forgotten. */
  readonly longest: number;
  /** So many rows are removed or moved at once. */
  readonly atOnce: number;
}

const usualLimits: PendingLimits = { manyBehind: 20_000, longest: 100_000, atOnce: 500 };

const waits = 0;
const isHandled = 1;
const isRemoved = 2;

export class PendingMessages {
  readonly #context: WriteContext;
  readonly #limits: PendingLimits;
  #queues = new Map<string, Queue>();
  #isKnown = false;
  /** Something changed that is not committed yet. */
  #isChanged = false;
  #lastSeq = 0;
  /** All rows before this one are removed. */
  #first = 1;
  /** What became of the rows from the first on. */
  #marks: number[] = [];
  #handled = 0;
  #waiting = 0;
  #textSize = 0;

  constructor(context: WriteContext, limits: PendingLimits = usualLimits) {
    this.#context = context;
    this.#limits = limits;
    context.witnesses.push({
      committed: () => void (this.#isChanged = false),
      rolledBack: () => void (this.#isKnown &&= !this.#isChanged),
    });
  }

  /** The number of the row of one more message of the process, which will be kept as `kept`. */
  add(process: string, kept: string): number {
    const queues = this.#current();
    const queue = this.#queue(queues, process);
    this.#isChanged = true;
    this.#lastSeq += 1;
    this.#marks.push(waits);
    this.#waiting += 1;
    queue.seqs.push(this.#lastSeq);
    const isKept = this.#textSize < mostText;
    if (isKept) this.#textSize += kept.length;
    queue.texts.push(isKept ? kept : undefined);
    return this.#lastSeq;
  }

  /** Rows of the process, from the `skip`th that waits on. */
  peek(process: string, skip: number, limit: number): readonly number[] {
    const queue = this.#current().get(process);
    return queue === undefined ? [] : queue.seqs.slice(queue.taken + skip, queue.taken + skip + limit);
  }

  /** The row of the last message that waits. */
  last(process: string): number | undefined {
    return this.#current().get(process)?.seqs.at(-1);
  }

  /** The first messages of the process, which wait no longer: each as it is to be kept. */
  take(process: string, count: number): readonly string[] {
    const queues = this.#current();
    const queue = queues.get(process);
    if (queue === undefined) return [];
    this.#isChanged = true;
    const end = Math.min(queue.seqs.length, queue.taken + count);
    const kept: string[] = [];
    for (let index = queue.taken; index < end; index++) {
      const seq = queue.seqs[index] ?? 0;
      const known = queue.texts[index];
      kept.push(known ?? this.#read(seq));
      if (known !== undefined) this.#textSize -= known.length;
      this.#marks[seq - this.#first] = isHandled;
      queue.texts[index] = undefined;
    }
    this.#handled += end - queue.taken;
    this.#waiting -= end - queue.taken;
    queue.taken = end;
    if (queue.taken === queue.seqs.length) queues.delete(process);
    else if (queue.taken > manyTaken) {
      queue.seqs = queue.seqs.slice(queue.taken);
      queue.texts = queue.texts.slice(queue.taken);
      queue.taken = 0;
    }
    return kept;
  }

  /** Removes rows that were handled, as far as that is cheap. */
  sweep(): void {
    this.#current();
    this.#isChanged = true;
    const { manyBehind, longest } = this.#limits;
    if (this.#marks.length > longest && this.#marks.length > 4 * this.#waiting) this.#moveOldest();
    let count = 0;
    while (count < this.#marks.length && this.#marks[count] !== waits) count++;
    if (count > 0) {
      for (let index = 0; index < count; index++) if (this.#marks[index] === isHandled) this.#handled -= 1;
      this.#marks.splice(0, count);
      this.#first += count;
      this.#context.connection.run(removeBefore, this.#first);
    } else if (this.#handled > manyBehind) this.#removeSome();
  }

  #removeSome(): void {
    const seqs = this.#oldest(isHandled);
    for (const seq of seqs) this.#marks[seq - this.#first] = isRemoved;
    this.#handled -= seqs.length;
    this.#context.connection.run(removeListed, JSON.stringify(seqs));
  }

  /** Those that have waited longest keep their place in the line of their process, whatever the number of their row. */
  #moveOldest(): void {
    for (const seq of this.#oldest(waits)) {
      this.#lastSeq += 1;
      const row = this.#context.connection.get(move, this.#lastSeq, seq);
      const queue = this.#queues.get(text(row?.["process"]));
      const index = queue?.seqs.indexOf(seq, queue.taken) ?? -1;
      if (queue !== undefined && index >= 0) queue.seqs[index] = this.#lastSeq;
      this.#marks[seq - this.#first] = isRemoved;
      this.#marks.push(waits);
    }
  }

  #oldest(mark: number): readonly number[] {
    const seqs: number[] = [];
    for (let index = 0; seqs.length < this.#limits.atOnce && index < this.#marks.length; index++)
      if (this.#marks[index] === mark) seqs.push(this.#first + index);
    return seqs;
  }

  #read(seq: number): string {
    return keptOf(this.#context.connection.get(read, seq) ?? {});
  }

  #queue(queues: Map<string, Queue>, process: string): Queue {
    let queue = queues.get(process);
    if (queue === undefined) {
      queue = { seqs: [], texts: [], taken: 0 };
      queues.set(process, queue);
    }
    return queue;
  }

  #current(): Map<string, Queue> {
    if (this.#isKnown) return this.#queues;
    const { connection } = this.#context;
    connection.run(removeHandled);
    this.#queues = new Map();
    const seqs: number[] = [];
    for (const row of connection.prepare(all).iterate()) {
      const queue = this.#queue(this.#queues, text(row["process"]));
      queue.seqs.push(integer(row["seq"]));
      queue.texts.push(undefined);
      seqs.push(integer(row["seq"]));
    }
    this.#handled = this.#textSize = 0;
    this.#waiting = seqs.length;
    // Numbers are not given twice, or a row could be taken for one that was removed.
    this.#lastSeq = seqs.reduce((last, seq) => Math.max(last, seq), this.#lastSeq);
    this.#first = seqs.reduce((first, seq) => Math.min(first, seq), this.#lastSeq + 1);
    this.#marks = Array.from({ length: this.#lastSeq + 1 - this.#first }, () => isRemoved);
    for (const seq of seqs) this.#marks[seq - this.#first] = waits;
    this.#isKnown = true;
    return this.#queues;
  }
}

/** A message in a row of `fold`: JSON of what does not follow from its place, in the order of storage/process-row.ts. */
function keptOf(row: Row): string {
  const columns = ["id", "name", "input", "at", "chain", "actor", "key", "parent"];
  return JSON.stringify(columns.map((column) => row[column]));
}
