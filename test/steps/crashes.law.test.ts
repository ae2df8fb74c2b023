// One law over all handlers made of steps and sleeps, and over all ways to cut them off: wherever processes die, before
// a call reached the database or before its answer came back, the run ends with the same result, and no function of a
// step that was kept is ever called again.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RunContext } from "../../src/actions/run-context.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { testClock, type TestClock } from "../../src/testing/test-clock.ts";
import { MortalClock } from "../support/mortal-clock.ts";
import { handleOf } from "./shared-storage.ts";

type Part =
  | { readonly kind: "step"; readonly failures: number }
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "child" }
  | { readonly kind: "inside" | "parallel"; readonly parts: readonly Part[] };

/** The process dies at its so manieth call of the database: before the call is made, or before it is answered. */
interface Crash {
  readonly call: number;
  readonly when: "before" | "after";
}

const leaf: fc.Arbitrary<Part> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("step" as const), failures: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sleep" as const), ms: fc.nat({ max: 5_000 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "child" as const }) },
);
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("inside" as const, "parallel" as const),
      parts: fc.array(leaf, { minLength: 1, maxLength: 3 }),
    }),
  },
);
const program = fc.array(part, { minLength: 1, maxLength: 6 });
const crashes = fc.array(
  fc.record({
    call: fc.integer({ min: 1, max: 12 }),
    when: fc.constantFrom("before" as const, "after" as const),
  }),
  { maxLength: 6 },
);

/** What happened outside of all processes, and so survives them. */
class World {
  readonly clock: TestClock = testClock();
  readonly database: Storage = sqlite(":memory:");
  readonly kept = new Set<string>();
  /** Where processes have died. */
  readonly deaths: string[] = [];
  readonly failures = new Map<string, number>();
  readonly faults: string[] = [];
  #processes = 0;

  constructor() {
    this.clock.attach(() => this.database.settled());
    this.#noteKept();
  }

  /** Runs one process until nothing happens any more or it dies; resolves to whether it died. */
  async process(parts: readonly Part[], crash: Crash | undefined, first: boolean): Promise<boolean> {
    this.#processes += 1;
    const clock = new MortalClock(this.clock);
    let calls = 0;
    const life = { over: false };
    const mayDie = (when: Crash["when"], noun: string, verb: string): void => {
      // Whoever dies while starting has not begun.
      if (noun === "nodes" || noun === "dump" || verb === "recover" || life.over) return;
      if (when === "before") calls += 1;
      if (calls !== crash?.call || when !== crash.when) return;
      life.over = true;
      this.deaths.push(`${when} ${noun}.${verb}`);
      clock.kill();
      handle.kill();
    };
    const handle = handleOf(this.database, {
      before: (noun, verb) => mayDie("before", noun, verb),
      after: (noun, verb) => mayDie("after", noun, verb),
    });
    const runtime = await createRuntime({
      storage: handle.storage,
      clock,
      random: seededRandom(this.#processes),
      node: `n${this.#processes}`,
    });
    runtime.action("law:child", { run: () => null });
    runtime.action("law:run", {
      retry: { attempts: 100, delay: "1s", factor: 1, jitter: false },
      run: async (_input, ctx) => this.#all(parts, ctx, "s", () => !life.over),
    });
    // What it is about was acknowledged before anything can die.
    if (first) await this.#enqueue();
    await runtime.start();
    for (let minute = 0; minute < 30 && !life.over; minute++) await this.clock.advance("10s");
    if (!life.over) await runtime.stop({ drain: 0 });
    return life.over;
  }

  async #enqueue(): Promise<void> {
    const now = this.clock.now();
    const run = { id: "01KDVDNA00000000000000000A", action: "law:run", params: "null" };
    const rest = { scheduledFor: now, dueAt: now, priority: 0, maxAttempts: 100, passes: 1 };
    const none = { lanes: [], rates: [], tags: [] };
    await this.database.runs.enqueue({ runs: [{ ...run, ...rest, ...none }], actor: "system", now });
  }

