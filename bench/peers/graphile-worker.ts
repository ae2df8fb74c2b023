// graphile-worker at its best, measured like the rows of our own: localQueue of 500, completions in batches, a commit
// that waits for the disk. Finished jobs are deleted: it writes no history and no journal.
import { execute, measure, type Measured, type Target } from "../postgres-runs.ts";
import { loadPeer } from "./install.ts";

/** The parts of it that are used here. */
interface Graphile {
  makeWorkerUtils(options: object): Promise<Utils>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
  Logger: new (factory: () => () => void) => object;
}

interface Utils {
  migrate(): Promise<void>;
  addJobs(jobs: readonly object[]): Promise<unknown>;
  release(): Promise<void>;
}

/** From claimed to deleted. */
export async function graphileDrain(target: Target, total: number): Promise<Measured> {
  const { graphile, utils } = await graphileOn(target);
  await addAll(utils, total, { size: 5_000, inFlight: 1 });
  await execute(target, "VACUUM ANALYZE graphile_worker._private_jobs; CHECKPOINT");
  const logger = new graphile.Logger(() => () => undefined);
  const handled = { count: 0 };
  const preset = {
    worker: {
      connectionString: target.url,
      concurrentJobs: Number(process.env["GRAPHILE_CONCURRENCY"] ?? 100),
      maxPoolSize: 20,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      logger,
    },
  };
  const measured = await measure(target, total, async () => {
    const runner = await graphile.run({
      preset,
      taskList: {
        nothing: () => {
          handled.count += 1;
        },
      },
      noHandleSignals: true,
    });
    while (handled.count < total) await new Promise((resolve) => setTimeout(resolve, 2));
    await runner.stop();
  });
  await utils.release();
  return measured;
}

/** Lists of a thousand, so many at the same time. */
export async function graphileAdd(target: Target, total: number, inFlight: number): Promise<Measured> {
  const { utils } = await graphileOn(target);
  const measured = await measure(target, total, () => addAll(utils, total, { size: 1_000, inFlight }));
  await utils.release();
  return measured;
}

async function graphileOn(target: Target): Promise<{ readonly graphile: Graphile; readonly utils: Utils }> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a peer outside the lock file has no types here
  const graphile = (await loadPeer("graphile-worker")) as Graphile;
  await execute(target, "DROP SCHEMA IF EXISTS graphile_worker CASCADE");
  const logger = new graphile.Logger(() => () => undefined);
  const utils = await graphile.makeWorkerUtils({ connectionString: target.url, logger });
  await utils.migrate();
  return { graphile, utils };
}

interface Lists {
  readonly size: number;
  readonly inFlight: number;
}

async function addAll(utils: Utils, total: number, { size, inFlight }: Lists): Promise<void> {
  let next = 0;
  const add = async (): Promise<void> => {
    while (next < total) {
      const from = next;
      next += size;
      const count = Math.min(size, total - from);
      await utils.addJobs(
        Array.from({ length: count }, (_, index) => ({
          identifier: "nothing",
          payload: { number: from + index },
        })),
      );
    }
  };
  await Promise.all(Array.from({ length: inFlight }, add));
}
