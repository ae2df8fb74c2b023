// The life of a runtime: started once, stopped once, whoever asks how often.
import { EscapementError } from "../base/errors.ts";
import { startAll, stopAll, type Service } from "../base/service.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";

export class Life {
  readonly #services: readonly Service[];
  readonly #dispatcher: Dispatcher | undefined;
  readonly #close: (drainMs: number) => Promise<void>;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    services: readonly Service[],
    dispatcher: Dispatcher | undefined,
    close: (drainMs: number) => Promise<void>,
  ) {
    this.#services = services;
    this.#dispatcher = dispatcher;
    this.#close = close;
  }

  start(): Promise<void> {
    if (this.#stopped !== undefined) {
      return Promise.reject(
        new EscapementError("runtime.stopped", "This runtime was stopped: create a new one."),
      );
    }
    this.#started ??= startAll(this.#services);
    return this.#started;
  }

  stop(drainMs: number): Promise<void> {
    this.#stopped ??= this.#end(drainMs);
    return this.#stopped;
  }

  async #end(drainMs: number): Promise<void> {
    try {
      if (this.#started === undefined) return;
      await this.#started.catch(() => undefined);
      // First nothing new, then the drain: the lease is held until the last handler is done.
      await this.#dispatcher?.stop(drainMs);
      await stopAll(this.#services);
    } finally {
      await this.#close(drainMs);
    }
  }
}
