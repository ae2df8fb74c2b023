// What a run is, to the people who ask for one.
import type { ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";

export type RunState = "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "skipped";
export const runStates: readonly RunState[] = [
  "waiting",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "skipped",
];

/** One execution of an action. `failed` is the dead-letter state: its attempts are used up. */
export interface Run {
  readonly id: string;
  readonly action: string;
  readonly params: Json;
  readonly state: RunState;
  readonly taskId?: string;
  /** The nominal time of a scheduled run; else the time of enqueueing. */
  readonly scheduledFor: Date;
  /** Not before this. */
  readonly dueAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** How often it has been tried. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly pass: number;
  readonly progress?: number;
  readonly result?: Json;
  readonly error?: ErrorData;
  /** Why it ended as it did, or why it waits. */
  readonly reason?: string;
  readonly key?: string;
  readonly fifo?: string;
  readonly priority: number;
  readonly node?: string;
  readonly parentId?: string;
  readonly tags: readonly string[];
}
