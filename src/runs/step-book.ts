// The steps of one attempt: what earlier attempts have completed, what this one has asked for, what is under way.
// Made only when a handler asks for its first step; the steps of the run are read once then, and never again.
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type { ChildOptions, SleepOptions } from "../actions/run-context.ts";
import type { Instant } from "../base/clock.ts";
import type { Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { canonicalJson, decodeJson, encodeJson } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { StepRecord } from "../storage/steps.ts";
import { forgottenError, forgottenStep, twiceError, type Asked } from "./determinism.ts";
import type { Host } from "./host.ts";
import { later } from "./later.ts";
import { Naps, type Nap } from "./naps.ts";

/** One name that is being asked for. Functions of steps see theirs, so that what they ask for knows where it belongs. */
interface Frame {
  /** Whose it is: what a handler starts elsewhere inherits its frame, and must not take it for its own. */
  readonly owner: object;
  readonly name: string;
  readonly parent: Frame | undefined;
  readonly counts: Counts;
  /** Its function is under way, so it may be waiting for a sleep inside it. */
  inside: boolean;
}

type Counts = Map<string, number>;

const frames = new AsyncLocalStorage<Frame>();
const longestName = 200;

export class StepBook {
  readonly #host: Host;
  readonly #run: ClaimedRun;
  readonly #owner = {};
  /** How many unnamed sleeps and equal children were asked for outside all steps. */
  readonly #counts: Counts = new Map();
  readonly #asked = new Map<string, Asked>();
  readonly #open = new Set<Frame>();
  readonly #naps: Naps<Frame>;
  #remembered: ReadonlyMap<string, StepRecord> | undefined;
  #loading: Promise<ReadonlyMap<string, StepRecord>> | undefined;
  #fault: EscapementError | undefined;

  constructor(host: Host, run: ClaimedRun) {
    this.#host = host;
    this.#run = run;
    this.#naps = new Naps(host.clock, (naps) => this.#onlySleeps(naps));
  }

  /** What the handler was told when its attempt went to sleep, and until when. */
  get asleep(): EscapementError | undefined {
    return this.#naps.asleep;
  }

  get asleepUntil(): Instant | undefined {
    return this.#naps.until;
  }

  /** What is certainly wrong with the handler, whatever it makes of it. */
  get fault(): EscapementError | undefined {
    return this.#fault;
  }

  /** The same for a handler that has come to its end. */
  faultAtEnd(): EscapementError | undefined {
    if (this.#remembered === undefined) return undefined;
    const step = forgottenStep(this.#remembered, this.#asked);
    return step === undefined ? undefined : forgottenError(this.#run, step, this.#remembered, this.#asked);
  }

  /** The attempt is over: whoever sleeps is told why. */
  end(reason: EscapementError): void {
    this.#naps.end(reason);
  }

  async step<Output>(name: string, fn: () => Output | Promise<Output>): Promise<Output> {
    checkStep(name, fn);
    const frame = this.#ask(name);
    const result = await this.#once(frame, async () => {
      frame.inside = true;
      try {
        return encodeJson(await frames.run(frame, fn), this.#host.payloadLimit);
      } finally {
        frame.inside = false;
      }
    });
    // Read back also the first time, so that no attempt sees more than the others will.
    const value: Output = JSON.parse(result);
    return value;
  }

  async sleep(duration: Duration, { name, signal }: SleepOptions): Promise<void> {
    const wakeAt = later(this.#host.clock.now(), duration);
    if (name !== undefined) checkName("a sleep", name);
    const inside = this.#inside();
    const frame = this.#ask(`sleep:${name ?? this.#number(inside, "sleep")}`);
    const kept = Number(await this.#once(frame, () => String(wakeAt)));
    if (kept <= this.#host.clock.now()) return;
    await this.#naps.wait({ wakeAt: kept, inside }, signal);
  }

  async enqueue(action: string, given: unknown, options: ChildOptions): Promise<{ readonly id: string }> {
    const input = decodeJson(encodeJson(given, this.#host.payloadLimit));
    // Equal children are told apart by their number; with different ones the order does not matter, as when they
    // are enqueued by parallel steps.
    const what = `${action}#${digest(options.key === undefined ? canonicalJson(input) : `key ${options.key}`)}`;
    const frame = this.#ask(`enqueue:${what}:${this.#number(this.#inside(), what)}`);
    const { id, pass } = this.#run;
    const key = options.key ?? `${id}/${pass}/${digest(frame.name)}`;
    const result = await this.#once(frame, async () =>
      JSON.stringify(await this.#host.enqueue(this.#run, { action, input, options: { ...options, key } })),
    );
    const child: string = JSON.parse(result);
    return { id: child };
  }

  /** A failed name may be asked for again: it has left nothing behind. */
  #ask(name: string): Frame {
    const before = this.#asked.get(name);
    if (before !== undefined && before !== "failed") {
      this.#fault ??= twiceError(this.#run, name);
      throw this.#fault;
    }
    const frame = { owner: this.#owner, name, parent: this.#inside(), counts: new Map(), inside: false };
    this.#asked.set(name, "under way");
    this.#open.add(frame);
    return frame;
  }

  /** What is remembered under the name, or else what is made now and kept. */
  async #once(frame: Frame, make: () => string | Promise<string>): Promise<string> {
    let ended: Asked = "failed";
    try {
      const known = (await this.#load()).get(frame.name);
      if (known !== undefined) {
        ended = "remembered";
        return known.result;
      }
      const startedAt = this.#host.clock.now();
      const result = await make();
      const durationMs = Math.max(0, this.#host.clock.now() - startedAt);
      const parent = frame.parent === undefined ? {} : { parent: frame.parent.name };
      await this.#host.saveStep(this.#run, { name: frame.name, result, durationMs, ...parent });
      ended = "completed";
      return result;
    } finally {
      this.#asked.set(frame.name, ended);
      this.#open.delete(frame);
      this.#naps.reconsider();
    }
  }

  async #load(): Promise<ReadonlyMap<string, StepRecord>> {
    if (this.#remembered !== undefined) return this.#remembered;
    this.#loading ??= this.#host
      .loadSteps(this.#run)
      .then((steps) => (this.#remembered = new Map(steps.map((step) => [step.name, step]))));
    return this.#loading;
  }

  /** The step of this attempt inside whose function we are. */
  #inside(): Frame | undefined {
    const frame = frames.getStore();
    return frame?.owner === this.#owner ? frame : undefined;
  }

  /** 1, 2, … for each time, inside one step or outside all; inside one, its name goes before. */
  #number(inside: Frame | undefined, what: string): string {
    const counts = inside?.counts ?? this.#counts;
    const number = (counts.get(what) ?? 0) + 1;
    counts.set(what, number);
    return inside === undefined ? String(number) : `${inside.name}/${number}`;
  }

  #onlySleeps(naps: Iterable<Nap<Frame>>): boolean {
    const waiting = new Set<Frame>();
    for (const { inside } of naps)
      for (let frame = inside; frame !== undefined; frame = frame.parent) waiting.add(frame);
    for (const frame of this.#open) if (!frame.inside || !waiting.has(frame)) return false;
    return true;
  }
}

function checkStep(name: unknown, fn: unknown): void {
  checkName("a step", name);
  if (typeof name === "string" && /^(?:sleep|enqueue):/.test(name))
    throw new EscapementError(
      "run.invalid",
      `Cannot name a step ${quote(name)}: names that begin with "sleep:" and "enqueue:" are those of ctx.sleep and ctx.enqueue.`,
    );
  if (typeof fn !== "function")
    throw new EscapementError("run.invalid", `The step ${quote(name)} needs a function to run.`);
}

function checkName(what: string, name: unknown): void {
  const told = `a name is a text of 1 to ${longestName} characters, none of them the character 0 or half of one`;
  if (typeof name !== "string")
    throw new EscapementError("run.invalid", `Cannot name ${what} ${quote(name)}: ${told}.`);
  if (name.length > 0 && name.length <= longestName && name.isWellFormed() && !name.includes("\0")) return;
  throw new EscapementError(
    "run.invalid",
    `Cannot name ${what} ${quote(name.slice(0, longestName))}, which has ${name.length} characters: ${told}.`,
  );
}

/** Long enough to be never the same for two texts. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
