// What every store keeps, whatever holds its documents: the laws of docs/spec/stores.md as tests for any runner.
// `storeLaws({ test, makeNodes })` is given runtimes over one and the same data, as many as a law asks for.
import assert from "node:assert/strict";
import { EscapementError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Document, Store } from "../stores/store.ts";
import type { TestFunction } from "./storage-conformance/conformance.ts";
import { seededRandom } from "./seeded-random.ts";
import { drawSteps, StoreModel, thingSchema, type Step, type Thing, type ThingKey } from "./store-model.ts";

export interface StoreNodes extends AsyncDisposable {
  /** Over one and the same data, which is new. */
  readonly runtimes: readonly Runtime[];
}

export interface StoreLawsOptions {
  readonly test: TestFunction;
  readonly makeNodes: (count: number) => Promise<StoreNodes>;
  /** Seeds of the random law; more of them find more. */
  readonly seeds?: readonly string[];
}

type Things = Store<Thing, Partial<Thing> & Pick<Thing, "kind" | "id">, ThingKey>;
type Law = (name: string, nodes: number, body: (...things: readonly Things[]) => Promise<void>) => void;

export function storeLaws({ test, makeNodes, seeds = ["one", "two", "three"] }: StoreLawsOptions): void {
  const law: Law = (name, count, body) => {
    test(name, async () => {
      await using nodes = await makeNodes(count);
      await body(...nodes.runtimes.map(define));
    });
  };
  for (const seed of seeds) {
    law(
      `[STR-1] after any operations a store holds what a map would hold (seed ${seed})`,
      1,
      async (things) => {
        await followModel(only(things), drawSteps(seededRandom(seed), 80));
      },
    );
  }
  singleLaws(law);
  sharedLaws(law);
  test("[STR-8] in a transaction stores and runs are kept together or not at all", async () => {
    await using nodes = await makeNodes(1);
    await allOrNothing(only(nodes.runtimes[0]));
  });
}

function define(runtime: Runtime): Things {
  return runtime.stores.define("thing", { schema: thingSchema, key: ["kind", "id"] });
}

function only<Value>(value: Value | undefined): Value {
  assert.ok(value !== undefined, "this law asked for one more node than it was given");
  return value;
}

function plain(document: Document<Thing> | undefined): unknown {
  if (document === undefined) return undefined;
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...thing } = document;
  return thing;
}

async function followModel(things: Things, steps: readonly Step[]): Promise<void> {
  const model = new StoreModel();
  for (const step of steps) {
    const wanted = model.apply(step);
    const found = await perform(things, step);
    assert.deepEqual(found, wanted, `after ${JSON.stringify(step)}`);
  }
  for (const thing of model.things.values())
    assert.deepEqual(plain(await things.get(thing.kind, thing.id)), thing);
  assert.equal(await things.count(), model.things.size);
  const { items } = await things.list({ limit: 1_000 });
  assert.deepEqual(
    new Set(items.map((item) => JSON.stringify(plain(item)))),
    new Set([...model.things.values()].map((thing) => JSON.stringify(thing))),
  );
  for (const { kind } of model.things.values()) {
    const wanted = [...model.things.values()].filter((thing) => thing.kind === kind);
    assert.equal((await things.list({ prefix: [kind] })).items.length, wanted.length);
  }
}

async function perform(things: Things, step: Step): Promise<unknown> {
  switch (step.do) {
    case "upsert":
      return plain(await things.upsert(step.item));
    case "update":
      return plain(await things.update(step.key, (thing) => thing && { ...thing, value: step.value }));
    case "delete":
      return things.delete(...step.key);
    case "adjust":
      return things.adjust(step.key, "n", step.delta).then(plain, (error: unknown) => {
        assert.ok(EscapementError.is(error) && error.code === "store.not-found", String(error));
        return "missing";
      });
  }
}

