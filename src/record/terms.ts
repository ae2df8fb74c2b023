// Text as the terms by which it is found: case and accents folded, compatibility forms made plain, numbers kept. Scripts
// that are written without spaces are cut into pairs of characters. Both engines index these terms and nothing else, so
// that both find the same. Any string is fit; never throws.

/** A record is found by so many of its distinct terms at most, which keeps it within what PostgreSQL takes per row. */
const largestCount = 4_096;
const longestTerm = 48;

const plain = /^[\0-\x7F]*$/;
const plainWord = /[a-z0-9]+/g;
const word = /[\p{L}\p{N}]+/gu;
const unspaced =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const hasUnspaced = new RegExp(`[${unspaced}]`, "u");
const stretch = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, "gu");

/** Distinct, in the order in which they first occur. */
export function termsOf(text: string): string[] {
  const terms = new Set<string>();
  for (const found of wordsOf(text)) {
    terms.add(found.length > longestTerm ? cut(found) : found);
    if (terms.size >= largestCount) break;
  }
  return [...terms];
}

function wordsOf(text: string): Iterable<string> {
  if (plain.test(text)) return text.toLowerCase().match(plainWord) ?? [];
  const words = fold(text).match(word) ?? [];
  return words.some((one) => hasUnspaced.test(one)) ? words.flatMap(pairsOf) : words;
}

/** Through upper case, because ß and ſ and ς have no other way to meet SS, S and Σ. */
function fold(text: string): string {
  const folded = text.toUpperCase().toLowerCase().normalize("NFKD");
  return folded
    .replaceAll(/\p{M}+/gu, "")
    .normalize("NFC")
    .toLowerCase();
}

function pairsOf(one: string): string[] {
  return (one.match(stretch) ?? []).flatMap((part) => {
    if (!hasUnspaced.test(part)) return [part];
    const characters = Array.from(part);
    if (characters.length === 1) return [part];
    return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  });
}

/** Never between the two halves of a character. */
function cut(term: string): string {
  const head = term.slice(0, longestTerm);
  return head.isWellFormed() ? head : head.slice(0, -1);
}
