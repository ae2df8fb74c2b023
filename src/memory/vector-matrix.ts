// The vectors of one model in one piece of memory, all of length 1, and the exact search over all of them: for vectors of
// length 1 the cosine is their product. Lives in a thread, because a search looks at every number.

export interface MatrixQuery {
  readonly vector: Float32Array;
  readonly namespace?: string;
  /** Only these records, where given. */
  readonly allowed?: ReadonlySet<number>;
  /** Only records up to this number. */
  readonly point?: number;
  readonly limit: number;
}

const firstCapacity = 1_024;

export class VectorMatrix {
  readonly #dimensions: number;
  #numbers: Float32Array;
  #seqs: Float64Array;
  #namespaces: Uint32Array;
  #count = 0;
  readonly #slots = new Map<number, number>();
  readonly #names = new Map<string, number>();

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#numbers = new Float32Array(firstCapacity * dimensions);
    this.#seqs = new Float64Array(firstCapacity);
    this.#namespaces = new Uint32Array(firstCapacity);
  }

  /** In place of the one that the record has. */
  set(seq: number, namespace: string, vector: Float32Array): void {
    let slot = this.#slots.get(seq);
    if (slot === undefined) {
      if (this.#count === this.#seqs.length) this.#grow();
      slot = this.#count++;
      this.#slots.set(seq, slot);
    }
    this.#seqs[slot] = seq;
    this.#namespaces[slot] = this.#nameOf(namespace);
    this.#numbers.set(unit(vector), slot * this.#dimensions);
  }

  /** The last one moves into the gap. */
  delete(seq: number): void {
    const slot = this.#slots.get(seq);
    if (slot === undefined) return;
    this.#slots.delete(seq);
    this.#count -= 1;
    const last = this.#count;
    if (slot === last) return;
    const dimensions = this.#dimensions;
    this.#numbers.copyWithin(slot * dimensions, last * dimensions, (last + 1) * dimensions);
    this.#seqs[slot] = this.#seqs[last] ?? 0;
    this.#namespaces[slot] = this.#namespaces[last] ?? 0;
    this.#slots.set(this.#seqs[slot] ?? 0, slot);
  }

  /** The nearest records, nearest first; of equally near ones the newer. */
  nearest({ vector, namespace, allowed, point, limit }: MatrixQuery): number[] {
    const name = namespace === undefined ? undefined : this.#names.get(namespace);
    if (limit === 0 || (namespace !== undefined && name === undefined)) return [];
    const wanted = unit(vector);
    const best = new Best(limit);
    for (let slot = 0; slot < this.#count; slot++) {
      const seq = this.#seqs[slot] ?? 0;
      if (name !== undefined && this.#namespaces[slot] !== name) continue;
      if (point !== undefined && seq > point) continue;
      if (allowed !== undefined && !allowed.has(seq)) continue;
      best.offer(seq, product(this.#numbers, slot * this.#dimensions, wanted));
    }
    return best.seqs();
  }

  #nameOf(namespace: string): number {
    const known = this.#names.get(namespace);
    if (known !== undefined) return known;
    this.#names.set(namespace, this.#names.size);
    return this.#names.size - 1;
  }

  #grow(): void {
    const capacity = this.#seqs.length * 2;
    const numbers = new Float32Array(capacity * this.#dimensions);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const seqs = new Float64Array(capacity);
    seqs.set(this.#seqs);
    this.#seqs = seqs;
    const namespaces = new Uint32Array(capacity);
    namespaces.set(this.#namespaces);
    this.#namespaces = namespaces;
  }
}

/** Four sums side by side, so that the processor need not wait for one before the next. */
function product(numbers: Float32Array, from: number, other: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = other.length - (other.length % 4);
  let index = 0;
  for (; index < whole; index += 4) {
    a += (numbers[from + index] ?? 0) * (other[index] ?? 0);
    b += (numbers[from + index + 1] ?? 0) * (other[index + 1] ?? 0);
    c += (numbers[from + index + 2] ?? 0) * (other[index + 2] ?? 0);
    d += (numbers[from + index + 3] ?? 0) * (other[index + 3] ?? 0);
  }
  for (; index < other.length; index++) a += (numbers[from + index] ?? 0) * (other[index] ?? 0);
  return a + b + c + d;
}

function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const one of vector) sum += one * one;
  const length = Math.sqrt(sum);
  return length === 0 ? vector : vector.map((one) => one / length);
}

/** The best so many, kept in order: most of what is offered is refused by one comparison. */
class Best {
  readonly #limit: number;
  readonly #found: { readonly seq: number; readonly score: number }[] = [];
  #least = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(seq: number, score: number): void {
    const found = this.#found;
    if (found.length === this.#limit && score < this.#least) return;
    let place = found.length;
    while (place > 0 && isBefore({ seq, score }, found[place - 1])) place -= 1;
    found.splice(place, 0, { seq, score });
    if (found.length > this.#limit) found.pop();
    if (found.length === this.#limit) this.#least = found.at(-1)?.score ?? this.#least;
  }

  seqs(): number[] {
    return this.#found.map(({ seq }) => seq);
  }
}

interface Scored {
  readonly seq: number;
  readonly score: number;
}

function isBefore(one: Scored, other: Scored | undefined): boolean {
  if (other === undefined) return true;
  return one.score > other.score || (one.score === other.score && one.seq > other.seq);
}
