// The end of a range of texts with one beginning, in the order of their code points, which is how both engines compare.

/** Every text that begins with `prefix` is at least that and less than this; undefined where no text is greater. */
export function prefixEnd(prefix: string): string | undefined {
  const characters = Array.from(prefix);
  while (characters.length > 0) {
    const last = characters.pop()?.codePointAt(0) ?? 0;
    if (last < greatest)
      return characters.join("") + String.fromCodePoint(last === beforeHalves ? afterHalves : last + 1);
  }
  return undefined;
}

const greatest = 0x10ffff;
// Between these two lie the halves of pairs, which are no characters.
const beforeHalves = 0xd7ff;
const afterHalves = 0xe000;
