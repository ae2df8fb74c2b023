// Remembers that it was rung, so that what happens between looking and waiting is not missed.

export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Before looking. */
  reset(): void {
    this.#rung = false;
  }

  /** After having found nothing. */
  wait(): Promise<void> {
    if (this.#rung) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
