// Memory as a handler sees it, wherever the handler runs. Types only: whoever names it loads nothing.
import type { Memory } from "./memory.ts";
import type { Refs } from "./refs.ts";

/** What a handler may do with memory. */
export interface MemoryView extends Pick<
  Memory,
  | "append"
  | "appendMany"
  | "get"
  | "has"
  | "list"
  | "lineage"
  | "search"
  | "forget"
  | "purge"
  | "point"
  | "at"
  | "remember"
  | "recall"
  | "retain"
  | "addVectors"
  | "changes"
> {
  readonly refs: Pick<Refs, "get" | "set" | "list" | "log">;
}
