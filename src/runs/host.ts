// What the context of a handler may ask of the node that runs it. The desk answers here, a proxy of it in a thread.
import type { ChildOptions } from "../actions/run-context.ts";
import type { Clock } from "../base/clock.ts";
import type { Json } from "../base/json.ts";
import type { Memory } from "../memory/memory.ts";
import type { MemoryView } from "../memory/memory-view.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { StepRecord } from "../storage/steps.ts";
import type { StoresView } from "../stores/stores.ts";

/** A step that was completed just now. */
export interface StepResult extends Pick<StepRecord, "name" | "parent" | "result"> {
  readonly durationMs: number;
}

export interface Child {
  readonly action: string;
  readonly input: Json;
  readonly options: ChildOptions & { readonly key: string };
}

export interface Host {
  readonly clock: Pick<Clock, "now" | "timer">;
  /** The most bytes that a result, an input or the data of a line may have. */
  readonly payloadLimit: number;
  log(run: ClaimedRun, message: string, data: Json | undefined): void;
  /** This and all that follow throw `run.stale`, or `run.cancelled`, when the run is no longer held by the attempt. */
  progress(run: ClaimedRun, fraction: number, note: string | undefined): Promise<void>;
  heartbeat(run: ClaimedRun): Promise<void>;
  stores(run: ClaimedRun): StoresView;
  loadSteps(run: ClaimedRun): Promise<readonly StepRecord[]>;
  saveStep(run: ClaimedRun, step: StepResult): Promise<void>;
  /** Resolves to the id of the child, which is the same however often it is asked for under one key. */
  enqueue(run: ClaimedRun, child: Child): Promise<string>;
  memory(run: ClaimedRun): MemoryView;
}

/** The host in the thread of the node itself, which answers for those in other threads. */
export interface NodeHost extends Host {
  memory(run: ClaimedRun): Memory;
}
