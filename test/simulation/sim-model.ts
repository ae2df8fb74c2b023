// What the simulation knows of each task apart from the database: which rule held from when to when. From that follows
// which nominal times must have an outcome, by the pure rule alone.
import { parseRule } from "../../src/schedule/parse-rule.ts";
import type { Rule } from "../../src/schedule/rule.ts";
import type { Instant } from "../../src/base/clock.ts";
import type { TaskDefinition } from "../../src/task/task.ts";

/** One rule, over the times in (after, until]; `until` is open while it holds. */
interface Stretch {
  readonly after: Instant;
  until: Instant | undefined;
  readonly rule: Rule;
  readonly text: string;
}

export class SimTask {
  readonly id: string;
  readonly #stretches: Stretch[] = [];
  readonly triggered = new Set<string>();
  /** Times that a backfill may have run, whatever rule held when they passed. */
  readonly filled = new Set<Instant>();
  exists = false;
  /** Runs of an earlier life of this id that had ended when the present one began. */
  endedBefore = 0;
  failedBefore = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** A definition holds from here on; the same times as before go on where they were. */
  define(definition: TaskDefinition, before: Instant, cursor: Instant): void {
    const text = timesOf(definition);
    const last = this.#stretches.at(-1);
    if (last?.until === undefined && last?.text === text) return;
    if (last !== undefined) last.until ??= before;
    this.#stretches.push({
      after: cursor,
      until: undefined,
      rule: parseRule(definition, { seed: this.id }),
      text,
    });
    this.exists = true;
  }

  /** Its times end with the cursor that it had. */
  remove(cursor: Instant): void {
    const last = this.#stretches.at(-1);
    if (last !== undefined) last.until ??= cursor;
    this.exists = false;
  }

  fill(from: Instant, to: Instant): void {
    const rule = this.#stretches.at(-1)?.rule;
    if (rule === undefined) return;
    for (let at = rule.next(from - 1); at !== null && at <= to; at = rule.next(at)) this.filled.add(at);
  }

  /** Every nominal time up to `end`, whatever kind it is of. */
  times(end: Instant): Set<Instant> {
    const times = new Set<Instant>();
    for (const { after, until = end, rule } of this.#stretches) {
      const last = Math.min(until, end);
      for (let at = rule.next(after); at !== null && at <= last; at = rule.next(at)) times.add(at);
      for (const at of rule.excluded(after + 1, last)) times.add(at);
      for (const { at, becomes } of rule.gaps(after + 1, last)) if (becomes === null) times.add(at);
    }
    return times;
  }
}

/** Everything that decides about nominal times. */
function timesOf(definition: TaskDefinition): string {
  const { type, schedule, timezone, dst, anchor, every, startAt, endAt, exclude } = definition;
  return JSON.stringify([type, schedule, timezone, dst, anchor, every, startAt, endAt, exclude]);
}
