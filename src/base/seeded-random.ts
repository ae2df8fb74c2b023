// Random numbers that follow from a seed (mulberry32, public domain), so that a failing run can be repeated.
import { hash32 } from "../base/hash.ts";
import type { Random } from "../base/random.ts";

export function seededRandom(seed: number | string): Random {
  let state = hash32(String(seed));
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
    },
  };
}
