// A cell: one typed state under a ref of memory. Each state is a record that follows from the one before it, so a save is
// one append that moves the ref, undoing is moving it back, and a branch is a second ref.
import { EscapementError, invalidInput } from "../base/errors.ts";
import { freezeDeep } from "../base/freeze-deep.ts";
import { decodeJson, encodeJson } from "../base/json.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import { validate } from "../base/validate.ts";
import type { CellMemory } from "./cell-memory.ts";

/** Where a cell is kept: `{ memory: runtime.memory, name: "state/counter" }`, in a transaction with its memory. */
export interface CellRef {
  readonly memory: CellMemory;
  readonly name: string;
}

export interface CellOptions<Schema extends StandardSchema> {
  readonly schema: Schema;
  /** What the state is before it was ever saved. */
  readonly initial: NonNullable<Schema["~standard"]["types"]>["input"];
}

export interface Abortable {
  readonly signal?: AbortSignal;
}

/** A state, frozen all the way down, and the id of its record; null for one that was never saved. */
export interface Versioned<State> {
  readonly value: State;
  readonly version: string | null;
}

export interface Cell<State> {
  readonly name: string;
  /** Throws `cell.invalid` for a state that the schema refuses, as when it was kept under an older one. */
  load(options?: Abortable): Promise<Versioned<State>>;
  /**
   * Puts a state in the place of the one with the version `expected`; resolves to its version. The same state makes no
   * new one. Throws `cell.conflict` when the cell has another version by now, and `cell.invalid`, keeping the old state.
   */
  save(value: State, expected: string | null, options?: Abortable): Promise<string | null>;
  /** All states that led to the one of now, oldest first. */
  history(options?: Abortable): AsyncIterable<Versioned<State>>;
  /** Work on this cell, one piece after the other as far as this object goes. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
}

export type StateOf<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

export function cell<Schema extends StandardSchema>(
  ref: CellRef,
  options: CellOptions<Schema>,
): Cell<StateOf<Schema>>;
export function cell(ref: CellRef, { schema, initial }: CellOptions<StandardSchema>): Cell<unknown> {
  return new MemoryCell(ref, schema, initial);
}

/** States are no memories: who lists or searches those does not want them, unless asked for by this namespace. */
const namespace = "cell";

class MemoryCell<State> implements Cell<State> {
  readonly name: string;
  readonly #memory: CellMemory;
  readonly #schema: StandardSchema<State>;
  readonly #initial: unknown;
  readonly #queue = new KeyedQueue();

  constructor({ memory, name }: CellRef, schema: StandardSchema<State>, initial: unknown) {
    this.name = name;
    this.#memory = memory;
    this.#schema = schema;
    this.#initial = initial;
  }

  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#queue.run("", work);
  }

  async load({ signal }: Abortable = {}): Promise<Versioned<State>> {
    signal?.throwIfAborted();
    const version = await this.#memory.refs.get(this.name);
    return { value: await this.#read(await this.#kept(version), version), version };
  }

  async save(value: State, expected: string | null, { signal }: Abortable = {}): Promise<string | null> {
    signal?.throwIfAborted();
    const text = await this.#encode(value);
    const before = await this.#memory.refs.get(this.name);
    if (before !== expected) throw this.#conflict(expected, before);
    if (text === (await this.#encode(await this.#kept(expected)))) return expected;
    try {
      const { record } = await this.#memory.append(
        { namespace, content: { state: decodeJson(text) }, parents: expected === null ? [] : [expected] },
        { advance: { ref: this.name, expected } },
      );
      return record.id;
    } catch (error) {
      if (!EscapementError.is(error) || error.code !== "memory.conflict") throw error;
      throw this.#conflict(expected, await this.#memory.refs.get(this.name), error);
    }
  }

  async *history({ signal }: Abortable = {}): AsyncGenerator<Versioned<State>, void, undefined> {
    const head = await this.#memory.refs.get(this.name);
    if (head === null) return;
    const { records } = await this.#memory.lineage(head);
    for (const record of records) {
      signal?.throwIfAborted();
      if ("content" in record)
        yield { value: await this.#read(stateIn(record), record.id), version: record.id };
    }
  }

  /** The state as it was kept, or the initial one. */
  async #kept(version: string | null): Promise<unknown> {
    if (version === null) return this.#initial;
    const record = await this.#memory.get(version);
    if (record !== undefined) return stateIn(record);
    throw new EscapementError(
      "cell.invalid",
      `Cell "${this.name}" stands on record ${version}, which is not kept: move its ref to one that is.`,
    );
  }

  /** A copy of its own for everybody, frozen as far as freezing goes. */
  async #read(kept: unknown, version: string | null): Promise<State> {
    const checked = await validate(this.#schema, decodeJson(encodeJson(kept)));
    if ("issues" in checked) {
      const what = version === null ? "its initial state" : `its state ${version}`;
      throw invalidInput(
        "cell.invalid",
        `The schema of cell "${this.name}" refuses ${what}.`,
        checked.issues,
      );
    }
    freezeDeep(checked.value);
    return checked.value;
  }

  async #encode(value: unknown): Promise<string> {
    const checked = await validate(this.#schema, value);
    if ("issues" in checked)
      throw invalidInput(
        "cell.invalid",
        `The schema of cell "${this.name}" refuses the state.`,
        checked.issues,
      );
    return encodeJson(checked.value);
  }

  #conflict(expected: string | null, found: string | null, cause?: unknown): EscapementError {
    return new EscapementError(
      "cell.conflict",
      `Cannot save cell "${this.name}": it has version ${found ?? "none"}, not ${expected ?? "none"}. Load it again and decide anew.`,
      { details: { cell: this.name, expected, found }, ...(cause === undefined ? {} : { cause }) },
    );
  }
}

function stateIn({ content }: { readonly content: unknown }): unknown {
  return typeof content === "object" && content !== null && "state" in content ? content.state : undefined;
}