function singleLaws(law: Law): void {
  law("[STR-2] an upsert merges, keeps createdAt, and counts versions", 1, async (store) => {
    const things = only(store);
    const first = await things.upsert({ kind: "a", id: 1, n: 1, value: { deep: [1] } });
    const second = await things.upsert({ kind: "a", id: 1, n: 2 });
    assert.deepEqual(plain(second), { kind: "a", id: 1, n: 2, value: { deep: [1] } });
    assert.deepEqual([first.version, second.version], [1, 2]);
    assert.deepEqual(second.createdAt, first.createdAt);
    assert.ok(second.updatedAt >= first.updatedAt);
    assert.equal((await things.upsert({ ...second })).version, 2, "what is so already is no new version");
  });

  law("[STR-3] who expects another version is refused, and nothing is stored", 1, async (store) => {
    const things = only(store);
    await things.upsert({ kind: "a", id: 1, n: 1 }, { expectedVersion: 0 });
    for (const expectedVersion of [0, 2])
      await refuses("store.conflict", things.upsert({ kind: "a", id: 1, n: 5 }, { expectedVersion }));
    await refuses("store.conflict", things.upsert({ kind: "a", id: 2 }, { expectedVersion: 1 }));
    assert.equal((await things.upsert({ kind: "a", id: 1, n: 2 }, { expectedVersion: 1 })).n, 2);
    await things.delete("a", 1);
    const again = await things.upsert({ kind: "a", id: 1 }, { expectedVersion: 0 });
    assert.ok(again.version > 2, "a version is never given twice");
    assert.equal(await things.count(), 1);
  });

  law("[STR-4] what is handed out or in cannot be used to change what is stored", 1, async (store) => {
    const things = only(store);
    const list: number[] = [1];
    const given = { kind: "a", id: 1, value: { list } };
    const out = await things.upsert(given);
    list.push(2);
    assert.throws(() => Object.assign(out, { n: 9 }), TypeError);
    assert.throws(() => Object.assign(Object(out.value), { list: [] }), TypeError);
    out.createdAt.setTime(0);
    const read = only(await things.get("a", 1));
    assert.deepEqual(plain(read), { kind: "a", id: 1, value: { list: [1] } });
    assert.notEqual(read.createdAt.getTime(), 0);
    await things.update(["a", 1], (thing) => {
      assert.throws(() => Object.assign(Object(thing), { n: 9 }), TypeError);
      return undefined;
    });
    assert.equal((await things.get("a", 1))?.version, 1);
  });

  law("[STR-5] what the schema or the key refuses is not stored", 1, async (store) => {
    const things = only(store);
    await things.upsert({ kind: "a", id: 1, n: 1 });
    const bad = [
      () => things.upsert({ kind: "a", id: 1, n: 0.5 }),
      () => things.upsert({ kind: "a", id: Number.NaN }),
      () => things.upsert({ kind: "a", id: "x".repeat(3_000) }),
      () => things.update(["a", 1], (thing) => thing && { ...thing, id: 2 }),
      () => things.update(["a", 1], (thing) => thing && { ...thing, n: 0.5 }),
      () => things.adjust(["a", 1], "n", 0.5),
      () => things.adjust(["a", 1], "n", Number.NaN),
      () => things.adjust(["a", 1], "kind", 1),
      () => things.adjust(["a", 1], ["value", "far"], 1),
      () => things.list({ limit: -1 }),
      () => things.list({ limit: 1.5 }),
      () => things.list({ limit: Number.NaN }),
    ];
    for (const call of bad) await refuses("store.invalid", call());
    await refuses("json.too-large", things.upsert({ kind: "a", id: 1, value: "x".repeat(1_100_000) }));
    const thrown = new Error("changed my mind");
    await assert.rejects(
      things.update(["a", 1], () => Promise.reject(thrown)),
      (error) => error === thrown,
    );
    assert.deepEqual(plain(await things.get("a", 1)), { kind: "a", id: 1, n: 1 });
    assert.deepEqual([(await things.get("a", 1))?.version, await things.count()], [1, 1]);
  });

  law("[STR-6] pages follow each other without a gap, and limits are exact", 1, async (store) => {
    const things = only(store);
    for (let id = 0; id < 25; id++) await things.upsert({ kind: id % 2 === 0 ? "even" : "odd", id });
    assert.deepEqual((await things.list({ limit: 0 })).items, []);
    const seen: unknown[] = [];
    for (let after: string | undefined; ;) {
      const page = await things.list({
        prefix: ["even"],
        limit: 4,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
      if (after === undefined) break;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 13 }, (_, index) => index * 2),
    );
    const status = await things.status();
    assert.deepEqual([status.count, status.samples.length, status.lastRunAt], [25, 20, undefined]);
    assert.deepEqual(status.samples.map(({ id }) => id).slice(0, 14), [...seen, 1]);
    await things.setLastRunAt(1_000);
    assert.deepEqual((await things.status()).lastRunAt, new Date(1_000));
  });
}

