// Keeps the live view up to date: once a second it asks the runtime what there is to show, and draws it.
import { systemClock, type Timer } from "../../base/clock.ts";
import type { Task } from "../../contract/task.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { faultText } from "../fault-text.ts";
import { LiveScreen, type TerminalStream } from "../live/live-screen.ts";
import type { LiveView } from "../live/live-view.ts";
import { terminalAbilities, type Environment } from "../live/terminal-abilities.ts";
import { gatherView } from "./gather-view.ts";
import { HostHistory } from "./host-history.ts";
import { RateMeter } from "./rate-meter.ts";
import type { Reporter } from "./reporter.ts";

const tickMs = 1_000;
/** Reading the list of all tasks may take one part in so many of the time, however long it is. */
const listShare = 20;

export class LiveReporter implements Reporter {
  readonly #stream: TerminalStream;
  readonly #screen: LiveScreen;
  readonly #host = new HostHistory();
  readonly #rate = new RateMeter();
  readonly #startedAt = systemClock.elapsed();
  #runtime: Runtime | undefined;
  #tasks: readonly Task[] = [];
  #tasksAgainAt = 0;
  #view: LiveView | undefined;
  #notice: string | undefined;
  #timer: Timer | undefined;
  #drawing: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(stream: TerminalStream, env: Environment, platform: string) {
    this.#stream = stream;
    this.#screen = new LiveScreen(stream, terminalAbilities(env, platform));
  }

  begin(runtime: Runtime): Promise<void> {
    this.#runtime = runtime;
    return Promise.resolve();
  }

  async started(address: string): Promise<void> {
    const runtime = this.#runtime;
    if (runtime === undefined) return;
    this.#screen.start();
    await this.#draw(runtime, address);
    this.#schedule(runtime, address);
  }

  error(error: unknown): void {
    this.#notice = faultText(error);
  }

  /** From now on the storage may close at any moment, so nothing more is asked. */
  stopping(): void {
    this.#ended = true;
    this.#timer?.cancel();
    const active = this.#runtime?.activeRuns() ?? 0;
    const runs = active === 1 ? "one run is" : `${active} runs are`;
    const notice =
      active === 0 ? "stopping" : `stopping: ${runs} given up to 10 s to finish; ctrl-c again stops at once`;
    if (this.#view !== undefined) this.#screen.draw({ ...this.#view, notice });
  }

  async stopped(): Promise<void> {
    await this.#drawing;
    this.#screen.stop();
    this.#stream.write(`Stopped. Everything is kept in ${this.#runtime?.storage ?? "the storage"}.\n`);
  }

  /** At whole seconds, so that what counts down does so evenly. */
  #schedule(runtime: Runtime, address: string): void {
    const now = systemClock.now();
    this.#timer = systemClock.timer(now + tickMs - (now % tickMs), () => {
      this.#drawing = this.#draw(runtime, address)
        .catch((error: unknown) => this.error(error))
        .finally(() => this.#ended || this.#schedule(runtime, address));
    });
  }

  async #draw(runtime: Runtime, address: string): Promise<void> {
    await this.#readTasks(runtime);
    await this.#host.update(runtime);
    const now = systemClock.now();
    const gathered = await gatherView(runtime, this.#tasks, now);
    if (this.#ended) return;
    const { succeeded, failed, cancelled } = gathered.counts;
    this.#rate.look(succeeded + failed + cancelled, systemClock.elapsed());
    this.#view = {
      title: "escapement",
      address,
      storage: runtime.storage,
      uptimeMs: systemClock.elapsed() - this.#startedAt,
      timezone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
      runsPerSecond: this.#rate.rates(),
      samples: this.#host.rows(),
      ...gathered,
      ...(this.#notice === undefined ? {} : { notice: this.#notice }),
    };
    this.#screen.draw(this.#view);
  }

  async #readTasks({ tasks }: Runtime): Promise<void> {
    const before = systemClock.elapsed();
    if (before < this.#tasksAgainAt) return;
    this.#tasks = await tasks.all();
    const took = systemClock.elapsed() - before;
    this.#tasksAgainAt = before + took * listShare;
  }
}
