// Renews the leases of this process from a thread of its own, so that an event loop that is blocked loses none.
// Only an existing lease is renewed: one that was lost is taken anew by the node itself, when it can act again.
import { Worker } from "node:worker_threads";
import type { ClientConfig } from "pg";

export interface LeaseWorkerOptions {
  readonly config: ClientConfig;
  /** Renews the lease of node $1 by $2 ms from now, as the database tells the time. */
  readonly sql: string;
  /** Counts the signs of life of the event loop. */
  readonly beats: SharedArrayBuffer;
}

export type ToLeaseWorker =
  | { readonly kind: "hold"; readonly node: string; readonly leaseMs: number }
  | { readonly kind: "release"; readonly node: string };

const renew = `UPDATE escapement.lease
  SET lease_until = greatest(lease_until, (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $2::bigint) WHERE node = $1`;

export class LeaseThread {
  readonly #beats = new SharedArrayBuffer(4);
  readonly #options: LeaseWorkerOptions | undefined;
  #worker: Worker | undefined;

  /** A config that cannot be handed to a thread, as one with functions in it, leaves renewing to the event loop. */
  constructor(config: ClientConfig, inSchema: (sql: string) => string) {
    const options = { config, sql: inSchema(renew), beats: this.#beats };
    this.#options = isCloneable(config) ? options : undefined;
  }

  hold(node: string, leaseMs: number): void {
    if (this.#options === undefined) return;
    this.#worker ??= startWorker(this.#options);
    this.#post({ kind: "hold", node, leaseMs });
  }

  release(node: string): void {
    this.#post({ kind: "release", node });
  }

  /** The event loop lives. */
  beat(): void {
    Atomics.add(new Int32Array(this.#beats), 0, 1);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #post(message: ToLeaseWorker): void {
    this.#worker?.postMessage(message);
  }
}

function startWorker(options: LeaseWorkerOptions): Worker {
  const file = import.meta.url.endsWith(".ts") ? "./lease-worker.ts" : "./lease-worker.js";
  const execArgv = [...process.execArgv, "--disable-warning=ExperimentalWarning"];
  const worker = new Worker(new URL(file, import.meta.url), { workerData: options, execArgv });
  // Without the thread the event loop still renews; it is the second of two.
  worker.on("error", () => undefined);
  worker.unref();
  return worker;
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
