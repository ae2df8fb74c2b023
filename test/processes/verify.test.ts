// What was altered behind Escapement's back is found, and the slot is named: on both engines, by SQL.
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { postgres } from "../../src/postgres/index.ts";
import type { VerifyReport } from "../../src/processes/verify-process.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { StorageFixture } from "../../src/testing/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());
let schemas = 0;

function postgresSchema(): StorageFixture {
  const schema = `verify_${++schemas}`;
  return {
    storage: postgres(server.url, { schema }),
    reopen: () => postgres(server.url, { schema }),
    execute: async (sql) => void (await server.execute(`SET search_path = ${schema}; ${sql}`)),
    dispose: async () => void (await server.execute(`DROP SCHEMA ${schema} CASCADE`)),
  };
}

const handled = 12;
const waiting = 3;

function define(runtime: Runtime): void {
  runtime.process("counter", {
    state: z.number(),
    initial: () => 0,
    snapshotEvery: 5,
    messages: { add: { input: z.number(), handle: (state, by) => ({ state: state + by }) } },
  });
}

/** Twelve messages that were handled and three that wait; then the SQL, then what verify says. */
async function verifyAfter(fixture: StorageFixture, sql: string): Promise<VerifyReport> {
  const { storage, reopen, execute, dispose } = fixture;
  if (reopen === undefined || execute === undefined) throw new Error("the data has to be opened again");
  try {
    const first = await createRuntime({ storage });
    define(first);
    await first.start();
    for (let by = 0; by < handled; by++) await first.processes.send("counter/a", "add", by);
    await first.processes.wait("counter/a", handled - 1, { timeout: "20s" });
    await first.stop();
    const second = await createRuntime({ storage: reopen(), work: false });
    define(second);
    for (let by = 0; by < waiting; by++) await second.processes.send("counter/a", "add", by);
    await second.stop();
    if (sql !== "") await execute(sql);
    await using third = await createRuntime({ storage: reopen(), work: false });
    define(third);
    return await third.processes.verify("counter/a");
  } finally {
    await dispose?.();
  }
}

interface Damage {
  readonly what: string;
  readonly sqlite: string;
  readonly postgres: string;
  readonly firstBad: number;
}

/** In SQLite what was handled is kept with its fold, of which there is one for every message here, or for some. */
const inFold = (slot: number, place: string, value: string): string =>
  `UPDATE fold SET messages = json_set(messages, '$[' || (${slot} - slot) || ']${place}', ${value})
    WHERE ${slot} >= slot AND ${slot} < slot + count`;

const damages: readonly Damage[] = [
  {
    what: "the input of a message that was handled",
    sqlite: inFold(7, "[2]", "'99'"),
    postgres: "UPDATE message SET input = '99' WHERE slot = 7",
    firstBad: 7,
  },
  {
    what: "the id of a message that was handled",
    sqlite: inFold(4, "[0]", "'another'"),
    postgres: "UPDATE message SET id = 'another' WHERE slot = 4",
    firstBad: 4,
  },
  {
    what: "a time that goes backwards",
    sqlite: inFold(3, "[3]", "17"),
    postgres: "UPDATE message SET at = 17 WHERE slot = 3",
    firstBad: 3,
  },
  {
    what: "the input of a message that waits",
    sqlite: "UPDATE message SET input = '99' WHERE slot = 13",
    postgres: "UPDATE message SET input = '99' WHERE slot = 13",
    firstBad: 13,
  },
  {
    what: "a message in the middle that is gone",
    sqlite: "DELETE FROM fold WHERE slot <= 6 AND slot + count > 6",
    postgres: "DELETE FROM message WHERE slot = 6",
    firstBad: 6,
  },
];

describe.each([
  { name: "SQLite in a file", make: sqliteFile, engine: "sqlite" as const },
  { name: "PostgreSQL", make: postgresSchema, engine: "postgres" as const },
])("$name", ({ make, engine }) => {
  test("[PRC-33] a line that nobody touched is sound, to its end", async () => {
    expect(await verifyAfter(make(), "")).toEqual({ ok: true, slots: handled + waiting });
  });

  test.each(damages)("[PRC-33] $what is found", async ({ firstBad, ...sql }) => {
    const report = await verifyAfter(make(), sql[engine]);
    expect(report.ok).toBe(false);
    expect(report.firstBad).toBeLessThanOrEqual(firstBad);
    // A fold goes as a whole.
    if (!sql[engine].startsWith("DELETE FROM fold"))
      expect(report).toMatchObject({ firstBad, slots: firstBad });
  });
});
