import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextChain, verifyChain, type Link } from "./chain.ts";
import { fitsMessageId, messageIdOf } from "./message-id.ts";

function linksOf(ids: readonly string[]): Link[] {
  const links: Link[] = [];
  let previous = "";
  for (const [slot, messageId] of ids.entries()) {
    const chain = nextChain(previous, messageId);
    links.push({ slot, messageId, timestamp: 1_000 + Math.floor(slot / 2), chain, previous });
    previous = chain;
  }
  return links;
}

const someIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 30 });

test("[PRO-20] the chain is the one that the ao network computes for the same ids", () => {
  // Published there in base64url; ids and chain of ao.N.1 as its reference computes them.
  const ids = [
    "QqmPPT7glRjI4jaZr2D6bZe7RXQ2poFCs0LSOV7P5AU",
    "KJ5RdeAseIwtRCz-gda-BTPYwT4lPvdj_aRdN6zP5NQ",
    "p4Uh5JBItuDTaNP7pBf8IMdUYnLa-niooXP8ymyBIzs",
  ];
  const chain = [
    "LwaLRG86BZtdP9b1_N53lJJ14H58T43cgbwqjPYRrrM",
    "ekyjhtN5zaITHVmS8vWXhX5tDCbgJpGgImaAwI0sY2Q",
    "w5osVm3liC6eKnj13IAKhM8s0PgN87ZoKYdAOaQ5hfU",
  ].map((text) => Buffer.from(text, "base64url").toString("hex"));
  expect(linksOf(ids).map((link) => link.chain)).toEqual(chain);
});

test("[PRO-20] an id goes in as UTF-8, the chain before it as 32 bytes", () => {
  const first = createHash("sha256").update("zwölf", "utf8").digest();
  const second = createHash("sha256").update(first).update("é", "utf8").digest("hex");
  expect(nextChain("", "zwölf")).toBe(first.toString("hex"));
  expect(nextChain(first.toString("hex"), "é")).toBe(second);
});

test("[PRO-21] a sound chain is found sound, in one piece and page by page", () => {
  fc.assert(
    fc.property(someIds, fc.nat(30), (ids, cut) => {
      const links = linksOf(ids);
      expect(verifyChain(links)).toEqual({ slots: ids.length, last: links.at(-1) });
      const page = verifyChain(links.slice(0, cut));
      const rest = verifyChain(links.slice(cut), page.last);
      expect(rest.fault).toBeUndefined();
      expect(page.slots + rest.slots).toBe(ids.length);
    }),
  );
  expect(verifyChain([])).toEqual({ slots: 0 });
});

test("[PRO-22] a message that was taken out is a gap there", () => {
  fc.assert(
    fc.property(someIds, fc.nat(), (ids, seed) => {
      const at = seed % ids.length;
      fc.pre(at < ids.length - 1);
      const links = linksOf(ids);
      expect(verifyChain(links.toSpliced(at, 1)).fault).toMatchObject({ slot: at, reason: "gap" });
    }),
  );
});

test("[PRO-22] a message that was taken out and the rest renumbered is found at its slot", () => {
  fc.assert(
    fc.property(someIds, fc.nat(), (ids, seed) => {
      const at = seed % ids.length;
      fc.pre(at < ids.length - 1);
      const links = linksOf(ids)
        .toSpliced(at, 1)
        .map((link, slot) => ({ ...link, slot }));
      expect(verifyChain(links).fault).toMatchObject({ slot: at, reason: "previous" });
    }),
  );
});

test("[PRO-22] a message that was replaced is found at its slot, and so is one whose chain was made to fit", () => {
  fc.assert(
    fc.property(someIds, fc.nat(), (ids, seed) => {
      const at = seed % ids.length;
      const links = linksOf(ids);
      const link = links[at];
      if (link === undefined) return;
      const other = { ...link, messageId: `${link.messageId}!` };
      expect(verifyChain(links.with(at, other)).fault).toMatchObject({ slot: at, reason: "chain" });
      const forged = { ...other, chain: nextChain(link.previous, other.messageId) };
      const fault = verifyChain(links.with(at, forged)).fault;
      // At the very end there is nothing behind it that could betray it.
      if (at === ids.length - 1) expect(fault).toBeUndefined();
      else expect(fault).toMatchObject({ slot: at + 1, reason: "previous" });
    }),
  );
});

test("[PRO-22] two messages that changed places are found at the first of them", () => {
  const links = linksOf(["a", "b", "c", "d"]);
  const [a, b, c, d] = links;
  if (!a || !b || !c || !d) throw new Error("four links");
  const swapped = [a, { ...c, slot: 1 }, { ...b, slot: 2 }, d];
  expect(verifyChain(swapped)).toMatchObject({ slots: 1, fault: { slot: 1, reason: "previous" } });
});

test("[PRO-22] a clock that went backwards is found, equal times are not", () => {
  const links = linksOf(["a", "b", "c", "d"]);
  const back = links.map((link) => (link.slot === 2 ? { ...link, timestamp: 999 } : link));
  expect(verifyChain(back).fault).toEqual({ slot: 2, reason: "timestamp", is: 999, expected: 1_000 });
});

test("[PRO-23] a message that was altered no longer fits its own id", () => {
  const words = fc.string({ maxLength: 10 });
  fc.assert(
    fc.property(words, words, words, words, (name, input, otherName, otherInput) => {
      const id = messageIdOf("01ARZ3NDEKTSV4RRFFQ69G5FAV", name, input);
      expect(fitsMessageId(id, name, input)).toBe(true);
      if (name.includes("\0") || otherName.includes("\0")) return;
      const isSame = name === otherName && input === otherInput;
      expect(fitsMessageId(id, otherName, otherInput)).toBe(isSame);
    }),
  );
  expect(fitsMessageId("no dot", "add", "{}")).toBe(false);
});

test("[PRO-23] ids sort by their time, and two sends of the same content are two messages", () => {
  const early = messageIdOf("01ARZ3NDEKTSV4RRFFQ69G5FAV", "add", "{}");
  const late = messageIdOf("01ARZ3NDEKTSV4RRFFQ69G5FAW", "add", "{}");
  expect(early < late).toBe(true);
  expect(early).toMatch(/^[0-9A-Z]{26}\.[\w-]{22}$/);
});
