// The port to whatever turns text into vectors. Only vectors of one model can be compared, so the model is a part of it.

export interface Embedder {
  /** Which vectors can be compared: another name, another meaning. */
  readonly model: string;
  /** How many texts at once. Default 64. */
  readonly batch?: number;
  /** A vector for each text, in their order, all of one length. */
  embed(
    texts: readonly string[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly (Float32Array | readonly number[])[]>;
}
