// What a cell asks of memory: `runtime.memory`, and the memory of a transaction, have all of it.
import type { Json } from "../base/json.ts";

interface KeptRecord {
  readonly id: string;
  readonly content: unknown;
}

export interface CellMemory {
  get(id: string): Promise<KeptRecord | undefined>;
  /** Oldest first; what was forgotten is there without its content. */
  lineage(id: string): Promise<{ readonly records: readonly (KeptRecord | { readonly id: string })[] }>;
  append(
    record: { readonly namespace: string; readonly content: Json; readonly parents: readonly string[] },
    options: { readonly advance: { readonly ref: string; readonly expected: string | null } },
  ): Promise<{ readonly record: { readonly id: string } }>;
  readonly refs: { get(name: string): Promise<string | null> };
}
