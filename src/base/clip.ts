// Texts of other people's making, whole and short enough to be stored and shown.
import { mend } from "./plain-text.ts";

/** The text, or so many of its characters and how many there are in all. */
export function clip(given: string, longest: number): string {
  const text = mend(given);
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters in all)`;
}
