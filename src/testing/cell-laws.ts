// What every cell keeps, whatever memory it stands in: the laws of docs/spec/cells.md as tests for any runner.
import assert from "node:assert/strict";
import { cell, type Cell } from "../cells/cell.ts";
import type { CellMemory } from "../cells/cell-memory.ts";
import { pipe, run, stateless, type Step } from "../cells/step.ts";
import { EscapementError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import type { TestFunction } from "./storage-conformance/conformance.ts";
import { seededRandom } from "./seeded-random.ts";

export interface CellPlace extends AsyncDisposable {
  readonly memory: CellMemory & {
    readonly refs: { set(name: string, to: string | null, expected: string | null): Promise<unknown> };
  };
}

export interface CellLawsOptions {
  readonly test: TestFunction;
  readonly makePlace: () => Promise<CellPlace>;
  readonly seeds?: readonly string[];
}

/** Any JSON is a state. */
const anyJson: StandardSchema<Json> = {
  "~standard": {
    version: 1,
    vendor: "escapement",
    validate: (value) => ({ value: JSON.parse(JSON.stringify(value)) }),
  },
};

const counted: StandardSchema<{ readonly n: number }> = {
  "~standard": {
    version: 1,
    vendor: "escapement",
    validate: (value) => (isCount(value) ? { value } : { issues: [{ message: "is no count", path: ["n"] }] }),
  },
};

function isCount(value: unknown): value is { readonly n: number } {
  return typeof value === "object" && value !== null && "n" in value && Number.isInteger(value.n);
}

const count: Step<unknown, number, { readonly n: number }> = (_input, { n }) => ({
  output: n + 1,
  state: { n: n + 1 },
});
const states: readonly Json[] = [
  null,
  0,
  "",
  false,
  [],
  {},
  "\ud800\0",
  [null],
  { ["__proto__"]: 1 },
  "x".repeat(100_000),
];

export function cellLaws({ test, makePlace, seeds = ["one", "two", "three"] }: CellLawsOptions): void {
  const law = (name: string, body: (place: CellPlace["memory"]) => Promise<void>): void => {
    test(name, async () => {
      await using place = await makePlace();
      await body(place.memory);
    });
  };
  const counterIn = (memory: CellMemory, name = "counter"): Cell<{ readonly n: number }> =>
    cell({ memory, name }, { schema: counted, initial: { n: 0 } });
  const stateIn = (memory: CellMemory, name = "state"): Cell<Json> =>
    cell({ memory, name }, { schema: anyJson, initial: null });

  law("[CEL-1] a stateless agent gives what it gives, is called once, and writes nothing", async (memory) => {
    const state = stateIn(memory);
    const calls: unknown[] = [];
    for (const input of [[1, 2], null, "x", { state: 1 }]) {
      const agent = run(
        state,
        stateless<Json, Json, Json>((given) => (calls.push(given), given)),
      );
      assert.deepEqual(await agent(input), input);
    }
    assert.equal(calls.length, 4);
    assert.deepEqual([(await state.load()).version, await collect(state)], [null, []]);
  });

  for (const seed of seeds) {
    law(
      `[CEL-2] composing steps is the same as running them one after the other (seed ${seed})`,
      async (memory) => {
        const random = seededRandom(seed);
        const draw = (): Step<number, number, Json> => {
          const [a, b] = [Math.floor(random.next() * 9), Math.floor(random.next() * 9)];
          return (input, state) => ({ output: input * a + b, state: { a, b, input, before: size(state) } });
        };
        for (let round = 0; round < 5; round++) {
          const [f, g, h] = [draw(), draw(), draw()];
          const names = ["left", "right", "apart"].map((name) => stateIn(memory, `${name}-${round}`));
          const [left, right, apart] = names;
          assert.ok(left && right && apart);
          const one = await run(left, pipe(pipe(f, g), h))(7);
          const other = await run(right, pipe(f, pipe(g, h)))(7);
          const last = await run(apart, h)(await run(apart, g)(await run(apart, f)(7)));
          assert.deepEqual([one, one], [other, last]);
          assert.deepEqual((await left.load()).value, (await right.load()).value);
          assert.deepEqual((await left.load()).value, (await apart.load()).value);
          assert.equal((await collect(left)).length, 1, "a pipeline saves once");
        }
      },
    );
  }

  law("[CEL-3] calls are a fold: every state is in the history, and can be gone back to", async (memory) => {
    const counter = counterIn(memory);
    const agent = run(counter, count);
    for (let n = 1; n <= 5; n++) assert.equal(await agent(null), n);
    const history = await collect(counter);
    assert.deepEqual(
      history.map(({ value }) => value.n),
      [1, 2, 3, 4, 5],
    );
    const [, second] = history;
    assert.ok(second);
    await memory.refs.set("counter", second.version, (await counter.load()).version);
    assert.deepEqual([await agent(null), await agent(null)], [3, 4]);
    assert.deepEqual(
      (await collect(counter)).map(({ value }) => value.n),
      [1, 2, 3, 4],
    );
    await memory.refs.set("branch", second.version, null);
    assert.equal(await run(counterIn(memory, "branch"), count)(null), 3);
    assert.equal((await counter.load()).value.n, 4, "a branch changes nothing of where it comes from");
  });

  law("[CEL-4] ten at the same time end at ten, in one cell object and in several", async (memory) => {
    const cells = Array.from({ length: 10 }, (_, number) =>
      counterIn(memory, number < 5 ? "counter" : "counter"),
    );
    const [first] = cells;
    assert.ok(first);
    const same = await Promise.all(Array.from({ length: 10 }, () => run(first, count)(null)));
    assert.deepEqual(same, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const apart = await Promise.all(cells.map((one) => run(one, count)(null)));
    assert.deepEqual(
      apart.toSorted((a, b) => a - b),
      [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    );
    assert.equal((await collect(first)).length, 20);
  });

  law("[CEL-4] asked to throw, one of those that go by one version is done", async (memory) => {
    const agents = Array.from({ length: 5 }, () => run(counterIn(memory), count, { onConflict: "throw" }));
    const done = await Promise.allSettled(agents.map((agent) => agent(null)));
    const good = done.filter(({ status }) => status === "fulfilled").length;
    assert.equal((await counterIn(memory).load()).value.n, good);
    for (const one of done) if (one.status === "rejected") assert.equal(codeOf(one.reason), "cell.conflict");
  });

  law("[CEL-5] what a step throws comes out as it is, and the state stays", async (memory) => {
    const counter = counterIn(memory);
    await run(counter, count)(null);
    for (const thrown of [
      new TypeError("x"),
      new EscapementError("cell.conflict", "of another cell"),
      "text",
      null,
    ]) {
      let calls = 0;
      const agent = run(counter, () => {
        calls += 1;
        throw thrown;
      });
      await assert.rejects(agent(null), (error) => error === thrown);
      assert.equal(calls, 1);
    }
    const wrong = run(counter, () => ({ output: 1, state: { n: 0.5 } }));
    await assert.rejects(wrong(null), (error) => codeOf(error) === "cell.invalid");
    const before = await counter.load();
    await assert.rejects(counter.save({ n: 9 }, null), (error) => codeOf(error) === "cell.conflict");
    assert.deepEqual(await counter.load(), before);
    assert.equal(before.value.n, 1);
  });

  law(
    "[CEL-6] every JSON state comes back as it was, and the same state makes no version",
    async (memory) => {
      const state = stateIn(memory);
      for (const value of states) {
        const before = await state.load();
        const version = await state.save(value, before.version);
        const after = await state.load();
        assert.deepEqual(after, { value, version });
        assert.equal(await state.save(value, version), version);
      }
      assert.equal((await collect(state)).length, states.length - 1, "the first was the initial one");
    },
  );

  law("[CEL-7] a state that is handed out cannot be changed", async (memory) => {
    const state = stateIn(memory);
    await state.save({ list: [1] }, null);
    const mutate: Step<null, null, Json> = (_input, given) => {
      Object.assign(Object(given), { list: [] });
      return { output: null, state: given };
    };
    await assert.rejects(run(state, mutate)(null), TypeError);
    assert.deepEqual((await state.load()).value, { list: [1] });
  });
}

function size(state: Json): number {
  return JSON.stringify(state).length;
}

async function collect<State>(
  one: Cell<State>,
): Promise<{ readonly value: State; readonly version: string | null }[]> {
  return Array.fromAsync(one.history());
}

function codeOf(error: unknown): string | undefined {
  return EscapementError.is(error) ? error.code : undefined;
}
