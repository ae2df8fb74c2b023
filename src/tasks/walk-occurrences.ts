// The ledger unrolled: stored lines and spans, and for a task that stands still the times that pass meanwhile.
import type { Instant } from "../base/clock.ts";
import { invalidInput } from "../base/errors.ts";
import { parseInstant, type InstantLike } from "../base/instant.ts";
import { quote } from "../base/quote.ts";
import type { Rule } from "../schedule/rule.ts";
import type { StorageNouns } from "../storage/storage.ts";
import type { OccurrenceRecord } from "../storage/tasks.ts";
import { expandSpan } from "../task/expand-span.ts";
import { planResume } from "../task/plan-resume.ts";
import { ruleOf } from "../task/rule-of.ts";
import type { SkipReason } from "../task/skip.ts";
import { runsLeft, type TaskState } from "../task/task-state.ts";

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
  const { outcome: asked } = options;
  if (asked !== undefined && asked !== "run" && asked !== "skipped") {
    const message = `${quote(asked)} is not allowed: write "run" or "skipped".`;
    throw invalidInput("task.invalid", `Cannot read the ledger of "${state.id}".`, [
      { field: "outcome", message },
    ]);
  }
  const range = {
    from: options.from === undefined ? -Infinity : parseInstant(options.from),
    to: options.to === undefined ? Infinity : parseInstant(options.to),
  };
  const rules = new Map<number, Rule>();
  const merge = new Merge();
  const wanted = ({ outcome }: Occurrence): boolean => (asked ?? outcome) === outcome;
  // They may lie before lines that are stored: of times that a backfill has run meanwhile.
  if (asked !== "run") for (const line of standingStill(state, range, now)) merge.add(line);
  for await (const record of readLedger(storage, state.id, options)) {
    yield* merge.before(record.at).filter(wanted);
    if (record.outcome === "run") merge.add([runOf(record)].values());
    else merge.add(unroll(record, await ruleAt(storage, state, record.version, rules), range));
  }
  yield* merge.before(Infinity).filter(wanted);
}

function runOf({ at, runId }: OccurrenceRecord): Occurrence {
  return { at: new Date(at), outcome: "run", ...(runId === undefined ? {} : { runId }) };
}

interface OpenLine {
  readonly rest: Iterator<Occurrence, void>;
  head: Occurrence;
}

/**
 * Lines that lie over each other as one line: oldest first, each time once. A time that was skipped and then filled in
 * has run.
 */
class Merge {
  #open: OpenLine[] = [];
  /** What was told last, of the times that exist and of those that do not. */
  readonly #last = { real: Number.NaN, gap: Number.NaN };

  add(line: Iterator<Occurrence, void>): void {
    const first = line.next();
    if (first.done !== true) this.#open.push({ rest: line, head: first.value });
  }

  *before(end: Instant): Generator<Occurrence, undefined, undefined> {
    for (let line = this.#first(end); line !== undefined; line = this.#first(end)) {
      const { head, rest } = line;
      const next = rest.next();
      if (next.done === true) this.#open = this.#open.filter((other) => other !== line);
      else line.head = next.value;
      const kind = head.reason === "dst-gap" ? "gap" : "real";
      if (head.at.getTime() === this.#last[kind]) continue;
      this.#last[kind] = head.at.getTime();
      yield head;
    }
  }

  #first(end: Instant): OpenLine | undefined {
    let first: OpenLine | undefined;
    for (const line of this.#open) {
      const at = line.head.at.getTime();
      if (at >= end) continue;
      const before = first === undefined ? Infinity : first.head.at.getTime();
      if (at < before || (at === before && rankOf(line.head) < rankOf(first?.head))) first = line;
    }
    return first;
  }
}

/** Of one instant first what has run, then what was skipped, then the time that no clock showed. */
function rankOf(occurrence: Occurrence | undefined): number {
  if (occurrence === undefined) return 3;
  if (occurrence.outcome === "run") return 0;
  return occurrence.reason === "dst-gap" ? 2 : 1;
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
    // Whether a skipped time has run after all is told by the runs.
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

type Unrollable = Pick<OccurrenceRecord, "at" | "until" | "reason">;

function* unroll(record: Unrollable, rule: Rule, range: Range): Generator<Occurrence, void, undefined> {
  const { reason } = record;
  if (reason === undefined) return;
  // A span may be years of seconds: only the part that was asked for is walked.
  const part = { at: Math.max(record.at, range.from), until: Math.min(record.until, range.to), reason };
  for (const at of expandSpan(rule, part)) yield { at: new Date(at), outcome: "skipped", reason };
}

/**
 * A task that is stopped, or whose maxRuns is spent, writes nothing while it stands still; its next start or change
 * will. Until then the times follow from the rule.
 */
function standingStill(state: TaskState, range: Range, now: Instant): Iterator<Occurrence, void>[] {
  const { id, definition, cursor, enabled } = state;
  if (enabled && runsLeft(state) > 0) return [];
  const rule = ruleOf(id, definition);
  const { skips } = planResume({ definition, rule, cursor, now });
  return skips.map((span) => {
    const reason = enabled && span.reason === "paused" ? "limit" : span.reason;
    return unroll({ ...span, reason }, rule, range);
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
