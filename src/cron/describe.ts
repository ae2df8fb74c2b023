// An expression in words.
import { listBits, listSixty } from "./bits.ts";
import type { Cron } from "./cron.ts";

export function describe(cron: Cron): string {
  return `at hours ${listBits(cron.hours).join(", ")}, minutes ${listSixty(cron.minutes).join(", ")}`;
}
