// The hash chain of a process: each assignment holds the hash of all before it, so that a message that was taken out,
// put in, changed places or was replaced shows. A fork shares the chain of its origin up to the fork.
//
//   chain(n) = SHA-256( chain(n-1) ‖ messageId(n) )
//
// chain(n-1) goes in as its 32 raw bytes, and as no bytes at all for slot 0; messageId(n) goes in as its UTF-8 bytes.
// Written as 64 lower-case hex digits. Process ids are not part of it, which is what lets a fork share it.
import { hash } from "node:crypto";
import type { Instant } from "../base/clock.ts";

/** One message in its place. */
export interface Link {
  readonly slot: number;
  readonly messageId: string;
  readonly timestamp: Instant;
  readonly chain: string;
  /** The chain of the slot before; empty for slot 0. */
  readonly previous: string;
}

/** What stands before slot 0. */
export const chainStart = "";

export function nextChain(previous: string, messageId: string): string {
  const id = Buffer.from(messageId, "utf8");
  return hash(
    "sha256",
    previous === chainStart ? id : Buffer.concat([Buffer.from(previous, "hex"), id]),
    "hex",
  );
}

export interface ChainFault {
  readonly slot: number;
  readonly reason: "gap" | "previous" | "chain" | "timestamp";
  /** What stands there, and what should. */
  readonly is: string | number;
  readonly expected: string | number;
}

/** The first fault of a link behind the one before it; `before` is undefined for slot 0. */
export function checkLink(before: Link | undefined, link: Link): ChainFault | undefined {
  const slot = before === undefined ? 0 : before.slot + 1;
  const fault = (
    reason: ChainFault["reason"],
    is: string | number,
    expected: string | number,
  ): ChainFault => ({
    slot,
    reason,
    is,
    expected,
  });
  if (link.slot !== slot) return fault("gap", link.slot, slot);
  const previous = before?.chain ?? chainStart;
  if (link.previous !== previous) return fault("previous", link.previous, previous);
  const chain = nextChain(previous, link.messageId);
  if (link.chain !== chain) return fault("chain", link.chain, chain);
  if (before !== undefined && link.timestamp < before.timestamp)
    return fault("timestamp", link.timestamp, before.timestamp);
  return undefined;
}

export interface ChainReport {
  /** How many links are sound. */
  readonly slots: number;
  readonly fault?: ChainFault;
  /** The last sound link: `before` of the next page. */
  readonly last?: Link;
}

/** Holds links against each other, in order, behind `before`; names the first bad slot. */
export function verifyChain(links: Iterable<Link>, before?: Link): ChainReport {
  let last = before;
  let slots = 0;
  for (const link of links) {
    const fault = checkLink(last, link);
    if (fault !== undefined) return { slots, fault, ...(last === undefined ? {} : { last }) };
    last = link;
    slots++;
  }
  return { slots, ...(last === undefined ? {} : { last }) };
}
