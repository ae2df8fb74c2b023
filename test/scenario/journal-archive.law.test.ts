// Whatever retention has taken where, and whoever asks for what: a read finds exactly the events that were written.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Event } from "../../src/journal/event.ts";
import type { ReadOptions } from "../../src/journal/journal.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/index.ts";

type Command = "note" | "runs" | "kill" | "hour" | "retention";

async function act(runtime: TestRuntime, command: Command): Promise<void> {
  const run = { action: "mail:send", input: {} };
  if (command === "note") await runtime.journal.note("step", { a: 1 }, { actor: "user:ann" });
  if (command === "runs") await runtime.runs.enqueueMany([run, run, run]);
  if (command === "kill") await runtime.control.kill({ scope: "task:a", reason: "drill", actor: "user:bob" });
  if (command === "hour") await runtime.clock.advance("1h");
  if (command === "retention") await runtime.retention.apply();
}

/** What a read has to give, by its definition. */
function expected(
  events: readonly Event[],
  options: ReadOptions & { readonly limit: number },
): readonly Event[] {
  const { after, before, kind, category, actor, audited, limit } = options;
  const found = events.filter(
    (event) =>
      event.seq > (after ?? 0) &&
      event.seq < (before ?? Number.MAX_SAFE_INTEGER) &&
      (kind === undefined || event.kind === kind) &&
      (category === undefined || event.category === category) &&
      (actor === undefined || event.actor === actor) &&
      (audited !== true || event.chain !== undefined),
  );
  return (after === undefined ? found.toReversed() : found).slice(0, limit);
}

const seq = fc.integer({ min: 0, max: 40 });
const filter = fc.record(
  {
    after: seq,
    before: seq,
    kind: fc.constantFrom("step", "run.enqueued", "switch.killed", "retention.applied"),
    category: fc.constantFrom("run", "control", "system"),
    actor: fc.constantFrom("user:ann", "user:bob", "system"),
    audited: fc.boolean(),
    limit: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: ["limit"] },
);
const command = fc.constantFrom<Command>("note", "runs", "kill", "hour", "hour", "retention");

test("[JRN-30] any read finds the same with and without the archive, and the whole verifies", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 40 }),
      fc.array(filter, { minLength: 10, maxLength: 10 }),
      async (commands, filters) => {
        const folder = mkdtempSync(join(tmpdir(), "escapement-law-"));
        try {
          await using runtime = await testRuntime({
            start: false,
            archive: join(folder, "journal"),
            retention: { journal: "90m" },
          });
          runtime.action("mail:send", { run: () => null });
          const events: Event[] = [];
          for (const one of commands) {
            await act(runtime, one);
            // Read as soon as they are there, before anything can be done to them.
            events.push(...(await runtime.journal.read({ after: events.length, limit: 1_000 })));
          }
          for (const options of filters) {
            const found = await runtime.journal.read(options);
            expect([options, found]).toEqual([options, expected(events, options)]);
          }
          expect(await runtime.journal.verify()).toMatchObject({ ok: true, checked: events.length });
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
    ),
    { numRuns: 60 },
  );
});
