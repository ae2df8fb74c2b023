// Whatever happens to processes, in whatever order: senders, several nodes, stale writers, kills, nodes that are lost.
// A model of a few lines says what must be there; the storage is held against it as it goes.
import assert from "node:assert/strict";
import { chainStart, nextChain } from "../../process/chain.ts";
import type { ClaimedProcess, ProcessCommit } from "../../storage/processes.ts";
import { seededRandom } from "../../base/seeded-random.ts";
import type { Rule } from "./conformance.ts";
import { ProcessWorld } from "./process-world.ts";
import type { World } from "./world.ts";

const steps = 120;
const ids = ["counter/a", "counter/b", "other/c"];
const nodes = ["n1", "n2"];
const leaseMs = 60_000;

interface Line {
  readonly messages: { readonly id: string; readonly key?: string }[];
  folded: number;
  holder?: { readonly node: string; readonly claimed: ClaimedProcess };
}

export function randomProcessesSuite(rule: Rule, seeds: readonly number[]): void {
  for (const seed of seeds)
    rule(
      `[STO-216] whatever happens to processes, their lines are whole and handled once (seed ${seed})`,
      (world) => new Random(world, seed).run(),
    );
}

class Random {
  readonly #world: World;
  readonly #processes: ProcessWorld;
  readonly #random: () => number;
  readonly #lines = new Map<string, Line>(ids.map((id) => [id, { messages: [], folded: 0 }]));
  /** Claims that are over: whoever still writes under them is stale. */
  readonly #stale: { readonly node: string; readonly claimed: ClaimedProcess }[] = [];
  #killed = false;
  #count = 0;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#processes = new ProcessWorld(world);
    const random = seededRandom(`processes ${seed}`);
    this.#random = () => random.next();
  }

  async run(): Promise<void> {
    for (const node of nodes) await this.#world.join(node, leaseMs);
    const kinds = [
      () => this.#send(),
      () => this.#send(),
      () => this.#claim(),
      () => this.#commit(),
      () => this.#commit(),
      () => this.#release(),
      () => this.#writeStale(),
      () => this.#lose(),
      () => this.#switch(),
    ];
    for (let step = 0; step < steps; step++) {
      this.#world.now += Math.floor(this.#random() * 50) - 10;
      await this.#pick(kinds)();
    }
    await this.#check();
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    assert.ok(item !== undefined);
    return item;
  }

  #line(id: string): Line {
    const line = this.#lines.get(id);
    assert.ok(line);
    return line;
  }

  async #send(): Promise<void> {
    const sent = Array.from({ length: 1 + Math.floor(this.#random() * 4) }, () => {
      const process = this.#pick(ids);
      const key = this.#random() < 0.3 ? { key: `k${Math.floor(this.#random() * 5)}` } : {};
      return { process, id: `m${++this.#count}`, ...key };
    });
    const answers = await this.#processes.send(...sent);
    for (const [index, message] of sent.entries()) {
      const { messages } = this.#line(message.process);
      const known = "key" in message ? messages.findIndex(({ key }) => key === message.key) : -1;
      if (known === -1) messages.push(message);
      const slot = known === -1 ? messages.length - 1 : known;
      assert.deepEqual([answers[index]?.slot, answers[index]?.messageId], [slot, messages[slot]?.id]);
    }
  }

  async #claim(): Promise<void> {
    const node = this.#pick(nodes);
    const limit = 1 + Math.floor(this.#random() * 3);
    const claimed = await this.#processes.claim({ node, limit });
    const free = ids.filter((id) => {
      const { holder, folded, messages } = this.#line(id);
      return !this.#killed && holder === undefined && folded < messages.length;
    });
    assert.equal(claimed.length, Math.min(limit, free.length));
    for (const one of claimed) {
      assert.ok(free.includes(one.process));
      const line = this.#line(one.process);
      assert.deepEqual([one.folded, one.head], [line.folded, line.messages.length]);
      const waiting = line.messages.slice(line.folded).map(({ id }) => id);
      assert.deepEqual(
        one.messages.map(({ id }) => id),
        waiting,
      );
      line.holder = { node, claimed: one };
    }
  }

  #held(): readonly Line[] {
    return [...this.#lines.values()].filter(({ holder }) => holder !== undefined);
  }

  async #commit(): Promise<void> {
    const held = this.#held().filter(({ folded, messages }) => folded < messages.length);
    if (held.length === 0) return;
    const line = this.#pick(held);
    const { holder } = line;
    assert.ok(holder);
    const count = 1 + Math.floor(this.#random() * (line.messages.length - line.folded));
    const head = await this.#processes.commit(this.#commitOf(holder.claimed, line, count), holder.node);
    if (this.#killed) {
      assert.equal(head, null);
      this.#letGo(line);
      return;
    }
    assert.equal(head, line.messages.length);
    line.folded += count;
  }

  #commitOf(claimed: ClaimedProcess, line: Line, count: number): ProcessCommit {
    return this.#processes.handled({ ...claimed, folded: line.folded }, count);
  }

  #letGo(line: Line): void {
    if (line.holder !== undefined) this.#stale.push(line.holder);
    delete line.holder;
  }

  async #release(): Promise<void> {
    const held = this.#held();
    if (held.length === 0) return;
    const line = this.#pick(held);
    if (line.holder !== undefined) await this.#processes.release(line.holder.claimed, line.holder.node);
    this.#letGo(line);
  }

  async #writeStale(): Promise<void> {
    if (this.#stale.length === 0) return;
    const { node, claimed } = this.#pick(this.#stale);
    const line = this.#line(claimed.process);
    const head = await this.#processes.commit(this.#commitOf(claimed, line, 0), node);
    assert.equal(head, null);
    await this.#processes.release(claimed, node);
  }

  async #lose(): Promise<void> {
    if (this.#random() < 0.6) return;
    const lost = this.#pick(nodes);
    await this.#world.join(lost, leaseMs);
    for (const line of this.#held()) if (line.holder?.node === lost) this.#letGo(line);
  }

  async #switch(): Promise<void> {
    if (this.#killed) await this.#world.restore("all");
    else if (this.#random() < 0.3) await this.#world.kill("all");
    else return;
    this.#killed = !this.#killed;
  }

  async #check(): Promise<void> {
    for (const id of ids) {
      const { messages, folded } = this.#line(id);
      const line = await this.#processes.line(id);
      assert.deepEqual(
        line.map(({ message }) => message.id),
        messages.map((message) => message.id),
      );
      assert.deepEqual(
        line.map(({ entry }) => entry),
        messages.map((_, slot) => (slot < folded ? slot : undefined)),
      );
      let chain = chainStart;
      let at = Number.NEGATIVE_INFINITY;
      for (const { message } of line) {
        chain = nextChain(chain, message.id);
        assert.equal(message.chain, chain);
        assert.ok(message.at >= at);
        ({ at } = message);
      }
    }
  }
}
