// Texts of other people's making, kept short enough to be stored and shown.

/** The text, or so many of its characters and how many there are in all. */
export function clip(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters in all)`;
}
