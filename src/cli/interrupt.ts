// Ctrl-C for commands that go on until somebody stops them, and the end of whoever reads their output.

export class Interrupt implements Disposable {
  readonly #controller = new AbortController();

  constructor() {
    process.on("SIGINT", this.#stop);
    process.on("SIGTERM", this.#stop);
    process.stdout.on("error", this.#stop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly #stop = (): void => this.#controller.abort();

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#stop);
    process.off("SIGTERM", this.#stop);
    process.stdout.off("error", this.#stop);
  }
}
