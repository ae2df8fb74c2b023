// Keeps this node's lease alive, and takes over what nodes without one left behind.
import type { Clock, Timer } from "../base/clock.ts";
import type { Service } from "../base/service.ts";
import type { Storage } from "../storage/storage.ts";

interface Parts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly node: string;
  readonly leaseMs: number;
  readonly onError: (error: unknown) => void;
}

/** Three chances within a lease, and a dead node is found within seconds of the end of its own. */
const longestPauseMs = 3_000;
/** Where nobody else can be, the lease holds until the process ends: ten years. */
const soleLeaseMs = 315_360_000_000;

export class LeaseKeeper implements Service {
  readonly #parts: Parts;
  #timer: Timer | undefined;
  #running = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    const { storage, clock, node, leaseMs } = this.#parts;
    await storage.nodes.join({
      node,
      now: clock.now(),
      leaseMs: storage.shared ? leaseMs : soleLeaseMs,
      // Only where the lease is a matter of the database's own time.
      ...(clock === storage.clock ? { renewal: "unattended" } : {}),
    });
    await storage.runs.recover({ now: clock.now() });
    this.#running = true;
    if (storage.shared) this.#schedule();
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#timer?.cancel();
    const { storage, clock, node } = this.#parts;
    await storage.nodes.leave({ node, now: clock.now() });
  }

  /** Renews, then recovers; resolves to the runs that were taken over. */
  async runOnce(): Promise<readonly string[]> {
    const { storage, clock, node, leaseMs } = this.#parts;
    await storage.nodes.renew({ node, now: clock.now(), leaseMs });
    return storage.runs.recover({ now: clock.now() });
  }

  #schedule(): void {
    const { clock, leaseMs, onError } = this.#parts;
    this.#timer = clock.timer(clock.now() + Math.min(leaseMs / 3, longestPauseMs), () => {
      this.runOnce()
        .catch(onError)
        .finally(() => this.#running && this.#schedule());
    });
  }
}
