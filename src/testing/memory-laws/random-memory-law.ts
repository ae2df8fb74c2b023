// Many steps drawn from a seed, done to a memory and to a model of it that is a few lists; after each, and again at the
// end for every point in between, both must look the same.
import assert from "node:assert/strict";
import type { NewRecord } from "../../memory/new-record.ts";
import { textOf, packContent } from "../../record/content.ts";
import { termsOf } from "../../record/terms.ts";
import { EscapementError } from "../../base/errors.ts";
import { seededRandom } from "../seeded-random.ts";
import { Adversary, trickyNames } from "./adversary.ts";
import type { Law } from "./memory-laws.ts";
import type { MemoryWorld } from "./memory-world.ts";

const steps = 60;

interface Kept {
  readonly id: string;
  readonly given: NewRecord;
  readonly terms: ReadonlySet<string>;
  isForgotten: boolean;
  isPurged: boolean;
}

export function randomMemoryLaw(law: Law, seeds: readonly number[]): void {
  for (const seed of seeds)
    law(
      `[MEM-80] whatever is done, memory looks as a plain list of it would (seed ${seed})`,
      async (world) => {
        const walk = new Walk(world, new Adversary(seededRandom(`memory ${seed}`)));
        for (let step = 0; step < steps; step++) await walk.step();
        await walk.compareHistory();
      },
    );
}

class Walk {
  readonly #world: MemoryWorld;
  readonly #adversary: Adversary;
  readonly #kept: Kept[] = [];
  /** What was visible at each point. */
  readonly #history: { readonly point: number; readonly ids: readonly string[] }[] = [];

  constructor(world: MemoryWorld, adversary: Adversary) {
    this.#world = world;
    this.#adversary = adversary;
  }

  async step(): Promise<void> {
    const { now } = this.#world;
    this.#world.now = now + this.#adversary.pick([0, 1, 1_000, -500]);
    const draw = this.#adversary.below(10);
    if (draw < 6) await this.#append();
    else if (draw < 8) await this.#forget();
    else if (draw < 9) await this.#appendInside();
    else if (this.#world.canReopen && this.#adversary.chance(0.3)) await this.#world.reopen();
    await this.#compare();
  }

  #draw(): NewRecord & { readonly id: string } {
    return {
      id: this.#adversary.name(),
      namespace: this.#adversary.pick(["one", "other"]),
      content: this.#adversary.content(),
      metadata: this.#adversary.object(),
      parents: this.#adversary.chance(0.5) ? [this.#adversary.name()] : [],
    };
  }

  async #append(): Promise<void> {
    const count = 1 + this.#adversary.below(4);
    const drawn = new Map(Array.from({ length: count }, () => this.#draw()).map((one) => [one.id, one]));
    const given = [...drawn.values()];
    const taken = given
      .map(({ id }) => this.#kept.find((kept) => kept.id === id))
      .find((one) => one !== undefined);
    const appending = this.#world.memory.appendMany(given);
    if (taken === undefined) {
      await appending;
      this.#note(given);
    } else {
      // The same again is no fault, but what is drawn anew is hardly ever the same.
      const code = await appending.then(
        () => undefined,
        (error: unknown) => (EscapementError.is(error) ? error.code : "another error"),
      );
      assert.ok(code === "memory.conflict" || code === "memory.forgotten", `${code} for ${taken.id}`);
    }
  }

  async #appendInside(): Promise<void> {
    const given = this.#draw();
    if (this.#kept.some(({ id }) => id === given.id)) return;
    const commits = this.#adversary.chance(0.5);
    const work = this.#world.transact(async (memory) => {
      await memory.append(given);
      if (!commits) throw new Error("rolled back");
    });
    await work.catch((error: unknown) => assert.equal(String(error), "Error: rolled back"));
    if (commits) this.#note([given]);
  }

  #note(given: readonly (NewRecord & { readonly id: string })[]): void {
    for (const one of given) {
      const { form, body } = packContent(one.content);
      const terms = new Set(termsOf(textOf(form, body)));
      this.#kept.push({ id: one.id, given: one, terms, isForgotten: false, isPurged: false });
    }
  }

  async #forget(): Promise<void> {
    if (this.#kept.length === 0) return;
    const kept = this.#adversary.pick(this.#kept);
    const purge = this.#adversary.chance(0.4);
    const { memory } = this.#world;
    const changed = await (purge
      ? memory.purge(kept.id, { reason: "drawn" })
      : memory.forget(kept.id, { reason: "drawn" }));
    assert.equal(changed, purge ? !kept.isPurged : !kept.isForgotten);
    kept.isForgotten = true;
    kept.isPurged ||= purge;
  }

  async #compare(): Promise<void> {
    const { memory } = this.#world;
    const visible = this.#kept.filter(({ isForgotten }) => !isForgotten);
    const ids = visible.map(({ id }) => id);
    assert.deepEqual(await this.#world.ids("oldest"), ids);
    assert.deepEqual(await this.#world.ids("newest"), ids.toReversed());
    this.#history.push({ point: await memory.point(), ids });

    const idPrefix = this.#adversary.pick(trickyNames);
    const { items } = await memory.list({ idPrefix, namespace: "one", order: "oldest" });
    const expected = visible.filter(({ id, given }) => id.startsWith(idPrefix) && given.namespace === "one");
    assert.deepEqual(
      items.map(({ id }) => id),
      expected.map(({ id }) => id),
    );

    const text = this.#adversary.text();
    const terms = termsOf(text);
    const found = new Set(await this.#world.found(text, { namespace: "other" }));
    const matching = visible.filter(
      ({ given, terms: has }) => given.namespace === "other" && terms.some((term) => has.has(term)),
    );
    assert.deepEqual(found, new Set(matching.map(({ id }) => id)), JSON.stringify(text));
    await this.#compareOne();
  }

  async #compareOne(): Promise<void> {
    if (this.#kept.length === 0) return;
    const { memory } = this.#world;
    const { id, isForgotten } = this.#adversary.pick(this.#kept);
    assert.equal(await memory.has(id), !isForgotten);
    const graph = new Map(this.#kept.map((kept) => [kept.id, kept.given.parents ?? []]));
    const reachable = new Set([id]);
    for (const one of reachable) for (const parent of graph.get(one) ?? []) reachable.add(parent);
    const { records, missing } = await memory.lineage(id);
    assert.deepEqual(new Set([...records.map((record) => record.id), ...missing]), reachable);
    assert.equal(records.length + missing.length, reachable.size);
  }

  /** Every list of the past is still what it was, but for what was purged since. */
  async compareHistory(): Promise<void> {
    const purged = new Set(this.#kept.filter(({ isPurged }) => isPurged).map(({ id }) => id));
    for (const { point, ids } of this.#history) {
      const view = await this.#world.memory.at(point);
      const { items } = await view.list({ order: "oldest", limit: 10_000 });
      assert.deepEqual(
        items.map(({ id }) => id),
        ids.filter((id) => !purged.has(id)),
        `point ${point}`,
      );
    }
  }
}