  /** Notes which steps the database has kept, whether or not anybody hears of it. */
  #noteKept(): void {
    const { steps } = this.database;
    const save = steps.save.bind(steps);
    const noting: typeof save = async (request) => {
      const kept = await save(request);
      request.steps.forEach(({ name }, index) => kept[index] === true && this.kept.add(name));
      return kept;
    };
    Object.assign(steps, { save: noting });
  }

  async #all(parts: readonly Part[], ctx: RunContext, path: string, alive: () => boolean): Promise<string> {
    let told = path;
    for (const [index, one] of parts.entries())
      told += `(${await this.#one(one, ctx, `${path}${index}`, alive)})`;
    return told;
  }

  async #one(one: Part, ctx: RunContext, name: string, alive: () => boolean): Promise<string> {
    switch (one.kind) {
      case "sleep":
        await ctx.sleep(one.ms, { name });
        return "slept";
      case "child":
        return (await ctx.enqueue("law:child", { name })).id === "" ? "no child" : "child";
      case "parallel": {
        const all = one.parts.map((inner, index) => this.#one(inner, ctx, `${name}.${index}`, alive));
        const settled = await Promise.allSettled(all);
        for (const result of settled) if (result.status === "rejected") throw result.reason;
        return (await Promise.all(all)).join("+");
      }
      case "inside":
        return ctx.step(name, () => this.#call(name, 0, alive, () => this.#all(one.parts, ctx, name, alive)));
      case "step":
        return ctx.step(name, () => this.#call(name, one.failures, alive, () => `result of ${name}`));
    }
  }

  /** What a function of a step does: it fails so many times, then succeeds. */
  async #call(
    name: string,
    failures: number,
    alive: () => boolean,
    work: () => string | Promise<string>,
  ): Promise<string> {
    if (alive() && this.kept.has(name)) this.faults.push(`${name} was called again after it was kept`);
    const failed = this.failures.get(name) ?? 0;
    if (alive() && failed < failures) {
      this.failures.set(name, failed + 1);
      throw new Error(`${name} fails`);
    }
    return work();
  }
}

/** What the run has to end with, computed without any runtime. */
function expected(parts: readonly Part[], path = "s"): string {
  const one = (part: Part, name: string): string => {
    if (part.kind === "sleep") return "slept";
    if (part.kind === "child") return "child";
    if (part.kind === "step") return `result of ${name}`;
    if (part.kind === "inside") return expected(part.parts, name);
    return part.parts.map((inner, index) => one(inner, `${name}.${index}`)).join("+");
  };
  return path + parts.map((part, index) => `(${one(part, `${path}${index}`)})`).join("");
}

function childrenIn(parts: readonly Part[]): number {
  return parts.reduce(
    (sum, one) => sum + (one.kind === "child" ? 1 : "parts" in one ? childrenIn(one.parts) : 0),
    0,
  );
}

const places = new Set<string>();

test("[STP-11] however the attempts are cut off, the result is the same and no kept step runs again", async () => {
  await fc.assert(
    fc.asyncProperty(program, crashes, async (parts, dying) => {
      const world = new World();
      try {
        for (const [index, crash] of [...dying, undefined].entries())
          await world.process(parts, crash, index === 0);
        const run = await world.database.runs.get({ id: "01KDVDNA00000000000000000A" });
        expect(run?.error).toBeUndefined();
        expect(run?.state).toBe("succeeded");
        expect(JSON.parse(run?.result ?? "")).toBe(expected(parts));
        expect(world.faults).toEqual([]);
        for (const place of world.deaths) places.add(place);
        const events = await world.database.journal.read({ after: 0, kind: "run.stepped", limit: 1_000 });
        const names = events.map((event) => event.label);
        expect(new Set(names).size).toBe(names.length);
        expect(names.length).toBe(world.kept.size);
        const { items } = await world.database.runs.list({ action: "law:child", limit: 100 });
        expect(items).toHaveLength(childrenIn(parts));
      } finally {
        await world.database.close();
      }
    }),
    { numRuns: 100 },
  );
  // Had nothing died where it hurts, nothing would have been shown.
  for (const place of ["steps.save", "steps.load", "runs.settle", "runs.claim"])
    for (const when of ["before", "after"]) expect(places).toContain(`${when} ${place}`);
});
