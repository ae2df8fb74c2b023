// The random port: the only way to draw a number. `escapement/testing` has a seeded one.

export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };
