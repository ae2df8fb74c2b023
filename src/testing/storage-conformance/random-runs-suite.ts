// Random sequences of everything that can happen to runs, held against a small model: whatever is done, no lane and no
// limit is exceeded, no switch is passed, every count is true, and nothing that could start is left standing.
import assert from "node:assert/strict";
import { holdOf, type Controls } from "../../run/controls.ts";
import { takeOne, type RateLimit } from "../../run/gcra.ts";
import { rateOfCluster, ratesOf, type Rate } from "../../run/plan-claim.ts";
import type { Lane } from "../../run/lane.ts";
import { controlsOf } from "../../storage/control-row.ts";
import type { ClaimedRun, NewRun } from "../../storage/runs.ts";
import type { Random } from "../../base/random.ts";
import { seededRandom } from "../seeded-random.ts";
import type { Rule } from "./conformance.ts";
import { errorText, type World } from "./world.ts";

const nodes = ["n1", "n2", "n3"];
const clusters = ["c1", "c2"];
const rates: readonly Rate[] = [
  { key: "r1", limit: 2, perMs: 900 },
  { key: "r2", limit: 5, perMs: 1_000, burst: 1 },
];
const leaseMs = 50_000;
const stepsPerSeed = 150;

export function randomRunsSuite(rule: Rule, seeds: readonly number[]): void {
  for (const seed of seeds) {
    rule(
      `[STO-55] whatever happens to runs, nothing is exceeded and nothing is stuck (seed ${seed})`,
      async (world) => {
        const walk = new Walk(world, seededRandom(seed));
        await walk.begin();
        for (let step = 0; step < stepsPerSeed; step++) await walk.step();
        await walk.finish();
      },
    );
  }
}

interface Known {
  readonly run: NewRun;
  state: "waiting" | "running" | "over" | "failed";
  dueAt: number;
  node: string;
  attempt: number;
  /** Under which it was claimed, the last one at the end. */
  readonly fences: number[];
}

class Walk {
  readonly #world: World;
  readonly #random: Random;
  readonly #runs = new Map<string, Known>();
  readonly #tats = new Map<string, number>();
  readonly #limits = new Map<string, RateLimit>();
  /** Per line, the run whose turn it is. */
  readonly #fronts = new Map<string, string>();

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  async begin(): Promise<void> {
    for (const node of nodes) await this.#world.join(node, leaseMs);
  }