function sharedLaws(law: Law): void {
  law(
    "[STR-7] ten counters at the same time end at ten, on one node and on several",
    3,
    async (...stores) => {
      await only(stores[0]).upsert({ kind: "a", id: "adjusted", n: 0 });
      const places = Array.from({ length: 10 }, (_, number) => only(stores[number % stores.length]));
      await Promise.all(places.map((things) => things.adjust(["a", "adjusted"], "n", 1)));
      const count = (thing: Thing | undefined): Thing => ({
        kind: "a",
        id: "updated",
        n: (thing?.n ?? 0) + 1,
      });
      await Promise.all(places.map((things) => things.update(["a", "updated"], count)));
      for (const things of stores) {
        const page = await things.list();
        assert.deepEqual(
          page.items.map(({ n }) => n),
          [10, 10],
        );
      }
      const counts = Array.from({ length: 10 }, () =>
        only(stores[0]).update(["a", "alone"], (thing) => ({
          kind: "a",
          id: "alone",
          n: (thing?.n ?? 0) + 1,
        })),
      );
      const seen = (await Promise.all(counts)).map((thing) => thing?.n ?? 0);
      assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    },
  );

  law("[STR-9] another node hears of every change, and reads what is there", 2, async (one, other) => {
    const [here, there] = [only(one), only(other)];
    await here.upsert({ kind: "a", id: 1, n: 1 });
    assert.equal((await there.get("a", 1))?.n, 1, "now it is remembered there");
    const heard = there.watch({ prefix: ["a"] });
    const iterator = heard[Symbol.asyncIterator]();
    await here.upsert({ kind: "b", id: 1 });
    await here.upsert({ kind: "a", id: 1, n: 2 });
    const stored = await iterator.next();
    assert.ok(stored.done !== true && stored.value.kind === "stored");
    assert.deepEqual([stored.value.key, stored.value.document.n], [["a", 1], 2]);
    assert.equal((await there.get("a", 1))?.n, 2, "what was remembered is forgotten");
    await here.delete("a", 1);
    const deleted = await iterator.next();
    assert.deepEqual(deleted.value, { kind: "deleted", key: ["a", 1] });
    assert.equal(await there.get("a", 1), undefined);
    await iterator.return?.();
  });

  law("[STR-9] a node that goes by what it remembers is refused, not obeyed", 2, async (one, other) => {
    const [here, there] = [only(one), only(other)];
    await here.upsert({ kind: "a", id: 1, n: 1 });
    await there.get("a", 1);
    await Promise.all([
      here.upsert({ kind: "a", id: 1, n: 2 }),
      there.upsert({ kind: "a", id: 1, value: "x" }),
    ]);
    await there.adjust(["a", 1], "n", 1);
    const last = await here.update(["a", 1], (thing) => thing && { ...thing, n: (thing.n ?? 0) * 10 });
    assert.deepEqual(plain(last), { kind: "a", id: 1, n: 30, value: "x" });
  });
}

/** A fault after every step of a hybrid write. */
async function allOrNothing(runtime: Runtime): Promise<void> {
  const things = define(runtime);
  runtime.action("thing:count", { run: () => null });
  await things.upsert({ kind: "a", id: 1, n: 1 });
  await things.get("a", 1);
  const fault = new Error("fault");
  for (let good = 0; good <= 4; good++) {
    const work = runtime.transaction(async (tx) => {
      const inside = tx.stores.of(things);
      const steps: readonly (() => Promise<unknown>)[] = [
        () => inside.adjust(["a", 1], "n", 1),
        () => tx.runs.enqueue("thing:count", {}, { delay: "1d" }),
        () => inside.upsert({ kind: "a", id: 2 }),
        () => inside.delete("a", 1),
      ];
      for (const step of steps.slice(0, good)) await step();
      assert.equal(await inside.count(), good < 3 ? 1 : steps.length - good + 1);
      throw fault;
    });
    await assert.rejects(work, (error) => error === fault);
    assert.deepEqual(plain(await things.get("a", 1)), { kind: "a", id: 1, n: 1 });
    assert.deepEqual([await things.count(), (await runtime.runs.counts()).waiting], [1, 0]);
  }
  await runtime.transaction(async (tx) => {
    await tx.stores.of(things).adjust(["a", 1], "n", 1);
    await tx.runs.enqueue("thing:count", {}, { delay: "1d" });
  });
  assert.equal((await things.get("a", 1))?.n, 2, "what was remembered is forgotten");
  assert.equal((await runtime.runs.counts()).waiting, 1);
}

async function refuses(code: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(EscapementError.is(error), String(error));
    assert.equal(error.code, code);
    return true;
  });
}
