// Instants and local clock readings as people read them: the form of previews, explanations and notes.
import type { Instant } from "../base/clock.ts";
import type { LocalMs } from "../time/local-time.ts";
import type { Zone } from "../time/zone.ts";

/** `2026-03-29 03:00:00 +02:00 (Europe/Paris)`; milliseconds only when there are some. */
export function instantText(at: Instant, zone: Zone): string {
  const offset = zone.offsetAt(at);
  return `${digits(at + offset)} ${offsetText(offset)} (${zone.name})`;
}

/** `2026-03-29 02:30`; seconds only when there are some. */
export function localText(local: LocalMs): string {
  return digits(local).replace(/:00$/, "");
}

/** `02:30`: the time of day alone. */
export function timeOfDayText(local: LocalMs): string {
  return localText(local).slice(11);
}

function digits(local: LocalMs): string {
  return new Date(local).toISOString().replace("T", " ").replace("Z", "").replace(".000", "");
}

function offsetText(offset: number): string {
  const seconds = Math.abs(offset) / 1_000;
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (parts[2] === 0) parts.pop();
  return (offset < 0 ? "-" : "+") + parts.map((part) => String(part).padStart(2, "0")).join(":");
}
