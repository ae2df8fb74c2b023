// kill -9, for real: a process writes, reads and archives the journal and is killed at any moment, again and again.
// Afterwards the journal is whole, and the subscription was given every event, each after the one before it.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { seededRandom } from "../../src/testing/index.ts";
import { workAndDie } from "../support/work-and-die.ts";

const kills = Number(process.env["KILLS"] ?? 4);
const seed = process.env["KILL_SEED"] ?? String(Date.now());
const random = seededRandom(seed);
const child = fileURLToPath(new URL("journal-kill-child.ts", import.meta.url));

/** Gives what a process had handled when it was killed. */
async function handledBy(file: string, archive: string): Promise<readonly number[]> {
  const lifeMs = 400 + random.next() * 500;
  const lines = await workAndDie({
    script: child,
    args: [file, archive],
    isAtWork: (said) => said.includes("ready\n"),
    lifeMs,
  });
  return lines.map(Number);
}

test(
  "[JRN-36] after kill -9 in the middle of writing, reading and archiving the journal is whole, and every event was handled",
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-kill-"));
    const [file, archive] = [join(directory, "app.db"), join(directory, "journal")];
    try {
      let handled = 0;
      for (let kill = 0; kill < kills; kill++) {
        const life = await handledBy(file, archive);
        const [first = handled + 1] = life;
        expect(first, "the next life goes on where this one was, or a little before").toBeLessThanOrEqual(
          handled + 1,
        );
        expect(life).toEqual(life.map((_, index) => first + index));
        handled = Math.max(handled, life.at(-1) ?? 0);
      }
      expect(handled).toBeGreaterThan(100);
      expect(readdirSync(archive).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(kills);
      await using runtime = await createRuntime({ storage: sqlite(file), archive });
      const [newest] = await runtime.journal.read({ limit: 1 });
      const last = newest?.seq ?? 0;
      const whole = { ok: true, from: 1, to: last, checked: last };
      expect(await runtime.journal.verify()).toMatchObject(whole);
      const seqs: number[] = [];
      for await (const event of runtime.journal.tail({ after: 0 })) {
        seqs.push(event.seq);
        if (event.seq === last) break;
      }
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    } catch (error) {
      throw new Error(`KILL_SEED=${seed}`, { cause: error });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
