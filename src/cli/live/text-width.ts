// How many cells of a terminal a text takes, and cutting it to fewer. For text that `plainText` has been through:
// then one code point at a time is enough.

/** East Asian wide and fullwidth characters (Unicode 17, Annex 11), and everything shown as an emoji. */
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
const mark = /\p{Mn}/u;

export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (wide.test(character)) return 2;
  return mark.test(character) ? 0 : 1;
}

/** The text if it fits, else its beginning and the ellipsis; never wider than `width`. */
export function cutText(text: string, width: number, ellipsis: string): string {
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  return room < 0 ? takeCells(ellipsis, width) : takeCells(text, room).trimEnd() + ellipsis;
}

/** The longest beginning that is no wider than `width`. A wide character is never halved. */
function takeCells(text: string, width: number): string {
  let taken = "";
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
}
