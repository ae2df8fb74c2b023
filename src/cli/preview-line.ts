// One time of a preview as people read it: by the clock on the wall, by UTC, and what they should know about it. Pure.

/** `2026-03-29 03:00:00 +02:00 (Europe/Paris)   2026-03-29T01:00:00Z   note`; milliseconds only when there are some. */
export function previewLine(at: Date, local: string, note: string | undefined): string {
  const utc = at.toISOString().replace(".000Z", "Z");
  return [local, utc, ...(note === undefined ? [] : [note])].join("   ");
}
