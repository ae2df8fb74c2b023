// The entry of the thread that searches vectors: it keeps the matrix of each model, is told what changes, and answers.
import { parentPort } from "node:worker_threads";
import { VectorMatrix, type MatrixQuery } from "./vector-matrix.ts";

export type ToVectorThread =
  | {
      readonly kind: "set";
      readonly model: string;
      readonly dimensions: number;
      readonly seqs: readonly number[];
      readonly namespaces: readonly string[];
      readonly numbers: Float32Array;
    }
  | { readonly kind: "delete"; readonly model: string; readonly seqs: readonly number[] }
  | ({ readonly kind: "ask"; readonly number: number; readonly model: string } & MatrixQuery);

export interface FromVectorThread {
  readonly number: number;
  readonly seqs: readonly number[];
}

if (parentPort !== null) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
  const matrices = new Map<string, VectorMatrix>();
  port.on("message", (message: ToVectorThread) => {
    let matrix = matrices.get(message.model);
    switch (message.kind) {
      case "set":
        if (matrix === undefined) {
          matrix = new VectorMatrix(message.dimensions);
          matrices.set(message.model, matrix);
        }
        return add(matrix, message);
      case "delete":
        for (const seq of message.seqs) matrix?.delete(seq);
        return;
      case "ask": {
        const seqs = matrix?.nearest(message) ?? [];
        return port.postMessage({ number: message.number, seqs } satisfies FromVectorThread);
      }
    }
  });
}

function add(
  matrix: VectorMatrix,
  { seqs, namespaces, numbers, dimensions }: Extract<ToVectorThread, { kind: "set" }>,
): void {
  seqs.forEach((seq, index) => {
    matrix.set(seq, namespaces[index] ?? "", numbers.subarray(index * dimensions, (index + 1) * dimensions));
  });
}
