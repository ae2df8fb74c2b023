// An expression in words, made from its meaning rather than from its text, so that two spellings read the same.
import type { Cron } from "./cron.ts";
import { describeDays } from "./describe-days.ts";
import { describeTime } from "./describe-time.ts";

/** `at 09:00, Monday to Friday`, `every 5 minutes`, `at 12:00 on 29 February`. */
export function describe(cron: Cron): string {
  const time = describeTime(cron);
  const days = describeDays(cron);
  const anyDay = cron.days.dayOpen && cron.days.weekdayOpen;
  // A rhythm needs no "every day"; times of day do.
  if (anyDay && /^at \d\d:/.test(time)) days.unshift("every day");
  return days.reduce(
    (text, part) => (/^(?:on|in|every) /.test(part) ? `${text} ${part}` : `${text}, ${part}`),
    time,
  );
}
