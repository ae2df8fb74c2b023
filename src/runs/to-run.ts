// A run as kept, made into the run that callers see.
import type { ErrorData } from "../base/errors.ts";
import { decodeJson } from "../base/json.ts";
import type { Run } from "../run/run.ts";
import type { NewRun, RunRecord } from "../storage/runs.ts";

export function toRun(record: RunRecord): Run {
  const {
    params,
    scheduledFor,
    dueAt,
    startedAt,
    finishedAt,
    result,
    error,
    passes: _passes,
    cluster: _cluster,
    options: _options,
    ...rest
  } = record;
  return {
    ...rest,
    params: decodeJson(params),
    scheduledFor: new Date(scheduledFor),
    dueAt: new Date(dueAt),
    ...(startedAt === undefined ? {} : { startedAt: new Date(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: new Date(finishedAt) }),
    ...(result === undefined ? {} : { result: decodeJson(result) }),
    ...(error === undefined ? {} : { error: decodeError(error) }),
  };
}

/** A run that has just been enqueued. */
export function waitingRun(run: NewRun): Run {
  const { lanes: _lanes, rates: _rates, onConflict: _onConflict, ...record } = run;
  return toRun({ ...record, state: "waiting", attempt: 0, pass: 1 });
}

/** A run that was not kept, because another has its key. */
export function droppedRun(run: NewRun, existing: string): Run {
  return { ...waitingRun(run), state: "skipped", reason: `dropped: run ${existing} has the same key` };
}

function decodeError(json: string): ErrorData {
  const error: ErrorData = JSON.parse(json);
  return error;
}
