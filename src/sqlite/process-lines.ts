// The ends of the lines of processes, as the writer knows them: read once, moved on in memory, written with each send.
import { chainStart } from "../process/chain.ts";
import type { ProcessLine } from "../storage/process-line.ts";
import { integer, text } from "../storage/row.ts";
import type { WriteContext } from "./write-context.ts";

export interface KnownLine extends ProcessLine {
  folded: number;
  /** There is no row yet. */
  isNew: boolean;
}

const find = "SELECT head, folded, chain, last_at FROM process WHERE id = ?";
/** So many are known at a time: those of processes at rest are read again. */
const enough = 20_000;

export class ProcessLines {
  readonly #context: WriteContext;
  readonly #lines = new Map<string, KnownLine>();
  #rollbacks = 0;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  of(process: string): KnownLine {
    this.#forgetRolledBack();
    let line = this.#lines.get(process);
    if (line === undefined) {
      if (this.#lines.size >= enough) this.#lines.clear();
      line = this.#find(process);
      this.#lines.set(process, line);
    }
    return line;
  }

  /** Whatever changed a process otherwise says so. */
  handled(process: string, folded: number): void {
    this.#forgetRolledBack();
    const line = this.#lines.get(process);
    if (line !== undefined) line.folded = folded;
  }

  forget(process: string): void {
    this.#lines.delete(process);
  }

  #forgetRolledBack(): void {
    if (this.#rollbacks === this.#context.rollbacks) return;
    this.#lines.clear();
    this.#rollbacks = this.#context.rollbacks;
  }

  #find(process: string): KnownLine {
    const row = this.#context.connection.get(find, process);
    if (row === undefined)
      return { head: 0, folded: 0, chain: chainStart, lastAt: Number.NEGATIVE_INFINITY, isNew: true };
    return {
      head: integer(row["head"]),
      folded: integer(row["folded"]),
      chain: text(row["chain"]),
      lastAt: integer(row["last_at"]),
      isNew: false,
    };
  }
}
