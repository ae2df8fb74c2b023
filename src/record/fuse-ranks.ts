// Several rankings as one, by reciprocal ranks (Cormack, Clarke and Büttcher 2009): what stands high in any of them
// comes out high, and scores of different kinds are never compared.

const smoothing = 60;

export interface FusedRank<Ranker extends string> {
  readonly seq: number;
  /** The sum of 1 / (60 + rank) over the rankings in which it stands. */
  readonly score: number;
  /** From 1. */
  readonly ranks: Readonly<Partial<Record<Ranker, number>>>;
}

/** Best first; of equals the newer. Each ranking is a list of sequence numbers, best first. */
export function fuseRanks<Ranker extends string>(
  rankings: ReadonlyMap<Ranker, readonly number[]>,
  limit: number,
): FusedRank<Ranker>[] {
  interface Found {
    score: number;
    readonly ranks: Partial<Record<Ranker, number>>;
  }
  const found = new Map<number, Found>();
  for (const [ranker, seqs] of rankings) {
    seqs.forEach((seq, index) => {
      const one: Found = found.get(seq) ?? { score: 0, ranks: {} };
      one.score += 1 / (smoothing + index + 1);
      one.ranks[ranker] = index + 1;
      found.set(seq, one);
    });
  }
  return Array.from(found, ([seq, one]) => ({ seq, ...one }))
    .sort((one, other) => other.score - one.score || other.seq - one.seq)
    .slice(0, limit);
}
