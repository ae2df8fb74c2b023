// The key of a document: a tuple, spelled as one text that every database compares alike. The order of the spellings is
// the order of the tuples, no part can be mistaken for two, and a tuple's spelling begins with that of each of its
// prefixes and of nothing else. Nothing else in Escapement may put keys together.
import { EscapementError } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

/** Booleans come before numbers, numbers before texts; texts are ordered by code points. */
export type KeyPart = string | number | boolean;

/** Ends a part, and is smaller than whatever a part can hold. */
const end = "\u0001";
/** Greater than the first character of any part. */
const beyond = "t";
const largestBytes = 2_000;

// Characters that would end a part, and halves of characters, which no database keeps, are spelled out. Most texts have
// none, and are told by a quicker look that takes whole characters beyond U+FFFF for halves.
// oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
const suspect = /[\0-\u0002\ud800-\udfff\ue000]/;
// oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
const special = /[\0-\u0002\u{D800}-\u{DFFF}\uE000]/u;
const everySpecial = new RegExp(special, "gu");
const spelledOut = /\u0002([012])|\uE000([0-9a-f]{4})/g;

/** Throws `store.invalid` for a part that is none, or a key that is too long. */
export function encodeKey(parts: readonly KeyPart[]): string {
  let key = "";
  for (const part of parts) key += encodePart(part) + end;
  // A UTF-16 unit is at most three bytes in UTF-8: short keys need no exact count.
  if (key.length * 3 > largestBytes) checkSize(key);
  return key;
}

function encodePart(part: unknown): string {
  if (typeof part === "string")
    return `s${suspect.test(part) ? part.replaceAll(everySpecial, spellOut) : part}`;
  if (typeof part === "boolean") return part ? "b1" : "b0";
  if (typeof part === "number" && Number.isFinite(part)) return `n${encodeNumber(part)}`;
  throw new EscapementError(
    "store.invalid",
    `Cannot use ${quote(part)} as a part of a key: a part is a text, a finite number, true or false.`,
  );
}

function spellOut(character: string): string {
  const unit = character.charCodeAt(0);
  // The replacement sorts where the character would: below 3, and between U+D7FF and U+E001.
  return unit <= 2 ? `\u0002${unit}` : `\uE000${unit.toString(16)}`;
}

const view = new DataView(new ArrayBuffer(8));

/** Sixteen hexadecimal digits that are ordered as the numbers are: the bits, turned around below zero. */
function encodeNumber(value: number): string {
  view.setFloat64(0, value === 0 ? 0 : value); // no negative zero
  const high = view.getUint32(0);
  const low = view.getUint32(4);
  return high < sign ? hex(high + sign) + hex(low) : hex(all - high) + hex(all - low);
}

function decodeNumber(digits: string): number {
  const high = Number.parseInt(digits.slice(0, 8), 16);
  const low = Number.parseInt(digits.slice(8), 16);
  view.setUint32(0, high < sign ? all - high : high - sign);
  view.setUint32(4, high < sign ? all - low : low);
  return view.getFloat64(0);
}

const sign = 0x8000_0000;
const all = 0xffff_ffff;

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** The tuple of a spelling that `encodeKey` made. */
export function decodeKey(key: string): KeyPart[] {
  return key
    .split(end)
    .slice(0, -1)
    .map((part) => {
      const body = part.slice(1);
      if (part.startsWith("b")) return body === "1";
      if (part.startsWith("n")) return decodeNumber(body);
      return body.replaceAll(spelledOut, (_all, low: string | undefined, unit: string) =>
        String.fromCharCode(low === undefined ? Number.parseInt(unit, 16) : Number(low)),
      );
    });
}

/** Every key that begins with these parts is at or above `from` and below `to`. */
export function keyRange(prefix: readonly KeyPart[]): { readonly from: string; readonly to: string } {
  const from = encodeKey(prefix);
  return { from, to: from + beyond };
}

/** As databases order texts: by code points, which is not how JavaScript does. */
export function compareKeys(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const a = one.charCodeAt(index);
    const b = other.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

/** Halves of characters stand for those beyond U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}

function checkSize(key: string): void {
  const bytes = new TextEncoder().encode(key).length;
  if (bytes <= largestBytes) return;
  throw new EscapementError(
    "store.invalid",
    `Cannot use a key of ${bytes} bytes: it may have ${largestBytes}. Put long texts into the document and a short name into its key.`,
    { details: { bytes, limitBytes: largestBytes } },
  );
}
