// What `runtime.process(name, definition)` takes: the schema of the state, how it begins, and a pure handler for each
// message. Types only follow from the schemas; nothing here runs a handler.
import type { Instant } from "../base/clock.ts";
import type { Json } from "../base/json.ts";
import type { Random } from "../base/random.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import type { Effect } from "./effects.ts";

/** Read-only through and through: a handler returns a new state, it never changes the one it was given. */
export type Immutable<Value> = Value extends (...args: never[]) => unknown
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
    : Value;

/** What a handler is given beside state and input. All of it is the same whenever the message is folded again. */
export interface HandlerContext {
  /** When the message got its slot. */
  readonly now: Instant;
  /** Numbers that follow from the message and its slot. */
  readonly random: Random;
  readonly slot: number;
  /** `NAME/ID`; in the history that a fork shares, that of its origin. */
  readonly process: string;
  readonly messageId: string;
}

export interface Handled<State> {
  readonly state: Immutable<State>;
  /** Any JSON value: what the message resulted in, beside the state. */
  readonly output?: unknown;
  /** Made with `effects.enqueue`, `send`, `remember`, `publish`; committed with the state. */
  readonly effects?: readonly Effect[];
}

export interface MessageDefinition<State, Input> {
  readonly input?: StandardSchema<Input>;
  /** Pure: the same state, input and context give the same result. Never async, never changes its arguments. */
  handle(state: Immutable<State>, input: Input, ctx: HandlerContext): Handled<State>;
}

export interface ProcessOptions<State, Inputs> {
  /** Its output must be plain JSON that it accepts again. */
  readonly state: StandardSchema<State>;
  /** The state before slot 0. */
  initial(): State;
  /** Of the code. A process remembers it for each slot. Default "1". */
  readonly version?: string;
  /** A whole state is stored every so many slots, which bounds every rebuild. Default 100. */
  readonly snapshotEvery?: number;
  /** When a handler throws: record it and go on, or hold the process at that slot until `resume`. Default `continue`. */
  readonly onError?: "continue" | "park";
  /** So many messages may wait; one more is refused with `process.busy`. Default 10,000. */
  readonly inbox?: number;
  /** Makes a state of this version from one of another. Pure. */
  migrateState?(state: Json, fromVersion: string): State;
  readonly messages: { readonly [Name in keyof Inputs]: MessageDefinition<State, Inputs[Name]> };
}

/** A definition that was checked, with every default in its place; see `readDefinition`. */
export interface ProcessDefinition {
  readonly name: string;
  readonly state: StandardSchema;
  readonly version: string;
  readonly snapshotEvery: number;
  readonly onError: "continue" | "park";
  readonly inbox: number;
  readonly messages: ReadonlyMap<string, AnyMessage>;
  readonly initial: () => unknown;
  migrateState?(state: Json, fromVersion: string): unknown;
}

/** A message whose types are not known here. */
export interface AnyMessage {
  readonly input?: StandardSchema;
  handle(state: unknown, input: unknown, ctx: HandlerContext): unknown;
}

/** A definition written apart from `runtime.process`, with all its types: to be shared, or to replay with. */
export function defineProcess<State, Inputs>(
  options: ProcessOptions<State, Inputs>,
): ProcessOptions<State, Inputs> {
  return options;
}
