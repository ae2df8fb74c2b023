// Text from outside, made safe to be shown in one line of a terminal: nothing in it can move the cursor, change
// colours, reorder the line, or be as wide as no two terminals agree.
import { stripVTControlCharacters } from "node:util";

/** Tabs, line breaks and separators become one space; every other control is left out. */
const breaks = /[\t\n\v\f\r\u0085\p{Zl}\p{Zp}]+/gu;
/**
 * Controls; format characters, among them the joiners of emoji and the bidirectional overrides; variation
 * selectors; enclosing marks; skin tones; Hangul vowels and finals that did not compose into a syllable.
 */
const unsafe =
  /[\p{Cc}\p{Cf}\p{Me}\ufe00-\ufe0f\u{e0100}-\u{e01ef}\p{Emoji_Modifier}\u1160-\u11ff\ud7b0-\ud7ff]/gu;
/** Two marks on a letter are language, the rest is a tower. */
const tower = /(\p{Mn}{2})\p{Mn}+/gu;
/** Two of them make a flag in one terminal and two boxes in another; the letters mean the same. */
const flagLetter = /[\u{1f1e6}-\u{1f1ff}]/gu;

export function plainText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return stripVTControlCharacters(text)
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(breaks, " ")
    .replaceAll(unsafe, "")
    .replaceAll(flagLetter, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) - 0x1f1e6 + 65))
    .replaceAll(tower, "$1")
    .replace(/^\p{Mn}+/u, "");
}
