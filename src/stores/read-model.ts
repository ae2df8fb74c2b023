// What this node remembers of a store, so that most reads ask nobody. It holds what was read or written here, never what
// somebody has changed since as far as this node has heard, and never more than its share of memory.
import type { DocumentRow } from "../document/change.ts";

/** Half of this many characters of JSON is kept for certain, beside what was used last. */
const largest = 32_000_000;
/** What a document costs beside its text. */
const overhead = 500;

interface Entry {
  readonly row: DocumentRow;
}

/** A read or a write under way, and the newest version of its key that was heard of meanwhile. */
export interface UnderWay {
  readonly key: string;
  newest: number;
}

export class ReadModel<Held extends Entry> {
  /** What was used since the last turn, and what was used before; a turn forgets what was not used for two of them. */
  #young = new Map<string, Held>();
  #old = new Map<string, Held>();
  #weight = 0;
  readonly #underWay = new Map<string, Set<UnderWay>>();

  get(key: string): Held | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old;
  }

  /** To be ended with `end`, whatever becomes of it. */
  begin(key: string): UnderWay {
    const token = { key, newest: 0 };
    const tokens = this.#underWay.get(key) ?? new Set();
    this.#underWay.set(key, tokens.add(token));
    return token;
  }

  /** Remembers what came of it, unless something newer is known of. */
  end(token: UnderWay, held: Held | undefined): void {
    const tokens = this.#underWay.get(token.key);
    tokens?.delete(token);
    if (tokens?.size === 0) this.#underWay.delete(token.key);
    if (held === undefined || token.newest > held.row.version) return;
    const known = this.get(token.key);
    if (known === undefined || known.row.version < held.row.version) this.#keep(token.key, held);
  }

  /** There is this version by now; undefined: the document is gone, or nobody knows. */
  hear(key: string, version: number | undefined): void {
    const known = this.get(key)?.row.version;
    // What was heard of late is known already.
    if (version !== undefined && known !== undefined && known >= version) return;
    this.#young.delete(key);
    this.#old.delete(key);
    for (const token of this.#underWay.get(key) ?? [])
      token.newest = Math.max(token.newest, version ?? Number.POSITIVE_INFINITY);
  }

  /** Nobody knows what has changed. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#weight = 0;
    for (const key of this.#underWay.keys()) this.hear(key, undefined);
  }

  #keep(key: string, held: Held): void {
    this.#weight += held.row.body.length + overhead;
    if (this.#weight > largest / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = held.row.body.length + overhead;
    }
    this.#young.set(key, held);
  }
}
