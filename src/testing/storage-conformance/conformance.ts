// The words in which the suites of the storage conformance are written. Any runner will do: all that is asked of it is
// a function that takes a name and a body, and its `skip`. Rules are numbered in docs/spec/storage.md.
import type { Storage } from "../../storage/storage.ts";
import type { World } from "./world.ts";

/** A storage with nothing in it, and the ways to its data that the port itself does not have. */
export interface StorageFixture {
  /** Not open yet. */
  readonly storage: Storage;
  /** Another storage over the same data, to be opened when this one is closed. */
  readonly reopen?: () => Storage;
  /** Changes the data behind the engine's back, while no storage is open on it. */
  readonly execute?: (sql: string) => void | Promise<void>;
  /** Takes the data away. The suite has closed the storage. */
  readonly dispose?: () => void | Promise<void>;
}

/** `test` of vitest, of node:test, or of any runner with this shape. */
export interface TestFunction {
  (name: string, body: () => Promise<void>): unknown;
  skip(name: string, body: () => Promise<void>): unknown;
}

export interface ConformanceOptions {
  readonly test: TestFunction;
  readonly makeStorage: () => Storage | StorageFixture | Promise<Storage | StorageFixture>;
  /** Rules that cannot hold for this engine, by id, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
  /** Seeds of the random suites; more of them find more. */
  readonly seeds?: readonly number[];
}

/** Defines one test: a name that begins with the id of its rule, and a body in a world of its own. */
export type Rule = (name: string, body: (world: World) => Promise<void>) => void;
