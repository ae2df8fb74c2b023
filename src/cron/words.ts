// English for numbers, days and months, as describe.ts needs it.

const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** 0 is Sunday. */
export function weekdayName(weekday: number): string {
  return weekdayNames[weekday] ?? "";
}

/** 1 is January. */
export function monthName(month: number): string {
  return monthNames[month - 1] ?? "";
}

/** `1st`, `2nd`, `23rd`, `11th`. */
export function ordinal(value: number): string {
  const teens = value % 100 > 10 && value % 100 < 14;
  const ending = teens ? undefined : ["th", "st", "nd", "rd"][value % 10];
  return `${value}${ending ?? "th"}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** `1 minute`, `5 minutes`. */
export function countOf(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}

export function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
