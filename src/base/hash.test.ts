import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hash32, hashFraction } from "./hash.ts";

/** The same two published steps, written with integers of any size. */
function slowHash(text: string): number {
  const mask = 0xffff_ffffn;
  let hash = 0x811c_9dc5n;
  for (const unit of Array.from({ length: text.length }, (_, index) => BigInt(text.charCodeAt(index))))
    hash = ((hash ^ unit) * 0x0100_0193n) & mask;
  hash = ((hash ^ (hash >> 16n)) * 0x85eb_ca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2_ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

test("[BAS-40] the hash is FNV-1a over UTF-16 units, finished with the mixer of MurmurHash3", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(hash32(text)).toBe(slowHash(text));
    }),
  );
});

test("[BAS-41] ids that differ in a digit spread evenly", () => {
  const buckets = Array.from({ length: 60 }, () => 0);
  for (let index = 0; index < 60_000; index++) {
    const bucket = Math.floor(hashFraction(`task-${index}`) * 60);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  // A thousand each; five standard deviations are 157.
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(160);
});
