// One JSON object per line: started, each finished run, each skip, each change of control, each error, stopped.
// Written no faster than somebody reads; when nobody reads any more, silently not at all.
import { once } from "node:events";
import { systemClock } from "../../base/clock.ts";
import { errorData } from "../../base/error-data.ts";
import type { Event } from "../../contract/journal.ts";
import type { Run } from "../../contract/run.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Reporter } from "./reporter.ts";
import type { StopSignal } from "./stop-signals.ts";

/** The part of `process.stdout` that is used. */
export interface LineStream extends NodeJS.EventEmitter {
  readonly writable: boolean;
  write(text: string): boolean;
}

const finished: ReadonlySet<string> = new Set(["run.succeeded", "run.failed", "run.cancelled"]);

export class JsonReporter implements Reporter {
  readonly #stream: LineStream;
  readonly #end = new AbortController();
  #runtime: Runtime | undefined;
  #following: Promise<void> = Promise.resolve();
  #runs = 0;

  constructor(stream: LineStream) {
    this.#stream = stream;
  }

  async begin(runtime: Runtime): Promise<void> {
    this.#runtime = runtime;
    const [newest] = await runtime.journal.read({ limit: 1 });
    this.#following = this.#follow(runtime, newest?.seq ?? 0);
  }

  async started(address: string): Promise<void> {
    const { node, storage, tasks } = this.#known();
    const count = (await tasks.all({ enabled: true })).length;
    await this.#write("started", { address, storage, node, tasks: count, pid: process.pid });
  }

  error(error: unknown): void {
    const { stack: _stack, ...data } = errorData(error);
    void this.#write("error", { error: data });
  }

  stopping(signal: StopSignal): void {
    void this.#write("stopping", { signal, activeRuns: this.#known().activeRuns() });
  }

  async stopped(): Promise<void> {
    this.#end.abort();
    await this.#following;
    await this.#write("stopped", { runs: this.#runs });
  }

  async #follow(runtime: Runtime, after: number): Promise<void> {
    try {
      for await (const event of runtime.journal.tail({ after, signal: this.#end.signal })) {
        if (finished.has(event.kind)) await this.#tellRun(runtime, event);
        else if (event.kind === "task.skipped") await this.#tellSkip(event);
        else if (event.category === "control") await this.#tellControl(event);
      }
    } catch (error) {
      // The storage closes while the last page is being read: there is nothing left to tell.
      if (!this.#end.signal.aborted && !isClosed(error)) this.error(error);
    }
  }

  async #tellRun(runtime: Runtime, event: Event): Promise<void> {
    const run = await runtime.runs.get(event.subject.slice("run:".length)).catch(() => undefined);
    this.#runs += 1;
    await this.#write("run", run === undefined ? bareRun(event) : runFacts(run), event.at);
  }

  #tellSkip({ at, subject, label, data }: Event): Promise<void> {
    const facts = { taskId: subject.slice("task:".length), reason: label, ...spanOf(data) };
    return this.#write("skip", facts, at);
  }

  #tellControl({ at, kind, subject, actor, label }: Event): Promise<void> {
    return this.#write("control", { kind, subject, actor, ...(label === undefined ? {} : { label }) }, at);
  }

  async #write(event: string, facts: object, at: Date = new Date(systemClock.now())): Promise<void> {
    if (!this.#stream.writable) return;
    const taken = this.#stream.write(`${JSON.stringify({ event, at, ...facts })}\n`);
    if (!taken)
      await Promise.race([once(this.#stream, "drain"), once(this.#stream, "close")]).catch(() => undefined);
  }

  #known(): Runtime {
    if (this.#runtime === undefined) throw new Error("begin() comes first");
    return this.#runtime;
  }
}

function runFacts(run: Run): object {
  const {
    id,
    action,
    taskId,
    state,
    attempt,
    pass,
    scheduledFor,
    startedAt,
    finishedAt,
    result,
    reason,
    error,
  } = run;
  const took =
    startedAt === undefined || finishedAt === undefined
      ? {}
      : { durationMs: finishedAt.getTime() - startedAt.getTime() };
  return {
    id,
    action,
    ...(taskId === undefined ? {} : { taskId }),
    state,
    attempt,
    ...(pass === 1 ? {} : { pass }),
    scheduledFor,
    ...took,
    ...(result === undefined ? {} : { result }),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error: { name: error.name, message: error.message, code: error.code } }),
  };
}

/** What the journal alone knows of a run. */
function bareRun({ subject, kind, durationMs }: Event): object {
  return {
    id: subject.slice("run:".length),
    state: kind.slice("run.".length),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

/** Which nominal times were skipped: how many, from which to which. */
function spanOf(data: Event["data"]): object {
  const span = new Map(Object.entries(data ?? {}));
  const iso = (value: unknown): string | null =>
    typeof value === "number" ? new Date(value).toISOString() : null;
  return { from: iso(span.get("at")), until: iso(span.get("until")), count: span.get("count") ?? null };
}

function isClosed(error: unknown): boolean {
  const { code } = errorData(error);
  return code === "runtime.not-started" || code === "runtime.stopped";
}
