// Named heads: what changes in a memory where nothing else does. A ref stands on a record, is moved by compare-and-set,
// and every move of it can be read.
import type { Clock } from "../base/clock.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { Cause } from "../storage/records.ts";
import type { Page } from "../storage/runs.ts";
import { abortable, type Abortable } from "./abortable.ts";
import { invalid, readId, readName } from "./new-record.ts";
import { readCursor, readLimit } from "./list-options.ts";

export interface Ref {
  readonly name: string;
  /** The id of a record. */
  readonly target: string;
}

export interface RefMoved {
  readonly seq: number;
  readonly at: Date;
  readonly from: string | null;
  readonly to: string | null;
  readonly actor: string;
}

export interface ListRefsOptions extends Abortable {
  /** Only names that begin so. */
  readonly prefix?: string;
  /** The `next` of the page before. */
  readonly after?: string;
  /** Default 100. */
  readonly limit?: number;
}

/** Where refs stand, now or at a point. */
export class RefReader {
  readonly #refs: StorageNouns["refs"];
  readonly #point: number | undefined;

  constructor(refs: StorageNouns["refs"], point?: number) {
    this.#refs = refs;
    this.#point = point;
  }

  /** The id on which it stands; null for nowhere. */
  async get(name: string, { signal }: Abortable = {}): Promise<string | null> {
    const request = { name: readRefName(name), ...this.#at() };
    return abortable(signal, () => this.#refs.get(request));
  }

  async list(options: ListRefsOptions = {}): Promise<Page<Ref>> {
    const { prefix = "", after, signal } = options;
    const limit = readLimit(options.limit);
    if (limit === 0) return { items: [] };
    const rows = await abortable(signal, () =>
      this.#refs.list({ prefix, limit: limit + 1, ...(after === undefined ? {} : { after }), ...this.#at() }),
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return rows.length > limit && last !== undefined ? { items, next: last.name } : { items };
  }

  #at(): { readonly point?: number } {
    return this.#point === undefined ? {} : { point: this.#point };
  }
}

export class Refs {
  readonly #refs: StorageNouns["refs"];
  readonly #reader: RefReader;
  readonly #clock: Clock;
  readonly #cause: Omit<Cause, "now">;

  constructor(refs: StorageNouns["refs"], clock: Clock, cause: Omit<Cause, "now">) {
    this.#refs = refs;
    this.#reader = new RefReader(refs);
    this.#clock = clock;
    this.#cause = cause;
  }

  /** The id on which it stands; null for nowhere. */
  get(name: string, options: Abortable = {}): Promise<string | null> {
    return this.#reader.get(name, options);
  }

  /** By name. */
  list(options: ListRefsOptions = {}): Promise<Page<Ref>> {
    return this.#reader.list(options);
  }

  /**
   * Moves a ref from `expected` to `to`; null means nowhere, before or after. Throws `memory.conflict` when it stands
   * elsewhere, `memory.not-found` and `memory.forgotten` for the record where it shall stand.
   */
  async set(
    name: string,
    to: string | null,
    expected: string | null,
    options: Abortable & { readonly actor?: string } = {},
  ): Promise<void> {
    const { signal, actor } = options;
    const move = readMove(name, to, expected);
    const cause = { ...this.#cause, ...(actor === undefined ? {} : { actor }) };
    return abortable(signal, () => this.#refs.set({ move, ...cause, now: this.#clock.now() }));
  }

  /** Its moves, newest first. */
  async log(
    name: string,
    options: Abortable & { readonly after?: string; readonly limit?: number } = {},
  ): Promise<Page<RefMoved>> {
    const limit = readLimit(options.limit);
    const before = readCursor(options.after);
    if (limit === 0) return { items: [] };
    const rows = await abortable(options.signal, () =>
      this.#refs.log({
        name: readRefName(name),
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
      }),
    );
    const items = rows
      .slice(0, limit)
      .map(({ seq, at, from, to, actor }) => ({ seq, at: new Date(at), from, to, actor }));
    const last = items.at(-1);
    return rows.length > limit && last !== undefined ? { items, next: String(last.seq) } : { items };
  }
}

export function readMove(
  name: string,
  to: string | null,
  expected: string | null,
): { readonly name: string; readonly to: string | null; readonly expected: string | null } {
  if (expected === undefined)
    throw invalid(
      `Cannot move ref ${JSON.stringify(name)} without knowing where it stands: give the id you expect, or null for nowhere.`,
    );
  return {
    name: readRefName(name),
    to: to === null ? null : readId(to),
    expected: expected === null ? null : readId(expected),
  };
}

function readRefName(name: unknown): string {
  return readName(name, "a ref", 500);
}
