// A transaction that a caller holds open on the one writer: begun, worked in, and ended exactly once.
import { setTimeout as sleep } from "node:timers/promises";
import { EscapementError } from "../base/errors.ts";
import type { SqlResult, SqlValue, Transaction } from "../storage/storage.ts";
import { nounsOver } from "../storage/verbs.ts";
import type { Batcher } from "./batcher.ts";
import type { Call } from "./sqlite-engine.ts";

export function transact<Result>(
  line: Batcher,
  timeoutMs: number,
  work: (inside: Transaction) => Promise<Result>,
): Promise<Result> {
  return line.exclusively(async (send) => {
    let over = false;
    const call = async (one: Call): Promise<unknown> => {
      if (over)
        throw new EscapementError(
          "runtime.stopped",
          "The transaction is over: do all its work before its function returns.",
        );
      const [answer] = (await send({ step: "inside", calls: [one] })).answers;
      if (answer === undefined || "error" in answer)
        throw answer?.error ?? new EscapementError("storage.broken", "The storage gave no answer.");
      return answer.value;
    };
    const execute: Transaction["execute"] = async (text, values = []) => {
      const result = await call({ noun: "sql", verb: "execute", input: { text, values: values.map(bound) } });
      return isResult(result) ? result : { rows: [], changed: 0 };
    };
    const inside: Transaction = {
      ...nounsOver((noun, verb, _kind, input) => call({ noun, verb, input })),
      sql: async (text, values) => (await execute(text, values)).rows,
      execute,
    };
    await send({ step: "begin", calls: [] });
    try {
      const result = await within(timeoutMs, work(inside));
      over = true;
      await send({ step: "commit", calls: [] });
      return result;
    } catch (error) {
      over = true;
      // Where the thread has died, so has the transaction.
      await send({ step: "rollback", calls: [] }).catch(() => undefined);
      throw error;
    }
  });
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: stop.signal }).then(() => {
    throw new EscapementError(
      "storage.busy",
      `The transaction took longer than ${timeoutMs} ms and was rolled back: nobody else can write meanwhile. Do slow work before it, and inside it use only what it gives you.`,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}

function isResult(value: unknown): value is SqlResult {
  return typeof value === "object" && value !== null && "rows" in value;
}

/** SQLite has no truths. */
export function bound(value: SqlValue): Exclude<SqlValue, boolean> {
  return typeof value === "boolean" ? Number(value) : value;
}
