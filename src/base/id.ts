// Identifiers that sort by the time they were made: ULIDs (github.com/ulid/spec), monotonic within one source.
// Neighbours in time are neighbours in an index, which is what keeps inserts cheap.
import type { Clock } from "./clock.ts";
import { hash32 } from "./hash.ts";
import type { Random } from "./random.ts";

export type IdSource = () => string;

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const randomDigits = 16;

/** Makes 26-character ids; each sorts after the one before it, also when the clock goes backwards. */
export function createIdSource(clock: Pick<Clock, "now">, random: Random): IdSource {
  let lastAt = -1;
  let prefix = "";
  const tail = new Uint8Array(randomDigits);

  return () => {
    const at = clock.now();
    if (at > lastAt) {
      lastAt = at;
      prefix = encodeTime(at);
      for (let index = 0; index < randomDigits; index++) tail[index] = Math.floor(random.next() * 32);
      // Room to count upwards within one millisecond without ever overflowing.
      tail[0] = (tail[0] ?? 0) & 15;
    } else {
      increment(tail);
    }
    return prefix + encodeDigits(tail);
  };
}

/** An id made at `at` that depends on nothing but that and the text: the same twice for the same thing. */
export function deriveId(at: number, text: string): string {
  let digits = "";
  for (const salt of ["a", "b", "c"])
    digits += hash32(`${salt}${text}`).toString(32).padStart(7, "0").slice(-6);
  return (
    encodeTime(at) +
    Array.from(digits.slice(0, randomDigits), (digit) => alphabet.charAt(Number.parseInt(digit, 32))).join("")
  );
}

/** The instant at which an id was made. */
export function idTime(id: string): number {
  let at = 0;
  for (const digit of id.slice(0, 10)) at = at * 32 + alphabet.indexOf(digit);
  return at;
}

/** The smallest id that could be made at `at`: a bound for ranges over ids. */
export function idFloor(at: number): string {
  return encodeTime(Math.max(0, at)) + "0".repeat(randomDigits);
}

function encodeTime(at: number): string {
  let text = "";
  let rest = at;
  for (let index = 0; index < 10; index++) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function encodeDigits(digits: Uint8Array): string {
  let text = "";
  for (const digit of digits) text += alphabet.charAt(digit);
  return text;
}

function increment(digits: Uint8Array): void {
  for (let index = digits.length - 1; index >= 0; index--) {
    const next = (digits[index] ?? 0) + 1;
    digits[index] = next & 31;
    if (next < 32) return;
  }
}
