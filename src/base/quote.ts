// A value as an error message quotes it: on one line, whatever the value is. Never throws.

export function quote(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  // JSON would make null of these.
  if (typeof value === "number") return String(value);
  if (Object.prototype.toString.call(value) === "[object Date]" && Number.isNaN(Number(value)))
    return "Invalid Date";
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The same, cut where it would push the rest of the message out of sight. */
export function show(value: unknown): string {
  const text = quote(value);
  return text.length > longestShown ? `${text.slice(0, longestShown - 3)}...` : text;
}

const longestShown = 80;
