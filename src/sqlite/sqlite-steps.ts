// Durable steps in SQLite. The fence is looked at for all steps of a call at once; what it lets through is kept.
import type { NewStep, StepRecord, StepStorage } from "../storage/steps.ts";
import { integer, optional, text, type Row } from "../storage/row.ts";
import type { Connection } from "./connection.ts";
import { noteStale } from "./late-events.ts";
import type { RunNote } from "../storage/journal.ts";
import type { WriteContext } from "./write-context.ts";

const held = `SELECT one.key AS number FROM json_each(?) AS one CROSS JOIN run ON run.id = one.value ->> 0
  WHERE run.fence = one.value ->> 1 AND run.pass = one.value ->> 2 AND run.node = ?`;
const keep = `INSERT INTO step (run_id, pass, name, parent, result, attempt, at) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (run_id, pass, name) DO NOTHING`;
const ofPass =
  "SELECT name, parent, result, attempt, at FROM step WHERE run_id = ? AND pass = ? ORDER BY seq";

type Input<Verb extends keyof StepStorage> = Parameters<StepStorage[Verb]>[0];

export interface StepReads {
  load(request: Input<"load">): readonly StepRecord[];
}

export function stepReads(connection: Connection): StepReads {
  return { load: ({ runId, pass }) => connection.all(ofPass, runId, pass).map(decodeStep) };
}

export class SqliteSteps {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  save({ node, steps }: Input<"save">): boolean[] {
    const { connection, journal } = this.#context;
    const holds = JSON.stringify(steps.map(({ runId, fence, pass }) => [runId, fence, pass]));
    const holding = new Set(connection.all(held, holds, node).map((row) => integer(row["number"])));
    const isHeld = (_step: NewStep, number: number): boolean => holding.has(number);
    const kept = steps.filter((step, number) => isHeld(step, number) && this.#insert(step));
    const stale = steps.filter((step, number) => !isHeld(step, number));
    const actor = `node:${node}`;
    journal.addRuns("run.stepped", actor, kept.map(noteOfStep));
    noteStale(this.#context, actor, stale.map(noteOfStale));
    return steps.map(isHeld);
  }

  #insert({ runId, pass, name, parent, result, attempt, at }: NewStep): boolean {
    return this.#context.connection.run(keep, runId, pass, name, parent ?? null, result, attempt, at) === 1;
  }
}

function noteOfStep({ runId, at, name, durationMs }: NewStep): RunNote {
  return [runId, at, null, name, durationMs, null];
}

function noteOfStale({ runId, at, name, attempt }: NewStep): RunNote {
  return [runId, at, null, name, null, JSON.stringify({ attempt, step: name })];
}

function decodeStep(row: Row): StepRecord {
  return {
    name: text(row["name"]),
    result: text(row["result"]),
    attempt: integer(row["attempt"]),
    at: integer(row["at"]),
    ...optional("parent", row["parent"], text),
  };
}
