// Short ways to enqueue a run, to let the time pass, and to read what became of it.
import { EscapementError } from "../../src/base/errors.ts";
import type { Run } from "../../src/run/run.ts";
import type { TestRuntime } from "../../src/testing/test-runtime.ts";

/** The run as it stands after so much time. */
export async function settledRun(
  runtime: TestRuntime,
  action: string,
  input: unknown,
  after: string,
): Promise<Run> {
  const { id } = await runtime.runs.enqueue(action, input);
  await runtime.clock.advance(after);
  return found(runtime, id);
}

export async function found(runtime: Pick<TestRuntime, "runs">, id: string): Promise<Run> {
  const run = await runtime.runs.get(id);
  if (run === undefined) throw new Error(`run ${id} is gone`);
  return run;
}

/** The kinds of events about a run, in order. */
export async function kindsOf(runtime: Pick<TestRuntime, "journal">, id: string): Promise<string[]> {
  const events = await runtime.journal.read({ after: 0, subject: `run:${id}`, limit: 1_000 });
  return events.map((event) => event.kind);
}

/** The code of an error, or its name when it has none. */
export function isCode(error: unknown): string {
  if (EscapementError.is(error)) return error.code;
  return error instanceof Error ? error.name : String(error);
}
