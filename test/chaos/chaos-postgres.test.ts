// Several nodes on one PostgreSQL, thousands of runs, and everything that can happen to a machine happens: nodes are
// killed, their event loops stand still, one has a clock that is ten minutes off, connections are cut, the server restarts.
// CHAOS_SECONDS and CHAOS_SEED make it longer, or the same again.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { EscapementError } from "../../src/base/errors.ts";
import type { Random } from "../../src/base/random.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { checkAftermath } from "./aftermath.ts";
import { ChaosNode } from "./chaos-node.ts";
import { openChaosStorage } from "./chaos-storage.ts";

const seconds = Number(process.env["CHAOS_SECONDS"] ?? 15);
const seed = process.env["CHAOS_SEED"] ?? String(Date.now());
/** Longer than two leases of the nodes. */
const blockMs = Number(process.env["CHAOS_BLOCK_MS"] ?? 4_500);

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

const cutAll =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";

class Fleet {
  readonly #random: Random;
  readonly promised: string[] = [];
  readonly did = { kills: 0, blocks: 0, cuts: 0, restarts: 0 };
  #nodes: ChaosNode[] = [];
  #names = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  async add(name: string = `node-${this.#names++}`): Promise<void> {
    // Every third machine has a wrong clock, one way or the other.
    const offMs = [0, 0, this.#random.next() < 0.5 ? -600_000 : 600_000][this.#names % 3] ?? 0;
    this.#nodes.push(
      await ChaosNode.start({ address: server.url, name, seed: `${seed} ${name} ${this.#names}`, offMs }),
    );
  }

  /** One misfortune, whichever it is. */
  async suffer(): Promise<void> {
    const draw = this.#random.next();
    const victim = this.#nodes[Math.floor(this.#random.next() * this.#nodes.length)];
    if (victim === undefined) return;
    if (draw < 0.55) {
      this.did.kills++;
      await this.#bury(victim);
      // Sometimes under the name of the one that died, sometimes under another.
      await this.add(this.#random.next() < 0.5 ? victim.name : undefined);
    } else if (draw < 0.75) {
      this.did.blocks++;
      victim.tell(`block ${blockMs}`);
    } else {
      this.did.cuts++;
      await server.execute(cutAll);
    }
  }

  async restartServer(): Promise<void> {
    this.did.restarts++;
    await server.stop();
    await sleep(this.#random.next() * 1_000);
    await server.start();
  }

  /** Whoever is left ends of itself, and none has complained or ended before. */
  async end(): Promise<void> {
    for (const node of this.#nodes) {
      expect(node.complaint).toBe("");
      expect(node.hasEnded, `${node.name} ended by itself`).toBe(false);
      node.tell("quiet");
    }
    await Promise.all(
      this.#nodes.map(async (node) => {
        await node.stop();
        this.promised.push(...node.promised);
      }),
    );
  }

  async #bury(node: ChaosNode): Promise<void> {
    expect(node.hasEnded, `${node.name} ended by itself: ${node.complaint}`).toBe(false);
    await node.kill();
    this.promised.push(...node.promised);
    this.#nodes = this.#nodes.filter((other) => other !== node);
  }
}

/** One caller per line, who asks for the next run when the one before was promised. */
async function fillLines(signal: AbortSignal): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  await using runtime = await createRuntime({ storage: openChaosStorage(server.url), node: "caller" });
  runtime.action("chaos:line", { retry: { attempts: 60, delay: 20, factor: 1 }, run: () => null });
  const fill = async (line: string): Promise<void> => {
    while (!signal.aborted) {
      try {
        lines.set((await runtime.runs.enqueue("chaos:line", { of: line }, { fifo: line })).id, line);
      } catch (error) {
        if (!EscapementError.is(error) || error.family !== "unavailable") throw error;
      }
      await sleep(60);
    }
  };
  await Promise.all(["north", "east", "south", "west"].map(fill));
  return lines;
}

test(
  "[RTM-12] through kills, restarts, cut connections, blocked loops and wrong clocks nothing is lost, doubled or let through",
  { timeout: 240_000 + seconds * 4_000 },
  async () => {
    const random = seededRandom(seed);
    const fleet = new Fleet(random);
    const over = new AbortController();
    const lines = fillLines(over.signal);
    await Promise.all([fleet.add(), fleet.add(), fleet.add()]);
    const began = performance.now();
    const restartAt = began + seconds * 500;
    while (performance.now() - began < seconds * 1_000) {
      await sleep(300 + random.next() * 1_200);
      if (fleet.did.restarts === 0 && performance.now() > restartAt) await fleet.restartServer();
      else await fleet.suffer();
    }
    over.abort();
    const inLines = await lines;
    await fleet.end();
    const promised = [...fleet.promised, ...inLines.keys()];
    const report = await checkAftermath({ address: server.url, seed, promised, lines: inLines }).catch(
      (error: unknown) => {
        throw new Error(`CHAOS_SEED=${seed}`, { cause: error });
      },
    );
    const { kinds, faults, ...figures } = report;
    console.log(
      "chaos on PostgreSQL",
      JSON.stringify({ seed, ...fleet.did, promised: promised.length, ...figures }),
    );
    console.log(JSON.stringify(kinds));
    expect(faults).toEqual([]);
    expect(fleet.did.kills).toBeGreaterThan(0);
    expect(report.runs).toBeGreaterThan(500);
  },
);