  async step(): Promise<void> {
    const moves: readonly (readonly [number, () => Promise<unknown>])[] = [
      [20, () => this.#enqueue()],
      [25, () => this.#claim()],
      [25, () => this.#settle()],
      [5, () => this.#settleStale()],
      [4, () => this.#cancel()],
      [4, () => this.#redrive()],
      [4, () => this.#killOrRestore()],
      [3, () => this.#switchCluster()],
      [3, () => this.#changeLimit()],
      [8, () => this.#wait()],
      [2, () => this.#loseNode()],
    ];
    let draw = this.#random.next() * moves.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, move] of moves) {
      draw -= weight;
      if (draw > 0) continue;
      await move();
      break;
    }
    await this.#compareCounts();
  }

  /** Lifts everything and lets the claims say when to look: all runs must come to their end. */
  async finish(): Promise<void> {
    const { storage } = this.#world;
    for (const { scope } of (await storage.control.state()).switches) await this.#world.restore(scope);
    for (const id of clusters) await this.#world.cluster({ id, enabled: true });
    for (const [id, limit] of this.#limits)
      if (limit.limit === 0) await this.#limit(id, { limit: 5, perMs: 1_000 });
    for (const known of this.#in("running")) await this.#end(known, { kind: "return" });
    for (let turn = 0; this.#in("waiting").length > 0; turn++) {
      assert.ok(turn < 2_000, `${this.#in("waiting").length} runs are stuck`);
      const { runs, nextDueAt } = await this.#claimAs("n1", 1_000);
      for (const run of runs) await this.#end(this.#known(run.id), { kind: "succeeded", result: "1" });
      if (runs.length > 0) continue;
      assert.ok(nextDueAt !== undefined, "runs wait, and no claim will ever be made for them");
      this.#world.now = Math.max(this.#world.now + 1, nextDueAt);
    }
    await this.#compareCounts();
    assert.deepEqual(
      (await storage.inspect({ now: this.#world.now })).filter((finding) => !finding.ok),
      [],
    );
    const seqs = (await this.#world.events()).map((event) => event.seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index + 1),
    );
  }

  async #enqueue(): Promise<void> {
    const runs = Array.from({ length: 1 + this.#below(3) }, () => this.#draft());
    await this.#world.storage.runs.enqueue({ runs, actor: "user:suite", now: this.#world.now });
    for (const run of runs)
      this.#stand({ run, state: "waiting", dueAt: run.dueAt, node: "", attempt: 0, fences: [] });
  }

  #draft(): NewRun {
    const action = this.#pick(["mail:send", "mail:send", "mail:sort", "page:fetch", "kill_switch:disable"]);
    const lanes: Lane[] = [];
    // Nobody shares a lane with a control action, which goes on when the others are killed.
    if (action === "kill_switch:disable") lanes.push({ key: "control", limit: 1 });
    else
      for (const [key, limit] of [
        ["one", 1],
        ["two", 2],
        ["three", 3],
      ] as const)
        if (this.#chance(0.25)) lanes.push({ key, limit });
    if (this.#chance(0.5)) lanes.reverse();
    return this.#world.run({
      lanes,
      action,
      priority: this.#below(3),
      dueAt: this.#world.now + (this.#chance(0.3) ? this.#below(5_000) : 0),
      maxAttempts: 1 + this.#below(3),
      ...(this.#chance(0.5) ? { cluster: this.#pick(clusters) } : {}),
      ...(this.#chance(0.2) ? { fifo: this.#pick(["f1", "f2"]) } : {}),
      rates: this.#chance(0.2) ? [this.#pick(rates)] : [],
      ...(this.#chance(0.3) ? { taskId: this.#pick(["t1", "t2"]) } : {}),
    });
  }

  async #claim(): Promise<void> {
    if (this.#chance(0.5)) {
      await this.#claimAs(this.#pick(nodes), 1 + this.#below(4));
      return;
    }
    // A node with room for everything leaves nothing behind that could start.
    for (;;) {
      const { runs, nextDueAt } = await this.#claimAs(this.#pick(nodes), 1_000);
      if (runs.length > 0) continue;
      // It may need several steps, and says so.
      if (nextDueAt === undefined || nextDueAt > this.#world.now + 1) break;
      this.#world.now = Math.max(this.#world.now, nextDueAt);
    }
    await this.#nothingLeft();
  }

  async #claimAs(
    node: string,
    limit: number,
  ): Promise<{ runs: readonly ClaimedRun[]; nextDueAt?: number | undefined }> {
    const controls = await this.#controls();
    const { runs, nextDueAt } = await this.#world.claim({ node, limit });
    assert.ok(runs.length <= limit);
    for (const run of runs) this.#checkStart(run, node, controls);
    return { runs, nextDueAt };
  }

  #checkStart(claimed: ClaimedRun, node: string, controls: Controls): void {
    const known = this.#known(claimed.id);
    const { now } = this.#world;
    const { run } = known;
    assert.equal(known.state, "waiting", `run ${run.id} was claimed while it was ${known.state}`);
    assert.ok(known.dueAt <= now, "claimed before it was due");
    assert.equal(claimed.attempt, known.attempt + 1);
    assert.equal(holdOf(controls, run, now), undefined, "claimed in spite of a switch or a disabled cluster");
    const full = this.#fullLane(run.lanes);
    assert.equal(full, undefined, `lane ${full} is over its limit`);
    for (const rate of ratesOf(run, controls)) {
      const answer = takeOne(rate, this.#tats.get(rate.key), now);
      assert.ok(answer.allowed, `the limit ${rate.key} is exceeded`);
      this.#tats.set(rate.key, answer.tat);
    }
    if (run.fifo !== undefined) assert.equal(run.id, this.#fronts.get(run.fifo), "it is not its turn");
    known.state = "running";
    known.node = node;
    known.attempt = claimed.attempt;
    assert.ok(!known.fences.includes(claimed.fence), "claimed twice under one fence");
    known.fences.push(claimed.fence);
  }

  #fullLane(lanes: readonly Lane[]): string | undefined {
    const seats = new Map<string, number>();
    for (const { run } of this.#in("running"))
      for (const { key } of run.lanes) seats.set(key, (seats.get(key) ?? 0) + 1);
    return lanes.find(({ key, limit }) => (seats.get(key) ?? 0) >= limit)?.key;
  }

  async #nothingLeft(): Promise<void> {
    const controls = await this.#controls();
    const { now } = this.#world;
    for (const { run, dueAt } of this.#in("waiting")) {
      if (dueAt > now || holdOf(controls, run, now) !== undefined) continue;
      if (this.#fullLane(run.lanes) !== undefined) continue;
      if (run.fifo !== undefined && run.id !== this.#fronts.get(run.fifo)) continue;
      const free = (rate: Rate): boolean => takeOne(rate, this.#tats.get(rate.key), now).allowed;
      if (!ratesOf(run, controls).every(free)) continue;
      const { reason = "nothing" } = await this.#world.get(run.id);
      assert.fail(`run ${run.id} (${JSON.stringify(run)}) could start, but was left standing: ${reason}`);
    }
  }

  async #controls(): Promise<Controls> {
    return controlsOf(await this.#world.storage.control.state());
  }

  async #settle(): Promise<void> {
    const running = this.#in("running");
    if (running.length === 0) return;
    const { now } = this.#world;
    const later = now + this.#below(3_000);
    await this.#end(
      this.#pick(running),
      this.#pick([
        { kind: "succeeded", result: "1" },
        { kind: "succeeded", result: "1" },
        { kind: "failed", error: errorText("broken"), reason: "attempts used up" },
        { kind: "cancelled", reason: "enough" },
        { kind: "retry", error: errorText("busy"), dueAt: later },
        { kind: "snooze", dueAt: later },
        { kind: "again", params: "2" },
        { kind: "return" },
      ] as const),
    );
  }

  async #end(known: Known, ending: Parameters<World["settle"]>[1]): Promise<void> {
    const { now } = this.#world;
    assert.equal(
      await this.#world.settle({ id: known.run.id, attempt: known.attempt }, ending, known.node),
      true,
    );
    if (["succeeded", "failed", "cancelled"].includes(ending.kind))
      return this.#leave(known, ending.kind === "failed" ? "failed" : "over");
    known.state = "waiting";
    known.dueAt = "dueAt" in ending ? ending.dueAt : now;
    if (ending.kind === "again") known.attempt = 0;
    else if (ending.kind !== "retry") known.attempt -= 1;
  }

  async #settleStale(): Promise<void> {
    const known = this.#any();
    if (known === undefined) return;
    const over = known.state === "running" ? known.fences.slice(0, -1) : known.fences;
    const stale = { id: known.run.id, fence: over.at(-1) ?? 0 };
    const node = this.#chance(0.5) ? this.#pick(nodes) : known.node;
    const before = await this.#world.get(known.run.id);
    assert.equal(await this.#world.settle(stale, { kind: "succeeded", result: "9" }, node), false);
    assert.deepEqual(await this.#world.get(known.run.id), before);
  }

  async #cancel(): Promise<void> {
    const known = this.#any();
    if (known === undefined) return;
    const unfinished = known.state === "waiting" || known.state === "running";
    assert.deepEqual(await this.#world.cancel(known.run.id), unfinished ? [known.run.id] : []);
    if (unfinished) this.#leave(known, "over");
  }

  async #redrive(): Promise<void> {
    const failed = this.#in("failed");
    if (failed.length === 0) return;
    const known = this.#pick(failed);
    const request = { ids: [known.run.id], actor: "user:suite", now: this.#world.now };
    assert.deepEqual(await this.#world.storage.runs.redrive(request), [known.run.id]);
    this.#stand({
      run: known.run,
      state: "waiting",
      dueAt: this.#world.now,
      node: "",
      attempt: 0,
      fences: known.fences,
    });
  }

  async #killOrRestore(): Promise<void> {
    const scope = this.#pick(["all", "cluster:c1", "cluster:c2", "action:mail:send", "task:t1"]);
    const until = this.#world.now + 1 + this.#below(4_000);
    const changes = [
      () => this.#world.restore(scope),
      () => this.#world.restore(scope),
      () => this.#world.kill(scope),
      () => this.#world.kill(scope, until),
    ];
    await this.#pick(changes)();
  }

  async #switchCluster(): Promise<void> {
    await this.#world.cluster({ id: this.#pick(clusters), enabled: this.#chance(0.6) });
  }

  async #changeLimit(): Promise<void> {
    const limit = this.#pick([
      null,
      { limit: 0, perMs: 1_000 },
      { limit: 1, perMs: 1_500 },
      { limit: 3, perMs: 1_000 },
      { limit: 7, perMs: 1_000, burst: 2 },
      { limit: 0.4, perMs: 1_000 },
    ]);
    await this.#limit(this.#pick(clusters), limit);
  }

  async #limit(id: string, limit: RateLimit | null): Promise<void> {
    if (JSON.stringify(this.#limits.get(id) ?? null) !== JSON.stringify(limit))
      this.#tats.delete(rateOfCluster(id));
    await this.#world.cluster({ id, limit });
    if (limit === null) this.#limits.delete(id);
    else this.#limits.set(id, limit);
  }

  async #wait(): Promise<void> {
    this.#world.now += this.#chance(0.5) ? this.#below(400) : this.#below(4_000);
    for (const node of nodes) await this.#world.storage.nodes.renew({ node, now: this.#world.now, leaseMs });
  }

  async #loseNode(): Promise<void> {
    const lost = this.#pick(nodes);
    this.#world.now += leaseMs;
    const { now } = this.#world;
    for (const node of nodes)
      if (node !== lost) await this.#world.storage.nodes.renew({ node, now, leaseMs });
    const held = this.#in("running").filter((known) => known.node === lost);
    const recovered = await this.#world.storage.runs.recover({ now });
    assert.deepEqual(new Set(recovered), new Set(held.map((known) => known.run.id)));
    for (const known of held) {
      if (known.attempt >= known.run.maxAttempts) this.#leave(known, "failed");
      else Object.assign(known, { state: "waiting", dueAt: now });
    }
    await this.#world.join(lost, leaseMs);
  }

  async #compareCounts(): Promise<void> {
    const { waiting, running, succeeded, failed, cancelled } = await this.#world.storage.runs.counts();
    assert.deepEqual(
      [waiting, running, failed, succeeded + cancelled],
      [
        this.#in("waiting").length,
        this.#in("running").length,
        this.#in("failed").length,
        this.#in("over").length,
      ],
    );
  }

  /** A run comes, or comes back: into its line, or to the front of it when nobody stands there. */
  #stand(known: Known): void {
    const { fifo, id } = known.run;
    if (fifo !== undefined && !this.#fronts.has(fifo)) this.#fronts.set(fifo, id);
    this.#runs.set(id, known);
  }

  #leave(known: Known, state: "failed" | "over"): void {
    known.state = state;
    const { fifo, id } = known.run;
    if (fifo === undefined || this.#fronts.get(fifo) !== id) return;
    const line = [...this.#in("waiting"), ...this.#in("running")].filter(({ run }) => run.fifo === fifo);
    const next = line.map(({ run }) => run.id).toSorted((one, other) => (one < other ? -1 : 1))[0];
    if (next === undefined) this.#fronts.delete(fifo);
    else this.#fronts.set(fifo, next);
  }

  #in(state: Known["state"]): Known[] {
    return [...this.#runs.values()].filter((known) => known.state === state);
  }

  #any(): Known | undefined {
    const all = [...this.#runs.values()];
    return all[this.#below(all.length)];
  }

  #known(id: string): Known {
    const known = this.#runs.get(id);
    assert.ok(known, `run ${id} was never made`);
    return known;
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[this.#below(items.length)];
    assert.ok(item !== undefined);
    return item;
  }
}
