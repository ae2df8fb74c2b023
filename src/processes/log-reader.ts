// The log of a process, slot by slot, as pages of the storage give it.
import { chainStart } from "../process/chain.ts";
import type { MessageRecord, ProcessStorage } from "../storage/processes.ts";
import { decodeEntries, type FoldEntry } from "./rebuild.ts";

/** A slot that was handled. */
export interface LoggedSlot {
  readonly message: MessageRecord;
  readonly entry: FoldEntry;
  readonly version: string;
}

const slotsPerPage = 500;

/** The handled slots from one on, in order; an entry is missing where the storage has none. */
export async function* readLog(
  storage: Pick<ProcessStorage, "history">,
  process: string,
  from: number,
): AsyncGenerator<LoggedSlot> {
  let next = from;
  for (;;) {
    const records = await storage.history({ process, from: next, limit: slotsPerPage });
    const before = next;
    for (const record of records) {
      const entries = decodeEntries(record);
      for (const [index, message] of record.messages.entries()) {
        const entry = entries[index];
        if (message.slot < next || entry === undefined) continue;
        next = message.slot + 1;
        yield { message, entry, version: record.version };
      }
    }
    if (next === before) return;
  }
}

/** The chain of the slot in front of this one. */
export async function chainBefore(
  storage: Pick<ProcessStorage, "history">,
  process: string,
  slot: number,
): Promise<string> {
  if (slot === 0) return chainStart;
  for await (const { message } of readLog(storage, process, slot - 1)) return message.chain;
  return chainStart;
}
