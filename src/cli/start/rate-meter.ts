// Runs per second, from how many have finished at all: one value for each look.

const keptRates = 600;

export class RateMeter {
  readonly #rates: number[] = [];
  #total: number | undefined;
  #atMs = 0;

  /** `total` never goes down; `atMs` never goes backwards. */
  look(total: number, atMs: number): void {
    const passed = (atMs - this.#atMs) / 1_000;
    if (this.#total !== undefined && passed > 0) this.#rates.push((total - this.#total) / passed);
    this.#rates.splice(0, this.#rates.length - keptRates);
    this.#total = total;
    this.#atMs = atMs;
  }

  /** Oldest first. */
  rates(): readonly number[] {
    return [...this.#rates];
  }
}
