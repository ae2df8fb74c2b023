// Hundreds of keys on one virtual clock: lanes, limits and lines of every width, and some keys whose runs never end.
// Nothing is exceeded, everything that can run has run by the time that its own key allows, and nobody waits for a stranger.
import { expect, test } from "vitest";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";
import { JournalCheck, type RunFacts } from "../support/journal-check.ts";

const seed = process.env["SIM_SEED"] ?? String(Date.now());
const keys = 300;
const runsPerKey = 8;
const workMs = 1_000;
const laneLimit = 2;
const rate = { limit: 4, perMs: 1_000, burst: 2 } as const;
/** Every so many keys one whose runs hold their seats until they are cancelled. */
const stuckEvery = 30;

interface Input {
  readonly key: number;
}

const isStuck = ({ key }: Input): boolean => key % stuckEvery === 0;

async function setup(): Promise<TestRuntime> {
  const runtime = await testRuntime({ start: false, work: { concurrency: 5_000 } });
  const work = (input: Input): Promise<null> =>
    new Promise((resolve) => {
      if (!isStuck(input)) runtime.clock.timer(runtime.clock.now() + workMs, () => resolve(null));
    });
  const key = (input: Input): string => String(input.key);
  runtime.action<Input, null>("sim:lane", { concurrency: { limit: laneLimit, key }, run: work });
  runtime.action<Input, null>("sim:rate", {
    rate: { limit: rate.limit, per: rate.perMs, burst: rate.burst, key },
    run: (input) => (isStuck(input) ? null : work(input)),
  });
  runtime.action<Input, null>("sim:line", { run: work });
  return runtime;
}

/** When the last run of a key begins at the latest, counted from the first moment. */
const latestStartMs: Readonly<Record<string, number>> = {
  "sim:lane": (runsPerKey / laneLimit - 1) * workMs,
  "sim:rate": (runsPerKey - rate.burst) * (rate.perMs / rate.limit),
  "sim:line": (runsPerKey - 1) * workMs,
};

test(`[RNS-60] among hundreds of keys nothing is exceeded and nobody waits for a stranger (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  await using runtime = await setup();
  const facts = new Map<string, RunFacts & { readonly action: string; readonly stuck: boolean }>();
  const all = Array.from({ length: keys * runsPerKey }, (_, index) => index % keys).flatMap((key) =>
    Object.keys(latestStartMs).map((action) => ({ action, key, order: random.next() })),
  );
  const items = all
    .toSorted((one, other) => one.order - other.order)
    .map(({ action, key }) => ({
      action,
      input: { key },
      priority: Math.floor(random.next() * 3),
      ...(action === "sim:line" ? { fifo: `line ${key}`, priority: 0 } : {}),
    }));
  const began = runtime.clock.now();
  for (const [index, run] of (await runtime.runs.enqueueMany(items)).entries()) {
    const { action, input } = items[index] ?? { action: "", input: { key: 0 } };
    const key = `${action} ${input.key}`;
    facts.set(run.id, {
      id: run.id,
      action,
      stuck: isStuck(input),
      ...(action === "sim:lane" ? { lane: { key, limit: laneLimit } } : {}),
      ...(action === "sim:rate" ? { rate: { key, ...rate } } : {}),
      ...(action === "sim:line" ? { line: key } : {}),
    });
  }
  await runtime.start();
  await runtime.clock.advance("1m");
  // Whoever holds seats for ever is asked to leave; those behind it take them, one after the other.
  for (let held = await running(runtime); held.length > 0; held = await running(runtime)) {
    for (const id of held) await runtime.runs.cancel(id);
    await runtime.clock.settle();
  }
  const check = new JournalCheck((id) => facts.get(id));
  const late: string[] = [];
  let after = 0;
  for (;;) {
    const events = await runtime.journal.read({ after, limit: 1_000 });
    for (const event of events) {
      check.see(event);
      const fact = facts.get(event.subject.slice("run:".length));
      if (event.kind !== "run.started" || fact === undefined || fact.stuck) continue;
      const waitedMs = event.at.getTime() - began;
      if (waitedMs > (latestStartMs[fact.action] ?? 0))
        late.push(`${fact.action} began after ${waitedMs} ms`);
    }
    const last = events.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  const report = check.end();
  expect(report.faults).toEqual([]);
  expect(late).toEqual([]);
  expect(report.runs).toBe(keys * runsPerKey * 3);
});

async function running(runtime: TestRuntime): Promise<string[]> {
  const { items } = await runtime.runs.list({ state: "running", limit: 1_000 });
  return items.map(({ id }) => id);
}
