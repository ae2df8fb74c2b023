// Holds the whole line of a process against its chain: each message has its place, says what it said when it was sent,
// and none is missing, not even at the end.
import { checkLink, chainStart, type Link } from "../process/chain.ts";
import { fitsMessageId } from "../process/message-id.ts";
import type { MessageRecord, ProcessRecord, ProcessStorage } from "../storage/processes.ts";
import { readLog } from "./log-reader.ts";

export interface VerifyReport {
  readonly ok: boolean;
  /** How many slots are sound, from the first on. */
  readonly slots: number;
  /** The first that is not. */
  readonly firstBad?: number;
  /** What is wrong with it. */
  readonly reason?: "gap" | "previous" | "chain" | "timestamp" | "message" | "missing";
}

const messagesPerPage = 500;

/** `process` as it is at the beginning: what is sent meanwhile is looked at as far as it is found. */
export async function verifyProcess(storage: ProcessStorage, process: ProcessRecord): Promise<VerifyReport> {
  let last: Link | undefined;
  const next = (): number => (last === undefined ? 0 : last.slot + 1);
  const check = ({ slot, id, at, chain, name, input }: MessageRecord): VerifyReport | undefined => {
    const expected = next();
    const link = { slot, messageId: id, timestamp: at, chain, previous: last?.chain ?? chainStart };
    const fault = checkLink(last, link);
    if (fault !== undefined) return bad(expected, fault.reason);
    if (!fitsMessageId(id, name, input)) return bad(expected, "message");
    if (slot === process.head - 1 && chain !== process.chain) return bad(expected, "chain");
    last = link;
    return undefined;
  };
  for (let before = -1; before < next();) {
    before = next();
    for await (const { message } of readLog(storage, process.id, before)) {
      const fault = check(message);
      if (fault !== undefined) return fault;
    }
    const waiting = await storage.messages({ process: process.id, from: next(), limit: messagesPerPage });
    for (const message of waiting) {
      // What has been handled meanwhile stands in the log now.
      if (message.slot !== next()) break;
      const fault = check(message);
      if (fault !== undefined) return fault;
    }
  }
  return next() < process.head ? bad(next(), "missing") : { ok: true, slots: next() };
}

function bad(slot: number, reason: NonNullable<VerifyReport["reason"]>): VerifyReport {
  return { ok: false, slots: slot, firstBad: slot, reason };
}
