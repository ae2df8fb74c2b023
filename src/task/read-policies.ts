// Reads the optional fields of a task: when it runs, and how its runs are treated.
// Each field is checked alone; what fits together is checked in find-conflicts.ts.
import type { FieldReader } from "./field-reader.ts";
import type { DayMatch, DstPreset } from "../cron/cron.ts";
import { intervalKinds } from "../schedule/schedule-definition.ts";
import { mostPasses } from "../run/passes.ts";
import { missedPolicies, overlapPolicies, type TaskDefinition, type TaskRetry } from "./task.ts";

const dstPresets: readonly DstPreset[] = ["vixie", "skip", "shift", "first", "last", "both"];
const dayMatches: readonly DayMatch[] = ["or", "and"];

/** The most missed times that are caught up at once. */
const mostMissed = 10_000;

type Timing = Pick<
  TaskDefinition,
  "timezone" | "dst" | "dayMatch" | "anchor" | "every" | "startAt" | "endAt" | "exclude" | "jitter"
>;

export function readTiming(fields: FieldReader): Timing {
  return {
    ...fields.text("timezone"),
    ...fields.choice("dst", dstPresets),
    ...fields.choice("dayMatch", dayMatches),
    ...fields.instant("anchor"),
    ...fields.choice("every", intervalKinds),
    ...fields.instant("startAt"),
    ...fields.instant("endAt"),
    ...fields.texts("exclude"),
    ...fields.duration("jitter"),
  };
}

type Policies = Pick<
  TaskDefinition,
  | ("overlap" | "maxConcurrent" | "missed" | "missedWindow" | "missedLimit" | "maxRuns" | "passes")
  | ("pauseOnFailure" | "priority" | "retry" | "timeout" | "cluster" | "tags")
>;

export function readPolicies(fields: FieldReader): Policies {
  return {
    ...fields.choice("overlap", overlapPolicies),
    ...fields.whole("maxConcurrent", { min: 1 }),
    ...fields.choice("missed", missedPolicies),
    ...fields.duration("missedWindow"),
    ...fields.whole("missedLimit", { min: 1, max: mostMissed }),
    ...fields.whole("maxRuns", { min: 1 }),
    ...fields.whole("passes", { min: 1, max: mostPasses }),
    ...fields.flag("pauseOnFailure"),
    ...fields.whole("priority", { min: -1_000_000, max: 1_000_000 }),
    ...readRetry(fields),
    ...fields.duration("timeout", 1),
    ...fields.text("cluster", 200),
    ...fields.texts("tags"),
  };
}

const retryFields = ["attempts", "delay", "factor", "maxDelay", "jitter"];

function readRetry(fields: FieldReader): { readonly retry?: TaskRetry<number> } {
  const inside = fields.inside("retry");
  if (inside === undefined) return {};
  inside.onlyKnown(retryFields);
  const retry = {
    ...inside.whole("attempts", { min: 1 }),
    ...inside.duration("delay"),
    ...inside.atLeast("factor", 1),
    ...inside.duration("maxDelay"),
    ...inside.flag("jitter"),
  };
  return { retry };
}
