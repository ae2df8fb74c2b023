// Fires what is due: one timer for the nearest due time of all tasks, however many there are. A late wake-up is the
// ordinary case (a blocked loop, a laptop that slept): whatever came due meanwhile gets its outcome in one go.
import type { ActionRegistry } from "../actions/registry.ts";
import type { Clock, Timer } from "../base/clock.ts";
import type { Service } from "../base/service.ts";
import { traitsOf } from "../runs/traits.ts";
import type { FireReport, TraitsByAction } from "../storage/tasks.ts";
import type { Storage } from "../storage/storage.ts";

interface Parts {
  readonly storage: Storage;
  readonly registry: ActionRegistry;
  readonly clock: Clock;
  readonly onFire: (report: FireReport) => void;
  readonly onError: (error: unknown) => void;
}

/** Tasks per transaction: a bound on how long a tick holds the writer. */
const tasksPerStep = 500;
/** The floor under hints from other nodes. */
const pollMs = 30_000;
const againMs = 1_000;

export class Ticker implements Service {
  readonly #parts: Parts;
  #running = false;
  #ticking: Promise<void> | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #unlisten: (() => void) | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): Promise<void> {
    if (this.#running) return Promise.resolve();
    this.#running = true;
    this.#unlisten = this.#parts.storage.onCommit((hint) => {
      if (hint.tasksDueAt !== undefined) this.#wakeAt(hint.tasksDueAt);
    });
    this.#wakeAt(this.#parts.clock.now());
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#unlisten?.();
    this.#timer?.cancel();
    this.#timerAt = Number.POSITIVE_INFINITY;
    await this.#ticking;
  }

  /** Fires everything that is due now. */
  async runOnce(): Promise<FireReport> {
    const { storage, clock, onFire } = this.#parts;
    let total: FireReport = { tasks: 0, latenessMs: [], skipped: {}, cancelled: [] };
    for (;;) {
      const now = clock.now();
      const report = await storage.tasks.fire({ now, limit: tasksPerStep, traits: this.#traits() });
      onFire(report);
      total = addReports(total, report);
      if (report.nextDueAt === undefined || report.nextDueAt > clock.now() || report.tasks === 0)
        return total;
    }
  }

  #traits(): TraitsByAction {
    return Object.fromEntries(this.#parts.registry.all().map((action) => [action.name, traitsOf(action)]));
  }

  #wakeAt(at: number): void {
    if (!this.#running || at >= this.#timerAt || at === Number.POSITIVE_INFINITY) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#parts.clock.timer(at, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#ticking = this.#tick();
    });
  }

  async #tick(): Promise<void> {
    const { storage, clock, onError } = this.#parts;
    try {
      const report = await this.runOnce();
      this.#wakeAt(
        Math.min(
          report.nextDueAt ?? Number.POSITIVE_INFINITY,
          storage.shared ? clock.now() + pollMs : Number.POSITIVE_INFINITY,
        ),
      );
    } catch (error) {
      onError(error);
      this.#wakeAt(clock.now() + againMs);
    }
  }
}

function addReports(total: FireReport, report: FireReport): FireReport {
  const skipped = { ...total.skipped };
  for (const [reason, count] of Object.entries(report.skipped)) {
    Object.assign(skipped, {
      [reason]: (Object.entries(skipped).find(([name]) => name === reason)?.[1] ?? 0) + count,
    });
  }
  return {
    tasks: total.tasks + report.tasks,
    latenessMs: [...total.latenessMs, ...report.latenessMs],
    skipped,
    cancelled: [...total.cancelled, ...report.cancelled],
    ...(report.nextDueAt === undefined ? {} : { nextDueAt: report.nextDueAt }),
  };
}
