// One node on one file, killed and stopped in the middle of its work again and again; the same checks afterwards.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { checkAftermath } from "./aftermath.ts";
import { ChaosNode } from "./chaos-node.ts";

const lives = Number(process.env["CHAOS_LIVES"] ?? 6);
const seed = process.env["CHAOS_SEED"] ?? String(Date.now());

test(
  "[RTM-12] on a file, kills, blocked loops and a wrong clock lose, double and let through nothing",
  { timeout: 60_000 + lives * 20_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-chaos-"));
    const address = join(directory, "app.db");
    const random = seededRandom(seed);
    const promised: string[] = [];
    const did = { kills: 0, blocks: 0, stops: 0 };
    try {
      for (let life = 0; life < lives; life++) {
        // Its clock is ahead from time to time, and right again the next time.
        const offMs = life % 3 === 1 ? 2_000 : 0;
        const node = await ChaosNode.start({
          address,
          name: `node-${life % 2}`,
          seed: `${seed} ${life}`,
          offMs,
        });
        await sleep(300 + random.next() * 1_000);
        if (random.next() < 0.3) {
          did.blocks++;
          node.tell("block 1500");
          await sleep(1_600);
        }
        expect(node.complaint).toBe("");
        if (life === lives - 1) {
          did.stops++;
          node.tell("quiet");
          await node.stop();
        } else {
          did.kills++;
          await node.kill();
        }
        promised.push(...node.promised);
      }
      const report = await checkAftermath({ address, seed, promised, lines: new Map() });
      const { kinds, faults, ...figures } = report;
      console.log(
        "chaos on SQLite",
        JSON.stringify({ seed, ...did, promised: promised.length, ...figures, kinds }),
      );
      expect(faults).toEqual([]);
      expect(report.runs).toBeGreaterThan(200);
    } catch (error) {
      throw new Error(`CHAOS_SEED=${seed}`, { cause: error });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
