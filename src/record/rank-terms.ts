// Which records fit a text best: those with the rarest of its terms, and of equals the newer. Asks an index only for
// the newest records that have some terms, which every index can tell quickly; so the cost does not grow with the number
// of records, and two engines that answer alike rank alike.
// Terms that few records have are known completely. Of common ones the newest are known, and of the records with a rare
// term also which of the common ones they have. Never scores a record for a term that it does not have.

/** The newest records that have all of these terms and, where given, one of those. */
export interface TermQuestion {
  readonly all: readonly string[];
  readonly any?: readonly string[];
  readonly limit: number;
}

export interface ScoredRecord {
  readonly seq: number;
  readonly score: number;
}

/** A term is rare while fewer records than this have it. */
const rareBelow = 1_000;
/** A text is searched by so many of its terms at most. */
export const largestTermCount = 24;

type Answers = readonly (readonly number[])[];

/** Yields questions, is given their answers (sequence numbers, newest first), returns the best records, best first. */
export function* rankTerms(
  terms: readonly string[],
  options: { readonly limit: number; readonly newest: number },
): Generator<readonly TermQuestion[], readonly ScoredRecord[], Answers> {
  const { limit, newest } = options;
  const asked = terms.slice(0, largestTermCount);
  if (asked.length === 0 || limit === 0) return [];
  const lists = yield asked.map((term) => ({ all: [term], limit: Math.max(rareBelow, limit) }));
  const known = asked
    .map((term, index): Known =>
      judge(term, 1 << index, lists[index] ?? [], Math.max(rareBelow, limit), newest),
    )
    .filter(({ seqs }) => seqs.length > 0);
  const found = new Map<number, number>();
  for (const { seqs, bit } of known) note(found, seqs, bit);
  const common = known.filter(({ rare }) => !rare).toSorted((one, other) => other.weight - one.weight);
  const questions = furtherQuestions(known, common, limit);
  if (questions.length > 0) {
    const answers = yield questions.map(({ question }) => question);
    questions.forEach(({ bits }, index) => note(found, answers[index] ?? [], bits));
  }
  return best(found, known, limit);
}

interface Known {
  readonly term: string;
  readonly bit: number;
  readonly seqs: readonly number[];
  readonly rare: boolean;
  readonly weight: number;
}

/** How many records have a common term is told by how densely the newest of them follow each other. */
function judge(term: string, bit: number, seqs: readonly number[], asked: number, newest: number): Known {
  const rare = seqs.length < asked;
  const oldest = seqs.at(-1) ?? newest;
  const count = rare ? seqs.length : (seqs.length * newest) / Math.max(1, newest - oldest + 1);
  return { term, bit, seqs, rare, weight: Math.log(1 + (newest + 1) / Math.max(1, count)) };
}

interface Further {
  readonly question: TermQuestion;
  /** What a record has that answers it. */
  readonly bits: number;
}

function furtherQuestions(known: readonly Known[], common: readonly Known[], limit: number): Further[] {
  const rare = known.filter((one) => one.rare);
  const beside = common.map(({ term, bit }) => ({
    question: { all: [term], any: rare.map((one) => one.term), limit: rare.length * rareBelow },
    bits: bit,
  }));
  const together = common.slice(1).map((_, index) => {
    const first = common.slice(0, index + 2);
    return {
      question: { all: first.map(({ term }) => term), limit },
      bits: first.reduce((bits, { bit }) => bits | bit, 0),
    };
  });
  return [...(rare.length > 0 ? beside : []), ...together];
}

function note(found: Map<number, number>, seqs: readonly number[], bits: number): void {
  for (const seq of seqs) found.set(seq, (found.get(seq) ?? 0) | bits);
}

function best(found: ReadonlyMap<number, number>, known: readonly Known[], limit: number): ScoredRecord[] {
  const scores = new Map<number, number>();
  const scoreOf = (bits: number): number => {
    let score = scores.get(bits);
    if (score === undefined) {
      score = known.reduce((sum, { bit, weight }) => ((bits & bit) === 0 ? sum : sum + weight), 0);
      scores.set(bits, score);
    }
    return score;
  };
  return Array.from(found, ([seq, bits]) => ({ seq, score: scoreOf(bits) }))
    .sort((one, other) => other.score - one.score || other.seq - one.seq)
    .slice(0, limit);
}
