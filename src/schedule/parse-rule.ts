// From a schedule as it is written to the rule that answers questions about it.
import { zoneOf, type Zone } from "../time/zone.ts";
import { parseInstant } from "../base/instant.ts";
import type { Instant } from "../base/clock.ts";
import type { DstPreset } from "../cron/cron.ts";
import { nextInstant } from "../cron/next.ts";
import { parseCron } from "../cron/parse.ts";
import { previousInstant } from "../cron/previous.ts";
import { boundedTimes, type Bounds } from "./bounded-times.ts";
import { cronGaps } from "./cron-gaps.ts";
import { elapsedTimes } from "./elapsed-times.ts";
import { excludedTimes, excludingTimes } from "./excluding-times.ts";
import { parseExclusions } from "./exclusion.ts";
import { parseInterval } from "./interval.ts";
import { onceTimes } from "./once-times.ts";
import type { Rule } from "./rule.ts";
import type { ScheduleDefinition } from "./schedule-definition.ts";
import { lastInstant, type Times } from "./times.ts";
import { wallGaps } from "./wall-gaps.ts";
import { wallTimes } from "./wall-times.ts";

export interface RuleOptions {
  /** What `H` is hashed from: the task's id. */
  readonly seed?: string;
}

/** Throws `cron.invalid`, `duration.invalid`, `instant.invalid` or `zone.unknown`. */
export function parseRule(definition: ScheduleDefinition, options: RuleOptions = {}): Rule {
  const seed = options.seed ?? "";
  const zone = zoneOf(definition.timezone ?? "UTC");
  const { times, gaps } = parseSchedule(definition, zone, seed);
  const exclusions = parseExclusions(definition.exclude ?? [], seed);
  const bounds = boundsOf(definition);
  const bounded = boundedTimes(times, bounds);
  return Object.freeze({
    ...excludingTimes(bounded, exclusions, zone),
    zone,
    bounds,
    schedule: times,
    excluded: (from: Instant, to: Instant) => excludedTimes(bounded, exclusions, zone, { from, to }),
    gaps: (from: Instant, to: Instant) =>
      gaps(Math.max(from, bounds.startAt ?? -lastInstant), Math.min(to, bounds.endAt ?? lastInstant)),
  });
}

function boundsOf({ startAt, endAt }: ScheduleDefinition): Bounds {
  return { ...(startAt === undefined ? {} : { startAt }), ...(endAt === undefined ? {} : { endAt }) };
}

export interface ParsedSchedule {
  readonly times: Times;
  readonly gaps: Rule["gaps"];
}

/** The schedule alone: what `schedule`, and the fields that give it a meaning, say. */
export function parseSchedule(definition: ScheduleDefinition, zone: Zone, seed: string): ParsedSchedule {
  const text = definition.schedule;
  switch (definition.type) {
    case "cron": {
      const dayMatch = definition.dayMatch ?? "or";
      const cron = parseCron(text, { dayMatch, seed });
      const dst: DstPreset = definition.dst ?? "vixie";
      return {
        times: {
          next: (after) => nextInstant(cron, after, zone, dst),
          previous: (before) => previousInstant(cron, before, zone, dst),
        },
        gaps: (from, to) => cronGaps(cron, zone, dst, { from, to }),
      };
    }
    case "interval":
      return parseIntervalSchedule(definition, zone);
    case "once":
      return { times: onceTimes(parseOnce(text)), gaps: () => [] };
  }
}

function parseIntervalSchedule(definition: ScheduleDefinition, zone: Zone): ParsedSchedule {
  const { anchor = 0 } = definition;
  const intervalMs = parseInterval(definition.schedule);
  if (definition.every !== "wall") return { times: elapsedTimes(anchor, intervalMs), gaps: () => [] };
  return {
    times: wallTimes(anchor, intervalMs, zone),
    gaps: (from, to) => wallGaps({ anchor, intervalMs, zone }, { from, to }),
  };
}

/** Milliseconds in text, as the schedules of the field write them, or whatever an instant may be. */
function parseOnce(text: string): Instant {
  const plain = text.trim();
  return parseInstant(/^-?\d+$/.test(plain) ? Number(plain) : plain);
}
