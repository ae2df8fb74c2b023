// Amounts as short as they can be read: times that pass, large numbers, bytes. Pure.

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** Two units at most: `3s`, `4m 10s`, `3h 12m`, `2d 4h`. Parts of a second are left aside. */
export function shortSpan(ms: number): string {
  const index = units.findIndex(([, size]) => ms >= size);
  const [name, size] = units[index] ?? ["s", 1000];
  const next = units[index + 1];
  const whole = Math.floor(Math.max(0, ms) / size);
  const rest = next === undefined || index < 0 ? 0 : Math.floor((ms - whole * size) / next[1]);
  return rest === 0 || next === undefined ? `${whole}${name}` : `${whole}${name} ${rest}${next[0]}`;
}

/** The larger of the two units alone: `4m`, `3h`. */
export function shortestSpan(ms: number): string {
  return shortSpan(ms).replace(/ .*/, "");
}

/** How long something took: `0.4 ms`, `14 ms`, `1.2 s`, `4m 10s`. */
export function shortDuration(ms: number): string {
  if (ms < 1000) return `${threeDigits(ms)} ms`;
  return ms < 60_000 ? `${threeDigits(ms / 1000)} s` : shortSpan(ms);
}

/** `0.4`, `12.4`, `9,310`, `48.2k`, `3.1M`. */
export function shortNumber(value: number): string {
  if (Math.abs(value) >= 1e6) return `${threeDigits(value / 1e6)}M`;
  if (Math.abs(value) >= 1e4) return `${threeDigits(value / 1e3)}k`;
  return Math.abs(value) >= 1000 ? grouped(Math.round(value)) : threeDigits(value);
}

/** A whole number with its thousands apart. */
export function grouped(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Powers of 1,000: `512 B`, `4.1 GB`. */
export function shortBytes(bytes: number): string {
  const names = ["B", "kB", "MB", "GB", "TB", "PB"];
  let index = 0;
  let value = bytes;
  while (value >= 999.5 && index < names.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${threeDigits(value)} ${names[index]}`;
}

export function shortAmount(value: number, unit: string): string {
  if (unit === "bytes") return shortBytes(value);
  if (unit === "ms") return shortDuration(value);
  return unit === "" ? shortNumber(value) : `${shortNumber(value)} ${unit}`;
}

/** At most one digit after the point, and none from 100 on. */
function threeDigits(value: number): string {
  return Math.abs(value) >= 99.95 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, "");
}
