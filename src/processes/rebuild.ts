// From what is stored to a state: the nearest snapshot with the patches behind it. Pure.
import type { ErrorData } from "../base/errors.ts";
import { decodeJson, type Json } from "../base/json.ts";
import type { Effect } from "../process/effects.ts";
import type { SlotResult } from "../process/fold.ts";
import { applyPatches, type Patch } from "../process/patch.ts";
import type { FoldRecord, StateSource } from "../storage/processes.ts";

/** What is kept of a slot beside its message. */
export interface FoldEntry {
  readonly patch: Patch;
  readonly inverse: Patch;
  readonly output?: Json;
  readonly error?: ErrorData;
  readonly effects?: readonly Effect[];
}

export function encodeEntry({ patch, inverse, output, error, effects }: SlotResult): string {
  const entry: FoldEntry = {
    patch,
    inverse,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(effects.length === 0 ? {} : { effects }),
  };
  return JSON.stringify(entry);
}

export function decodeEntries(fold: FoldRecord): readonly FoldEntry[] {
  const entries: readonly FoldEntry[] = JSON.parse(fold.entries);
  return entries;
}

export interface RebuiltState {
  /** Frozen; null before slot 0. */
  readonly state: Json;
  /** -1 before slot 0. */
  readonly slot: number;
  /** Of the definition that handled the slot. */
  readonly version?: string;
}

/** The state behind slot `at`. Throws `storage.broken` when the patches do not fit. */
export function rebuildState({ snapshot, folds }: StateSource, at: number): RebuiltState {
  const patches = folds.flatMap((fold) =>
    decodeEntries(fold)
      .slice(0, at - fold.slot + 1)
      .map((entry) => entry.patch),
  );
  const start = snapshot === undefined ? null : decodeJson(snapshot.state);
  const version = folds.at(-1)?.version ?? snapshot?.version;
  const state = applyPatches(start, patches);
  return { state, slot: at, ...(version === undefined ? {} : { version }) };
}
