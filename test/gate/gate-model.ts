// What should happen at a gate, in the plainest words: lists of runs, no places, no permits in rows, no numbers of a
// journal. The model test holds the engines against it.
export interface ModelRun {
  readonly id: string;
  readonly action: string;
  readonly taskId: string | undefined;
  readonly priority: number;
  dueAt: number;
  attempt: number;
  state: "waiting" | "running" | "ended";
  permitted: boolean;
}

export interface ModelProcess {
  /** `NAME/ID` */
  readonly id: string;
  /** When each message came, by slot. */
  readonly ats: number[];
  folded: number;
  /** How many of the first messages were released. */
  released: number;
}

export interface Ask {
  readonly scope: string;
  readonly key?: string;
  /** How many moves of gates the operator has seen. */
  readonly seen?: number;
}

export class GateModel {
  now: number;
  readonly runs: ModelRun[] = [];
  readonly processes: ModelProcess[] = [];
  readonly gates = new Set<string>();
  readonly killed = new Set<string>();
  /** The scopes that each move of a gate has touched; "" for all of them. */
  readonly moves: (readonly string[])[] = [];
  readonly #keys = new Map<string, { readonly scope: string; readonly id: string }>();

  constructor(now: number) {
    this.now = now;
  }

  copy(): GateModel {
    const copy = new GateModel(this.now);
    copy.runs.push(...this.runs.map((run) => ({ ...run })));
    copy.processes.push(...this.processes.map((process) => ({ ...process, ats: [...process.ats] })));
    for (const gate of this.gates) copy.gates.add(gate);
    for (const scope of this.killed) copy.killed.add(scope);
    copy.moves.push(...this.moves);
    for (const [key, kept] of this.#keys) copy.#keys.set(key, kept);
    return copy;
  }

  /** The id of the run that is released, the process with the slot, or why nothing is. */
  next({ scope, key, seen }: Ask): string {
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined) return known.scope === scope ? known.id : "conflict";
    const answer = this.pending(scope, seen);
    const run = this.runs.find((one) => one.id === answer);
    const process = this.processes.find((one) => answer.startsWith(`${one.id}#`));
    if (run !== undefined) {
      run.permitted = true;
      this.moves.push(scopesOf(run));
    } else if (process !== undefined) {
      process.released = Math.max(process.folded, process.released) + 1;
      this.moves.push(scopesOfProcess(process));
    } else return answer;
    if (key !== undefined) this.#keys.set(key, { scope, id: answer });
    return answer;
  }

  pending(scope: string, seen: number = this.moves.length): string {
    if (!this.isGated(scope)) return "wrong_mode";
    if (this.killed.has("all") || this.killed.has(scope)) return "switch";
    const unseen = this.moves.slice(seen);
    if (unseen.some((touched) => touched.includes(scope) || touched.includes(""))) return "conflict";
    const waiting = this.#due()
      .filter((run) => !run.permitted && scopesOf(run).includes(scope))
      .toSorted((one, other) => one.dueAt - other.dueAt || compare(one.id, other.id));
    const free = waiting.find((run) => !this.#isKilled(run));
    const message = this.#nextMessage(scope);
    if (message !== undefined && (free === undefined || message.at < free.dueAt)) return message.answer;
    return free?.id ?? (waiting.length > 0 ? "switch" : "nothing_pending");
  }

  isGated(scope: string): boolean {
    const [name = ""] = scope.split("/");
    return this.gates.has("all") || this.gates.has(scope) || this.gates.has(name);
  }

  #nextMessage(scope: string): { readonly at: number; readonly answer: string } | undefined {
    const next = this.processes
      .filter((process) => scopesOfProcess(process).includes(scope))
      .flatMap(({ id, ats, folded, released }) => {
        const slot = Math.max(folded, released);
        const at = ats[slot];
        return at === undefined ? [] : [{ at, answer: `${id}#${slot}` }];
      });
    return next.toSorted((one, other) => one.at - other.at)[0];
  }

  /** Every message that may be handled is. */
  handle(): void {
    if (this.killed.has("all")) return;
    for (const process of this.processes) {
      const isHeld = scopesOfProcess(process).some((scope) => this.gates.has(scope));
      process.folded = isHeld ? Math.max(process.folded, process.released) : process.ats.length;
    }
  }

  /** Every run that may start does, in the order of claims. */
  claim(): string[] {
    const starting = this.#due()
      .filter((run) => !this.#isKilled(run))
      .filter((run) => run.permitted || !scopesOf(run).some((scope) => this.gates.has(scope)))
      .toSorted(
        (one, other) => other.priority - one.priority || one.dueAt - other.dueAt || compare(one.id, other.id),
      );
    for (const run of starting) {
      run.state = "running";
      run.attempt += 1;
      run.permitted = false;
    }
    return starting.map((run) => run.id);
  }

  set(scope: string, mode: "stepper" | "realtime"): boolean {
    if (mode === "realtime" && !this.gates.delete(scope)) return false;
    if (mode === "stepper") this.gates.add(scope);
    this.moves.push([""]);
    return true;
  }

  #due(): ModelRun[] {
    return this.runs.filter((run) => run.state === "waiting" && run.dueAt <= this.now);
  }

  #isKilled(run: ModelRun): boolean {
    return scopesOf(run).some((scope) => this.killed.has(scope));
  }
}

function scopesOf({ action, taskId }: ModelRun): string[] {
  return ["all", `action:${action}`, ...(taskId === undefined ? [] : [`task:${taskId}`])];
}

function scopesOfProcess({ id }: ModelProcess): string[] {
  return ["all", `process:${id.split("/")[0]}`, `process:${id}`];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}
