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
