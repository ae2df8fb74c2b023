// The ledger unrolled: stored lines and spans, and for a task that stands still the times that pass meanwhile.
import type { Instant } from "../base/clock.ts";
import { invalidInput } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import type { Rule } from "../schedule/rule.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { OccurrenceRecord } from "../storage/tasks.ts";
import { expandSpan } from "../task/expand-span.ts";
import { show } from "../task/field-reader.ts";
import { planResume } from "../task/plan-resume.ts";
import { ruleOf } from "../task/rule-of.ts";
import type { SkipReason } from "../task/skip.ts";
import { runsLeft, type TaskState } from "../task/task-state.ts";
import { tellInOrder, type Line } from "./tell-in-order.ts";

export interface Occurrence {
  readonly at: Date;
  readonly outcome: "run" | "skipped";
  readonly reason?: SkipReason;
  readonly runId?: string;
}

export interface OccurrenceOptions {
  readonly from?: InstantLike;
  readonly to?: InstantLike;
  readonly outcome?: "run" | "skipped";
}

type Span = Pick<OccurrenceRecord, "at" | "until" | "reason">;

interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

const pageSize = 500;

export async function* walkOccurrences(
  storage: StorageNouns,
  state: TaskState,
  options: OccurrenceOptions,
  now: Instant,
): AsyncGenerator<Occurrence, void, undefined> {
  const { outcome } = options;
  if (outcome !== undefined && outcome !== "run" && outcome !== "skipped") {
    const message = `${show(outcome)} is not allowed: write "run" or "skipped".`;
    throw invalidInput("task.invalid", `Cannot read the ledger of "${state.id}".`, [
      { field: "outcome", message },
    ]);
  }
  const range = {
    from: options.from === undefined ? -Infinity : parseInstant(options.from),
    to: options.to === undefined ? Infinity : parseInstant(options.to),
  };
  const beside = outcome === "run" ? [] : standingStill(state, range, now);
  for await (const told of tellInOrder(storedLines(storage, state, options, range), beside)) {
    if (outcome === undefined || told.outcome === outcome) yield told;
  }
}

async function* storedLines(
  storage: StorageNouns,
  state: TaskState,
  options: OccurrenceOptions,
  range: Range,
): AsyncGenerator<Line<Occurrence>, void, undefined> {
  const rules = new Map<number, Rule>();
  for await (const record of readLedger(storage, state.id, options)) {
    const { at } = record;
    const times =
      record.outcome === "run"
        ? ranAt(record, range)
        : unroll(record, await ruleAt(storage, state, record.version, rules), range);
    yield { at, times };
  }
}

function ranAt({ at, runId }: OccurrenceRecord, range: Range): Occurrence[] {
  if (at < range.from || at > range.to) return [];
  return [{ at: new Date(at), outcome: "run", ...(runId === undefined ? {} : { runId }) }];
}

async function* readLedger(
  storage: StorageNouns,
  taskId: string,
  options: OccurrenceOptions,
): AsyncGenerator<OccurrenceRecord, void, undefined> {
  const { outcome } = options;
  const filter = {
    taskId,
    limit: pageSize,
    ...(options.from === undefined ? {} : { from: parseInstant(options.from) }),
    ...(options.to === undefined ? {} : { to: parseInstant(options.to) }),
    // A time that was skipped may have run later: what was skipped cannot be told without what ran.
    ...(outcome === "run" ? { outcome } : {}),
  };
  let after: readonly [Instant, string] | undefined;
  for (;;) {
    const page: readonly OccurrenceRecord[] = await storage.tasks.occurrences(
      after === undefined ? filter : { ...filter, after },
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = [last.at, last.reason ?? ""];
  }
}

function* unroll(record: Span, rule: Rule, range: Range): Generator<Occurrence, void, undefined> {
  const { reason } = record;
  if (reason === undefined) return;
  // A span may be years of seconds: only the part that was asked for is walked.
  const part = { at: Math.max(record.at, range.from), until: Math.min(record.until, range.to), reason };
  for (const at of expandSpan(rule, part)) yield { at: new Date(at), outcome: "skipped", reason };
}

/**
 * A task that is stopped, or whose runs are spent, writes nothing while it stands still; starting or changing it will.
 * Until then the times follow from the rule.
 */
function standingStill(state: TaskState, range: Range, now: Instant): Line<Occurrence>[] {
  const { id, definition, cursor, enabled } = state;
  if (enabled && runsLeft(state) > 0) return [];
  const rule = ruleOf(id, definition);
  const { skips } = planResume({ definition, rule, cursor, now });
  return skips.map((span) => {
    const reason = enabled && span.reason === "paused" ? "limit" : span.reason;
    return { at: span.at, times: unroll({ ...span, reason }, rule, range) };
  });
}

/** Spans are unrolled by the definition under which they were skipped. */
async function ruleAt(
  storage: StorageNouns,
  state: TaskState,
  version: number,
  rules: Map<number, Rule>,
): Promise<Rule> {
  const known = rules.get(version);
  if (known !== undefined) return known;
  const definition =
    version === state.version
      ? state.definition
      : await storage.tasks.definitionAt({ id: state.id, version });
  const rule = ruleOf(state.id, definition ?? state.definition);
  rules.set(version, rule);
  return rule;
}
