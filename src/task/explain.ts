// Whether an instant is one of a rule's nominal times, and if not, why not:
// the half of `tasks.explain` that needs no history.
import type { Instant } from "../base/clock.ts";
import { changeText, gapReading } from "../schedule/dst-notes.ts";
import { instantText, localText } from "../schedule/local-text.ts";
import type { GapTime, Rule } from "../schedule/rule.ts";
import { includes } from "../schedule/times.ts";

export interface RuleExplanation {
  readonly outcome: "scheduled" | "excluded" | "dst-gap" | "outside bounds" | "not scheduled";
  /** One sentence. */
  readonly note: string;
  /** The time that runs instead of one inside a gap. */
  readonly becomes?: Instant;
}

export function explainRule(rule: Rule, at: Instant): RuleExplanation {
  const time = instantText(at, rule.zone);
  if (includes(rule, at)) return { outcome: "scheduled", note: `${time} is a time of the schedule.` };
  for (const _ of rule.excluded(at, at)) {
    return {
      outcome: "excluded",
      note: `${time} is a time of the schedule, but an exclusion leaves it out.`,
    };
  }
  for (const gap of rule.gaps(at, at)) return explainGap(rule, gap);
  if (includes(rule.schedule, at)) {
    const { startAt } = rule.bounds;
    const where = startAt !== undefined && at < startAt ? "before startAt" : "after endAt";
    return { outcome: "outside bounds", note: `${time} is a time of the schedule, but ${where}.` };
  }
  return {
    outcome: "not scheduled",
    note: `${time} is not a time of the schedule; ${neighbours(rule, at)}.`,
  };
}

function explainGap(rule: Rule, gap: GapTime): RuleExplanation {
  const { local, change } = gapReading(rule.zone, gap.at);
  const why = change === undefined ? "" : `: ${changeText(change)}`;
  const note = `${localText(local)} does not exist in ${rule.zone.name}${why}`;
  if (gap.becomes === null) return { outcome: "dst-gap", note: `${note}; it is skipped.` };
  const stead = instantText(gap.becomes, rule.zone);
  return { outcome: "dst-gap", note: `${note}; ${stead} runs instead.`, becomes: gap.becomes };
}

function neighbours(rule: Rule, at: Instant): string {
  const before = rule.previous(at);
  const after = rule.next(at);
  if (before === null && after === null) return "it has no times at all";
  if (before === null) return `the first is ${instantText(after ?? at, rule.zone)}`;
  const last = instantText(before, rule.zone);
  return after === null
    ? `the last was ${last}`
    : `the nearest are ${last} and ${instantText(after, rule.zone)}`;
}
