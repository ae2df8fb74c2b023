// What a database must keep of vectors: one for each record at most, with the model that it is of. Only vectors of one
// model can be held against each other.
import type { RecordRow } from "./records.ts";

/** 32-bit floats, little endian; empty for a record in which there is nothing to be understood. */
export interface VectorRow {
  readonly seq: number;
  readonly data: Uint8Array;
}

/** What has changed among the vectors of a model, in pages. */
export interface VectorPage {
  readonly seqs: readonly number[];
  readonly namespaces: readonly string[];
  /** The vectors, one after the other; those that are empty take no room. */
  readonly data: Uint8Array;
  /** For each whether it is empty. */
  readonly empty: readonly boolean[];
  /** The version of the last of them; pass it on as `after`. */
  readonly version: number;
  /** Records that were forgotten since the point that was asked for. */
  readonly gone: readonly number[];
  /** The point up to which `gone` is told. */
  readonly point: number;
}

export interface VectorStorage {
  /** Keeps vectors of records that can be seen; each takes the place of the one before. Resolves to how many were kept. */
  put(request: { readonly model: string; readonly vectors: readonly VectorRow[] }): Promise<number>;
  read(request: {
    readonly model: string;
    readonly after: number;
    readonly limit: number;
    readonly gonePoint: number;
  }): Promise<VectorPage>;
  /** Records with text that have no vector of this model, oldest first, behind a number. */
  missing(request: {
    readonly model: string;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly RecordRow[]>;
  /** How many records with text can be seen, and how many numbers a vector of this model has, where there is one. */
  texts(request: {
    readonly model: string;
  }): Promise<{ readonly count: number; readonly dimensions?: number }>;
  /** Of these marks the records that can be seen, newest first. */
  marked(request: { readonly marks: readonly string[] }): Promise<readonly number[]>;
}
