// The policies of a task with every default filled in. Defaults are applied here and nowhere else,
// so that a stored definition keeps saying only what its author chose.
import type { DayMatch, DstPreset } from "../cron/cron.ts";
import type { IntervalKind } from "../schedule/schedule-definition.ts";
import type { Missed, Overlap, TaskDefinition } from "./task.ts";

/** A time that is no later than this is on time: it runs whatever the missed policy says. */
export const graceMs = 60_000;

export interface EffectivePolicy {
  readonly timezone: string;
  readonly dst: DstPreset;
  readonly dayMatch: DayMatch;
  readonly every: IntervalKind;
  readonly overlap: Overlap;
  /** Runs of the task that may run at the same moment; `null` is no bound. */
  readonly maxConcurrent: number | null;
  readonly missed: Missed;
  /** A time later than this never runs. At least `graceMs`; with missed "none" exactly that. */
  readonly missedWindowMs: number;
  /** How many of the times that are due at one moment may run; 1 unless missed is "all". */
  readonly missedLimit: number;
  readonly jitterMs: number;
  readonly maxRuns: number | null;
  readonly passes: number;
  readonly pauseOnFailure: boolean;
  readonly priority: number;
  readonly tags: readonly string[];
}

const dayMs = 86_400_000;

export function effectivePolicy(definition: TaskDefinition): EffectivePolicy {
  const overlap = definition.overlap ?? "skip";
  const missed = definition.missed ?? "latest";
  return {
    timezone: definition.timezone ?? "UTC",
    dst: definition.dst ?? "vixie",
    dayMatch: definition.dayMatch ?? "or",
    every: definition.every ?? "elapsed",
    overlap,
    maxConcurrent: definition.maxConcurrent ?? (overlap === "allow" ? null : 1),
    missed,
    missedWindowMs: missed === "none" ? graceMs : Math.max(graceMs, definition.missedWindow ?? dayMs),
    missedLimit: missed === "all" ? (definition.missedLimit ?? 100) : 1,
    jitterMs: definition.jitter ?? 0,
    maxRuns: definition.maxRuns ?? null,
    passes: definition.passes ?? 1,
    pauseOnFailure: definition.pauseOnFailure ?? false,
    priority: definition.priority ?? 0,
    tags: definition.tags ?? [],
  };
}
