// Gives messages their slots: the next number of their process, a time that never goes backwards, and the link to the
// slot in front. Pure, so that both engines decide alike; they lock the lines before and write the rows after.
import type { Instant } from "../base/clock.ts";
import type { Controls } from "../run/controls.ts";
import { gateOfProcess } from "../run/gate.ts";
import { nextChain } from "../process/chain.ts";
import type { BusyAnswer, MessageRecord, NewMessage, SendAnswer, SlotAnswer } from "./processes.ts";
import { integer, text, type Row } from "./row.ts";

/** The end of the line of a process. */
export interface ProcessLine {
  head: number;
  readonly folded: number;
  chain: string;
  lastAt: Instant;
}

export interface LineRequest {
  readonly actor: string;
  readonly now: Instant;
  /** Infinity for messages that are effects: what a handler has decided is never refused. */
  readonly inbox: number;
}

export interface SlotsTaken {
  readonly rows: readonly MessageRecord[];
  readonly answers: readonly SendAnswer[];
}

/** Moves the lines on. `known` holds what was kept under a key before, see `keyName`, and learns what is new. */
export function takeSlots(
  messages: readonly NewMessage[],
  lineOf: (process: string) => ProcessLine,
  known: Map<string, SlotAnswer>,
  request: LineRequest,
): SlotsTaken {
  const rows: MessageRecord[] = [];
  const answers = messages.map((message): SendAnswer => {
    const name = message.key === undefined ? undefined : keyName(message.process, message.key);
    const before = name === undefined ? undefined : known.get(name);
    if (before !== undefined) return before;
    const line = lineOf(message.process);
    if (line.head - line.folded >= request.inbox) return busy(line);
    const slot = line.head;
    const at = Math.max(request.now, line.lastAt);
    const previous = line.chain;
    const chain = nextChain(previous, message.id);
    line.head = slot + 1;
    line.chain = chain;
    line.lastAt = at;
    rows.push({ ...message, slot, at, chain, actor: request.actor });
    const answer = { slot, messageId: message.id, at, chain, previous };
    if (name !== undefined) known.set(name, answer);
    return answer;
  });
  return { rows, answers };
}

/** The first slot of a process that may not be handled at present; its row says which process. */
export function upTo(row: Row, { switches, gates }: Controls): number {
  if (switches.has("all")) return 0;
  if (gateOfProcess(gates, text(row["id"])) === undefined) return Number.POSITIVE_INFINITY;
  return row["permit"] === null ? 0 : integer(row["permit"]) + 1;
}

export function keyName(process: string, key: string): string {
  return JSON.stringify([process, key]);
}

const retryAfterMs = 250;
/** Nobody has more to wait for than this before it is worth asking again. */
const longestRetryMs = 10_000;
/** What a line is taken to get through in a millisecond. */
const perMs = 10;

function busy({ head, folded }: ProcessLine): BusyAnswer {
  const waiting = head - folded;
  const retry = Math.min(longestRetryMs, Math.max(retryAfterMs, Math.ceil(waiting / perMs)));
  return { waiting, retryAfterMs: retry };
}
