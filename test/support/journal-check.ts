// Reads a journal from its first event to its last and says what must not have happened: a hole, an attempt that ended
// twice, a lane that was fuller than it may be, a limit that was passed, a line that went out of order.
import type { Event } from "../../src/journal/event.ts";

/** What the checker must know of a run beside its events. */
export interface RunFacts {
  readonly id: string;
  /** One at a time, in the order of ids. */
  readonly line?: string;
  readonly lane?: { readonly key: string; readonly limit: number };
  readonly rate?: {
    readonly key: string;
    readonly limit: number;
    readonly perMs: number;
    readonly burst: number;
  };
}

export interface JournalReport {
  readonly events: number;
  readonly runs: number;
  readonly starts: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

type Life = "waiting" | "running" | "ended";

/** What each event needs before it and leaves behind it; kinds that are not here change nothing. */
const lives: Readonly<Record<string, { readonly from: readonly (Life | undefined)[]; readonly to: Life }>> = {
  "run.enqueued": { from: [undefined], to: "waiting" },
  "run.started": { from: ["waiting"], to: "running" },
  "run.retried": { from: ["running"], to: "waiting" },
  "run.snoozed": { from: ["running"], to: "waiting" },
  "run.slept": { from: ["running"], to: "waiting" },
  "run.passed": { from: ["running"], to: "waiting" },
  "run.returned": { from: ["running"], to: "waiting" },
  "run.lost": { from: ["running"], to: "waiting" },
  "run.succeeded": { from: ["running"], to: "ended" },
  "run.failed": { from: ["running"], to: "ended" },
  "run.cancelled": { from: ["running", "waiting"], to: "ended" },
};

export class JournalCheck {
  readonly #factsOf: (runId: string) => RunFacts | undefined;
  readonly #lives = new Map<string, Life>();
  readonly #seats = new Map<string, number>();
  /** Who has begun and not ended, and the last that began, of each line. */
  readonly #lines = new Map<string, { holder: string | undefined; last: string }>();
  readonly #starts = new Map<string, { facts: NonNullable<RunFacts["rate"]>; times: number[] }>();
  readonly #kinds = new Map<string, number>();
  readonly #faults: string[] = [];
  #seq = 0;
  #events = 0;
  #begun = 0;

  constructor(factsOf: (runId: string) => RunFacts | undefined) {
    this.#factsOf = factsOf;
  }

  see(event: Event): void {
    this.#events++;
    if (event.seq !== this.#seq + 1) this.#faults.push(`event ${event.seq} follows ${this.#seq}`);
    this.#seq = event.seq;
    this.#kinds.set(event.kind, (this.#kinds.get(event.kind) ?? 0) + 1);
    const step = lives[event.kind];
    if (step === undefined) return;
    const id = event.subject.slice("run:".length);
    const before = this.#lives.get(id);
    if (!step.from.includes(before))
      this.#faults.push(`${event.kind} of run ${id} at ${event.seq}, which was ${before ?? "not there"}`);
    this.#lives.set(id, step.to);
    const facts = this.#factsOf(id);
    if (facts === undefined) return void this.#faults.push(`run ${id} at ${event.seq} is not kept`);
    this.#seat(facts, before, step.to, event.seq);
    this.#stand(facts, step.to, event.seq);
    if (step.to === "running") this.#start(facts, event.at.getTime());
  }

  end(): JournalReport {
    for (const [key, { facts, times }] of this.#starts) this.#replayLimit(key, facts, times);
    for (const [id, life] of this.#lives)
      if (life !== "ended") this.#faults.push(`run ${id} is still ${life}`);
    return {
      events: this.#events,
      runs: this.#lives.size,
      starts: this.#begun,
      kinds: Object.fromEntries(this.#kinds),
      faults: this.#faults,
    };
  }

  #seat({ lane }: RunFacts, before: Life | undefined, after: Life, seq: number): void {
    if (lane === undefined) return;
    const change = Number(after === "running") - Number(before === "running");
    const seats = (this.#seats.get(lane.key) ?? 0) + change;
    this.#seats.set(lane.key, seats);
    if (seats > lane.limit)
      this.#faults.push(`lane ${lane.key} holds ${seats} at ${seq}, and may hold ${lane.limit}`);
  }

  #stand({ id, line }: RunFacts, after: Life, seq: number): void {
    if (line === undefined) return;
    const state = this.#lines.get(line) ?? { holder: undefined, last: "" };
    this.#lines.set(line, state);
    if (after === "running") {
      if (state.holder !== undefined && state.holder !== id)
        this.#faults.push(`line ${line}: ${id} begins at ${seq} while ${state.holder} has not ended`);
      if (state.holder === undefined && id < state.last)
        this.#faults.push(`line ${line}: ${id} begins at ${seq} after ${state.last}`);
      state.holder = id;
      state.last = id;
    }
    if (after === "ended") state.holder = undefined;
  }

  #start({ rate }: RunFacts, at: number): void {
    this.#begun++;
    if (rate === undefined) return;
    const starts = this.#starts.get(rate.key) ?? { facts: rate, times: [] };
    this.#starts.set(rate.key, starts);
    starts.times.push(at);
  }

  /** In any window of length T at most burst + T·limit/per starts: a leaky bucket that may never overflow says the same. */
  #replayLimit(key: string, { limit, perMs, burst }: NonNullable<RunFacts["rate"]>, times: number[]): void {
    const everyMs = perMs / limit;
    let filled = 0;
    let last = Number.NEGATIVE_INFINITY;
    for (const at of times.toSorted((one, other) => one - other)) {
      filled = Math.max(0, filled - (at - last) / everyMs) + 1;
      last = at;
      // Times are kept in whole milliseconds.
      if (filled > burst + 1 / everyMs)
        this.#faults.push(`limit ${key}: ${filled.toFixed(2)} starts at ${at} where ${burst} may be`);
    }
  }
}
