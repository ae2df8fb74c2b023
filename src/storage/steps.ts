// What a database must keep of durable steps: the result of each piece of work inside a run, under its name, so that no
// later attempt does it again. A step is kept once and never changed; it goes when retention deletes its run.
import type { Instant } from "../base/clock.ts";

/** A step as kept. Each pass of a run has steps of its own. */
export interface StepRecord {
  /** Unique in its pass. Those of sleeps begin with `sleep:`, those of child runs with `enqueue:`. */
  readonly name: string;
  /** The step inside whose function this one was asked for. */
  readonly parent?: string;
  /** JSON text: what the function returned, when the sleep is over, the id of the child. */
  readonly result: string;
  readonly attempt: number;
  /** When it was completed. */
  readonly at: Instant;
}

/** A step about to be kept. */
export interface NewStep extends StepRecord {
  readonly runId: string;
  readonly fence: number;
  readonly pass: number;
  readonly durationMs: number;
}

export interface StepStorage {
  /**
   * Keeps each step whose run is held by the node under that fence and at that pass. Resolves, in the order given, to which were:
   * of the others nothing changes but the journal. A name that is kept already stays as it is.
   */
  save(request: { readonly node: string; readonly steps: readonly NewStep[] }): Promise<readonly boolean[]>;
  /** In the order in which they were completed. */
  load(request: { readonly runId: string; readonly pass: number }): Promise<readonly StepRecord[]>;
}
