// The entry of the thread that renews leases: a connection of its own, and a timer that no handler can block.
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "pg";
import type { LeaseWorkerOptions, ToLeaseWorker } from "./lease-thread.ts";

/** Three chances within a lease. */
const chances = 3;
const shortestPauseMs = 50;
/** An event loop that has shown no sign of life for so long is taken for dead: its runs belong to somebody else. */
const longestSilenceMs = 600_000;

const port = parentPort;
if (port !== null) serve(port);

function serve(port: NonNullable<typeof parentPort>): void {
  const options: LeaseWorkerOptions = workerData;
  const beats = new Int32Array(options.beats);
  const leases = new Map<string, number>();
  let client: Client | undefined;
  let lastBeat = { count: 0, at: performance.now() };

  const isSilent = (): boolean => {
    const count = Atomics.load(beats, 0);
    if (count !== lastBeat.count) lastBeat = { count, at: performance.now() };
    return performance.now() - lastBeat.at > longestSilenceMs;
  };
  const renewAll = async (): Promise<void> => {
    if (leases.size === 0 || isSilent()) return;
    try {
      client ??= await connect(options, () => {
        client = undefined;
      });
      for (const [node, leaseMs] of leases) await client.query(options.sql, [node, leaseMs]);
    } catch {
      const broken = client;
      client = undefined;
      broken?.end().catch(() => undefined);
    }
  };
  const turn = async (): Promise<void> => {
    await renewAll();
    const shortest = Math.min(...leases.values(), longestSilenceMs);
    // While the server is away it is asked more often: the lease goes on running out.
    const pause = client === undefined ? shortest / (chances * 4) : shortest / chances;
    setTimeout(() => void turn(), Math.max(shortestPauseMs, pause));
  };

  let begun = false;
  port.on("message", (message: ToLeaseWorker) => {
    if (message.kind === "release") return void leases.delete(message.node);
    leases.set(message.node, message.leaseMs);
    lastBeat = { count: lastBeat.count, at: performance.now() };
    if (begun) return;
    begun = true;
    void turn();
  });
}

async function connect({ config }: LeaseWorkerOptions, onLost: () => void): Promise<Client> {
  const client = new Client({
    ...config,
    application_name: "escapement lease",
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", onLost);
  client.on("end", onLost);
  await client.connect();
  return client;
}
