// What the changes of many tasks come to, collected and then written set by set: occurrences, skips, cancelled and new
// runs, events. The order of the events is that of the changes.
import type { Instant } from "../base/clock.ts";
import { deriveId } from "../base/id.ts";
import type { NewRun } from "../storage/runs.ts";
import type { ActionTraits, FireReport } from "../storage/tasks.ts";
import type { TaskChange } from "../task/change-task.ts";
import { runOfTask } from "../task/run-of-task.ts";
import type { SkipReason, SkipSpan } from "../task/skip.ts";
import { numbers, texts, wholeNumbers } from "./columns.ts";
import type { Enqueue } from "./enqueue.ts";
import type { Settle } from "./settle.ts";
import type { WriteContext } from "./write-context.ts";

const occur = `INSERT INTO escapement.occurrence (task_id, at, until, outcome, reason, count, run_id, version)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[])
  ON CONFLICT DO NOTHING RETURNING run_id`;

/** A line of the ledger on its way. */
interface Line {
  readonly taskId: string;
  readonly version: number;
  readonly at: Instant;
  readonly until: Instant;
  readonly reason: SkipReason | "";
  readonly count: number | null;
  readonly runId: string | null;
}

export class TaskLedger {
  readonly #context: WriteContext;
  readonly #now: Instant;
  readonly #lines: Line[] = [];
  readonly #runs: { readonly run: NewRun; readonly latenessMs: number }[] = [];
  readonly #cancels: { readonly taskId: string; readonly ids: readonly string[] }[] = [];
  readonly #latenessMs: number[] = [];
  readonly #skipped: Partial<Record<SkipReason, number>> = {};
  readonly #cancelled: string[] = [];

  constructor(context: WriteContext, now: Instant) {
    this.#context = context;
    this.#now = now;
  }

  /** Notes what becomes of the nominal times of a task. */
  add(change: TaskChange, traits: ActionTraits | undefined): void {
    this.addSkips(change);
    const { id } = change.state;
    if (change.cancel.length > 0) this.#cancels.push({ taskId: id, ids: change.cancel });
    this.#addRuns(change, traits);
    if (!change.finished) return;
    this.#context.journal.add({
      at: this.#now,
      kind: "task.finished",
      actor: "system",
      subject: `task:${id}`,
    });
  }

  addSkips(change: TaskChange): void {
    const { id, version } = change.state;
    for (const span of change.skips) {
      this.#lines.push({ taskId: id, version, ...span, runId: null });
      this.#context.journal.add({
        at: this.#now,
        kind: "task.skipped",
        actor: "system",
        subject: `task:${id}`,
        label: span.reason,
        data: { ...span },
      });
      this.#tallySkip(span);
    }
  }

  #tallySkip(span: SkipSpan): void {
    const count = span.count ?? 1;
    this.#context.tally(`skipped:${span.reason}`, count);
    this.#skipped[span.reason] = (this.#skipped[span.reason] ?? 0) + count;
  }

  #addRuns({ state, runs }: TaskChange, traits: ActionTraits | undefined): void {
    const params = JSON.stringify(state.definition.params);
    for (const { at, dueAt } of runs) {
      const run: NewRun = {
        ...runOfTask(state, traits),
        id: deriveId(this.#now, `${state.id}@${at}`),
        params,
        scheduledFor: at,
        dueAt: Math.max(dueAt, 0),
      };
      this.#runs.push({ run, latenessMs: this.#now - dueAt });
      this.#lines.push({
        taskId: state.id,
        version: state.version,
        at,
        until: at,
        reason: "",
        count: 1,
        runId: run.id,
      });
    }
  }

  async write(enqueue: Enqueue, settle: Settle): Promise<void> {
    const written = await this.#writeLines();
    // The ledger decides: a nominal time that has a run gets no other.
    const fresh = this.#runs.filter(({ run }) => written.delete(run.id));
    this.#latenessMs.push(...fresh.map(({ latenessMs }) => latenessMs));
    for (const { taskId, ids } of this.#cancels) {
      const rows = await settle.lock(this.#context, ids);
      const by = {
        reason: `replaced by the next run of task "${taskId}"`,
        actor: `task:${taskId}`,
        now: this.#now,
      };
      this.#cancelled.push(...(await settle.cancel(this.#context, rows, by)));
    }
    const actorOf = (run: NewRun): string => `task:${run.taskId}`;
    await enqueue.inside(this.#context, { runs: fresh.map(({ run }) => run), actorOf, now: this.#now });
  }

  /** Resolves to the ids of the runs that got a line. */
  async #writeLines(): Promise<Set<unknown>> {
    const lines = this.#lines;
    if (lines.length === 0) return new Set();
    const rows = await this.#context.connection.all(
      occur,
      texts(lines.map((line) => line.taskId)),
      wholeNumbers(lines.map((line) => line.at)),
      wholeNumbers(lines.map((line) => line.until)),
      texts(lines.map((line) => (line.reason === "" ? "run" : "skipped"))),
      texts(lines.map((line) => line.reason)),
      numbers(lines.map((line) => line.count)),
      texts(lines.map((line) => line.runId)),
      numbers(lines.map((line) => line.version)),
    );
    return new Set(rows.map((row) => row["run_id"]));
  }

  get report(): Omit<FireReport, "tasks" | "nextDueAt"> {
    return { latenessMs: this.#latenessMs, skipped: this.#skipped, cancelled: this.#cancelled };
  }
}
