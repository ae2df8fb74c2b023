// The ends of the lines of processes, as the writer knows them: read once and moved on in memory. The row of a process is
// behind while messages wait, because what waits tells where the line ends; it is written when they are handled.
import { chainStart } from "../process/chain.ts";
import type { ProcessLine } from "../storage/process-line.ts";
import { integer, text, type Row } from "../storage/row.ts";
import type { PendingMessages } from "./pending-messages.ts";
import type { WriteContext } from "./write-context.ts";

export interface KnownLine extends ProcessLine {
  folded: number;
  /** There is no row yet. */
  isNew: boolean;
  /** Nobody holds it, it does not wait to be taken, and it is not parked: its next message makes it wait. */
  rests: boolean;
}

const find = "SELECT * FROM process WHERE id = ?";
const tail = "SELECT slot, chain, at FROM message WHERE seq = ?";
/** So many are known at a time: those that were not used lately are read again. */
const enough = 20_000;

export class ProcessLines {
  readonly #context: WriteContext;
  readonly #pending: PendingMessages;
  readonly #lines = new Map<string, KnownLine>();

  constructor(context: WriteContext, pending: PendingMessages) {
    this.#context = context;
    this.#pending = pending;
    context.witnesses.push({ committed: () => undefined, rolledBack: () => this.#lines.clear() });
  }

  of(process: string): KnownLine {
    let line = this.#lines.get(process);
    if (line === undefined) {
      if (this.#lines.size >= enough) this.#lines.clear();
      line = this.#find(process);
      this.#lines.set(process, line);
    }
    return line;
  }

  /** Whatever changes the row otherwise says so. */
  forget(process: string): void {
    this.#lines.delete(process);
  }

  #find(process: string): KnownLine {
    const row = this.#context.connection.get(find, process);
    if (row === undefined) {
      const lastAt = Number.NEGATIVE_INFINITY;
      return { head: 0, folded: 0, chain: chainStart, lastAt, isNew: true, rests: true };
    }
    const rests = row["node"] === null && row["waiting"] === null && row["parked"] === null;
    return { ...this.endOf(row), folded: integer(row["folded"]), isNew: false, rests };
  }

  /** Where the line of a process ends whose row may be behind. */
  endOf(row: Row): Pick<KnownLine, "head" | "chain" | "lastAt"> {
    const seq = this.#pending.last(text(row["id"]));
    const last = seq === undefined ? undefined : this.#context.connection.get(tail, seq);
    if (last === undefined)
      return { head: integer(row["head"]), chain: text(row["chain"]), lastAt: integer(row["last_at"]) };
    return { head: integer(last["slot"]) + 1, chain: text(last["chain"]), lastAt: integer(last["at"]) };
  }
}
