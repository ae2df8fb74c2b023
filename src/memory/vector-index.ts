// Search by meaning: exact, over a copy of the vectors in a thread, so that the main loop never stands still for it. Before
// each search the copy is told what has changed. The storage stays the truth: what the copy finds is read from there.
import { Worker } from "node:worker_threads";
import { EscapementError } from "../base/errors.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { VectorPage } from "../storage/vectors.ts";
import type { FromVectorThread, ToVectorThread } from "./vector-thread.ts";

export interface VectorQuery {
  readonly model: string;
  readonly vector: Float32Array;
  readonly namespace?: string;
  /** Marks that a record must have, beside that of the namespace. */
  readonly marks: readonly string[];
  readonly point?: number;
  readonly limit: number;
}

/** How far the copy of one model has come. */
interface Copy {
  version: number;
  point: number;
  dimensions: number | undefined;
  /** Every record that has a vector of this model, the empty ones too. */
  readonly seqs: Set<number>;
  syncing: Promise<void> | undefined;
}

const rowsPerPage = 500;

export class VectorIndex {
  readonly #storage: Pick<StorageNouns, "vectors">;
  readonly #copies = new Map<string, Copy>();
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly number[]>>();
  #worker: Worker | undefined;
  #number = 0;

  constructor(storage: Pick<StorageNouns, "vectors">) {
    this.#storage = storage;
  }

  /** How many records have a vector of this model. */
  async count(model: string): Promise<number> {
    return (await this.#sync(model)).seqs.size;
  }

  /** Records that are nearest, nearest first. Throws `memory.wrong-vector`. */
  async nearest({ model, marks, ...query }: VectorQuery): Promise<readonly number[]> {
    const copy = await this.#sync(model);
    if (copy.dimensions === undefined) return [];
    checkDimensions(query.vector.length, copy.dimensions, model);
    const allowed = marks.length === 0 ? undefined : new Set(await this.#storage.vectors.marked({ marks }));
    const worker = this.#thread();
    this.#number += 1;
    const number = this.#number;
    const answered = Promise.withResolvers<readonly number[]>();
    this.#waiting.set(number, answered);
    worker.ref();
    const message: ToVectorThread = {
      kind: "ask",
      number,
      model,
      ...query,
      ...(allowed === undefined ? {} : { allowed }),
    };
    worker.postMessage(message);
    return answered.promise;
  }

  /** The next search begins a new copy. */
  close(cause?: unknown): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#copies.clear();
    const error = new EscapementError("runtime.stopped", "The search was given up: memory was closed.", {
      cause,
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** Whoever asks while it goes on waits for the same, and then for what came meanwhile. */
  async #sync(model: string): Promise<Copy> {
    let copy = this.#copies.get(model);
    if (copy === undefined) {
      copy = { version: 0, point: 0, dimensions: undefined, seqs: new Set(), syncing: undefined };
      this.#copies.set(model, copy);
    }
    const mine = copy;
    await mine.syncing;
    mine.syncing ??= this.#catchUp(model, mine).finally(() => {
      mine.syncing = undefined;
    });
    await mine.syncing;
    return mine;
  }

  async #catchUp(model: string, copy: Copy): Promise<void> {
    for (;;) {
      const page = await this.#storage.vectors.read({
        model,
        after: copy.version,
        limit: rowsPerPage,
        gonePoint: copy.point,
      });
      this.#add(model, copy, page);
      const gone = page.gone.filter((seq) => copy.seqs.delete(seq));
      if (gone.length > 0) this.#tell({ kind: "delete", model, seqs: gone });
      copy.version = page.version;
      copy.point = page.point;
      if (page.seqs.length < rowsPerPage) return;
    }
  }

  #add(model: string, copy: Copy, { seqs, namespaces, data, empty }: VectorPage): void {
    for (const seq of seqs) copy.seqs.add(seq);
    const kept = seqs.flatMap((_, index) => (empty[index] === true ? [] : [index]));
    if (kept.length === 0) return;
    const numbers = new Float32Array(data.slice().buffer);
    copy.dimensions ??= numbers.length / kept.length;
    this.#tell({
      kind: "set",
      model,
      dimensions: copy.dimensions,
      seqs: kept.map((index) => seqs[index] ?? 0),
      namespaces: kept.map((index) => namespaces[index] ?? ""),
      numbers,
    });
  }

  #tell(message: ToVectorThread): void {
    const transfer =
      message.kind === "set" && message.numbers.buffer instanceof ArrayBuffer ? [message.numbers.buffer] : [];
    this.#thread().postMessage(message, transfer);
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const file = import.meta.url.endsWith(".ts") ? "./vector-thread.ts" : "./vector-thread.js";
    const worker = new Worker(new URL(file, import.meta.url), { name: "vectors" });
    // It holds nothing that would be lost: a process may end beside it.
    worker.unref();
    worker.on("message", ({ number, seqs }: FromVectorThread) => {
      this.#waiting.get(number)?.resolve(seqs);
      this.#waiting.delete(number);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on("error", (error) => this.close(error));
    this.#worker = worker;
    return worker;
  }
}

/** Throws `memory.wrong-vector`. */
export function checkDimensions(given: number, dimensions: number, model: string): void {
  if (given === dimensions) return;
  throw new EscapementError(
    "memory.wrong-vector",
    `Cannot compare a vector of ${given} numbers with those of model "${model}", which have ${dimensions}: give one that the same model has made.`,
    { details: { dimensions: given, expected: dimensions, model } },
  );
}

/** Throws `memory.wrong-vector` for what holds no numbers, or others than finite ones. */
export function readVector(given: unknown): Float32Array {
  const isList = given instanceof Float32Array || Array.isArray(given);
  const vector = isList ? Float32Array.from(given, Number) : new Float32Array();
  const faulty = vector.findIndex((one) => !Number.isFinite(one));
  if (vector.length > 0 && vector.length <= largestDimensions && faulty === -1) return vector;
  const why =
    faulty === -1
      ? `it has ${vector.length} numbers, and there may be 1 to ${largestDimensions}`
      : `number ${faulty} of it is ${String(vector[faulty])}`;
  throw new EscapementError("memory.wrong-vector", `Cannot read a vector: ${why}.`);
}

const largestDimensions = 16_384;
