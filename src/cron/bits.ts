// Sets of small numbers as bits of one integer, or of two for the sixty minutes and seconds of an hour.
// "Not there" is -1: a walk asks millions of times a second and must not allocate.
import type { Sixty } from "./cron.ts";

/** The lowest bit at `from` or above; -1 when there is none. */
export function nextBit(mask: number, from: number): number {
  const rest = from > 31 ? 0 : mask & (-1 << from);
  return rest === 0 ? -1 : 31 - Math.clz32(rest & -rest);
}

/** The highest bit at `from` or below; -1 when there is none. */
export function previousBit(mask: number, from: number): number {
  const rest = from < 0 ? 0 : mask & (-1 >>> (31 - from));
  return rest === 0 ? -1 : 31 - Math.clz32(rest);
}

export function hasBit(mask: number, bit: number): boolean {
  return (mask & (1 << bit)) !== 0;
}

export function maskOf(values: Iterable<number>, first: number = 0): number {
  let mask = 0;
  for (const value of values) mask |= 1 << (value - first);
  return mask;
}

export function sixtyOf(values: readonly number[]): Sixty {
  const low = maskOf(values.filter((value) => value < 30));
  const high = maskOf(
    values.filter((value) => value >= 30),
    30,
  );
  return Object.freeze({ low, high });
}

export function nextOfSixty(set: Sixty, from: number): number {
  if (from < 30) {
    const found = nextBit(set.low, from);
    if (found >= 0) return found;
  }
  const found = nextBit(set.high, from < 30 ? 0 : from - 30);
  return found < 0 ? -1 : found + 30;
}

export function previousOfSixty(set: Sixty, from: number): number {
  if (from >= 30) {
    const found = previousBit(set.high, from - 30);
    if (found >= 0) return found + 30;
  }
  return previousBit(set.low, from < 30 ? from : 29);
}

export function hasOfSixty(set: Sixty, value: number): boolean {
  return value < 30 ? hasBit(set.low, value) : hasBit(set.high, value - 30);
}

export function listSixty(set: Sixty): number[] {
  return Array.from({ length: 60 }, (_, value) => value).filter((value) => hasOfSixty(set, value));
}

export function listBits(mask: number, first: number = 0): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => hasBit(mask, bit))
    .map((bit) => bit + first);
}
