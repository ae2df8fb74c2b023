// Walks over the journal and says where the first number is missing, or the first audited event is not what it was when
// it was written. Changes nothing.
import { auditText, isAudited, nextChain, noChain } from "../event/audit.ts";
import { EscapementError } from "../base/errors.ts";
import type { EventRecord, JournalBounds } from "../storage/journal.ts";
import type { RecordSource } from "./record-source.ts";

export interface Verification {
  readonly ok: boolean;
  /** How many events were looked at. */
  readonly checked: number;
  /** What was looked at: history may begin later, and end earlier, than was asked for. */
  readonly from: number;
  readonly to: number;
  /** The number of the first event that is not as it was. */
  readonly firstBad?: number;
  readonly why?: "missing" | "altered";
  /** The chain behind the last event that was looked at. Kept elsewhere, it proves later that nothing was rewritten. */
  readonly chain: string;
}

const pageSize = 1_000;

export async function verifyJournal(
  source: RecordSource,
  range: { readonly from?: number; readonly to?: number; readonly signal?: AbortSignal },
): Promise<Verification> {
  const bounds = await source.bounds();
  const from = Math.max(range.from ?? bounds.first, bounds.first);
  const to = Math.min(range.to ?? bounds.head, bounds.head);
  const walk = new Walk(from, await linkBefore(source, bounds, from));
  while (walk.next <= to) {
    range.signal?.throwIfAborted();
    const page = await readPage(source, walk.next, to);
    if (typeof page === "number")
      return { ...walk.bad("altered"), from, to, firstBad: Math.max(page, walk.next) };
    if (page.length === 0) return { ...walk.bad("missing"), from, to };
    for (const event of page) {
      const why = walk.step(event);
      if (why !== undefined) return { ...walk.bad(why), from, to };
    }
  }
  // Where the newest links were taken out, nothing behind them is wrong: their end is kept apart.
  const isWhole = to < bounds.lastAudited || from > to || walk.endsWith(bounds);
  if (isWhole) return { ok: true, checked: walk.checked, from, to, chain: walk.chain };
  return {
    ok: false,
    checked: walk.checked,
    from,
    to,
    firstBad: bounds.lastAudited,
    why: "altered",
    chain: walk.chain,
  };
}

/** Or the number from which on nothing can be read, because the file of an archive was changed. */
async function readPage(
  source: RecordSource,
  next: number,
  to: number,
): Promise<readonly EventRecord[] | number> {
  try {
    return await source.read({ after: next - 1, before: to + 1, limit: pageSize });
  } catch (error) {
    const first = EscapementError.is(error) ? error.details["first"] : undefined;
    if (typeof first !== "number") throw error;
    return first;
  }
}

interface Link {
  readonly seq: number;
  readonly chain: string;
}

async function linkBefore(source: RecordSource, bounds: JournalBounds, from: number): Promise<Link> {
  const start = { seq: 0, chain: bounds.firstChain };
  if (from <= bounds.first) return start;
  const [before] = await source.read({ before: from, audited: true, limit: 1 });
  return before === undefined ? start : { seq: before.seq, chain: before.chain ?? noChain };
}

class Walk {
  next: number;
  checked = 0;
  #last: Link;

  constructor(from: number, last: Link) {
    this.next = from;
    this.#last = last;
  }

  get chain(): string {
    return this.#last.chain;
  }

  /** Why this cannot be the next event; undefined when it can. */
  step(event: EventRecord): Verification["why"] {
    if (event.seq !== this.next) return "missing";
    if (isAudited(event.kind)) {
      const { seq, commit } = event;
      const chain = nextChain(this.#last.chain, { seq, commit, text: textOf(event) });
      if (chain !== event.chain) return "altered";
      this.#last = { seq, chain };
    } else if (event.chain !== undefined) return "altered";
    this.next += 1;
    this.checked += 1;
    return undefined;
  }

  endsWith(bounds: JournalBounds): boolean {
    return this.#last.chain === bounds.chain;
  }

  bad(why: "missing" | "altered"): Omit<Verification, "from" | "to"> {
    return { ok: false, checked: this.checked, firstBad: this.next, why, chain: this.chain };
  }
}

/** Data that can no longer be read is other data. */
function textOf(event: EventRecord): string {
  try {
    return auditText(event);
  } catch {
    return "";
  }
}
