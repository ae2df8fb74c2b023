// Letting go of processes, until the storage has taken it: what it refused is said again later.
import type { Clock } from "../base/clock.ts";
import type { HeldProcess, ProcessStorage } from "../storage/processes.ts";

export interface ReleasesParts {
  readonly storage: { readonly processes: Pick<ProcessStorage, "release"> };
  readonly clock: Clock;
  readonly node: string;
  readonly onError: (error: unknown) => void;
}

export class Releases {
  readonly #parts: ReleasesParts;
  #lost: HeldProcess[] = [];
  readonly #leaving = new Set<HeldProcess>();

  constructor(parts: ReleasesParts) {
    this.#parts = parts;
  }

  /** Whether there are some that could not be let go of yet. */
  get hasLost(): boolean {
    return this.#lost.length > 0;
  }

  /** Nobody knows whether their last commit was taken: they are let go of as soon as that can be said. */
  lose(lost: readonly HeldProcess[]): void {
    this.#lost.push(...lost);
  }

  takeLost(): HeldProcess[] {
    return this.#lost.splice(0);
  }

  /** Whether it is on its way out, or waits for it. */
  isLeaving({ process, fence }: HeldProcess): boolean {
    const isIt = (one: HeldProcess): boolean => one.process === process && one.fence === fence;
    return this.#lost.some(isIt) || [...this.#leaving].some(isIt);
  }

  async release(all: readonly HeldProcess[]): Promise<void> {
    const { storage, clock, node, onError } = this.#parts;
    const processes = all.map(({ process, fence }) => ({ process, fence }));
    for (const one of all) this.#leaving.add(one);
    try {
      await storage.processes.release({ node, now: clock.now(), processes });
    } catch (error) {
      onError(error);
      this.lose(all);
    }
    for (const one of all) this.#leaving.delete(one);
  }
}
