// Texts as both engines can keep them. PostgreSQL holds no character 0, UTF-8 no half of a character; and a name with a
// line break in it would make two lines of one wherever it is shown.

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Whether a text can be a name or a key: whole characters on one line. */
export function isPlain(text: string): boolean {
  return !controls.test(text) && text.isWellFormed();
}

/** A text for people, as both engines keep it. */
export function mend(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\uFFFD") : whole;
}
