// The worker of a node for processes: folds those that it holds turn by turn, and commits many at a time. A process with
// much to do waits its turn like any other, and a turn ends when its time is over.
import type { Service } from "../base/service.ts";
import { endOf } from "../storage/process-row.ts";
import type { NewMessage, ProcessCommit, SlotAnswer } from "../storage/processes.ts";
import type { EffectDesk } from "./effect-desk.ts";
import type { LoadedProcess } from "./loaded-process.ts";
import { ProcessHolder, type HolderParts } from "./process-holder.ts";

export interface FoldWorkerParts extends HolderParts {
  readonly desk: EffectDesk;
  /** Hears of what was handled here: the process, and the slot behind. */
  readonly onHandled: (process: string, next: number) => void;
  /** Messages that were sent from here and are not kept yet. */
  readonly sending: () => number;
}

/** How long a turn may take, so that the rest of the program gets its own. */
const turnMs = 8;
const turnMessages = 2_000;
/** One process alone may do so many in a turn, and fewer the more are in line. */
const mostOfOne = 1_000;
const leastOfOne = 32;
const commitsAtOnce = 2;
/** Characters of messages that were sent from here and need not be read again: of all processes, and of each at least. */
const mostText = 67_108_864;
const leastText = 16_384;
/**
 * A turn over many processes that had few messages each costs the writer more than it brings on. While more are being
 * sent from here it is worth waiting for so many of each.
 */
const fewMessages = 3;
const manyProcesses = 32;
const longestPatience = 4_000;

export class FoldWorker implements Service {
  readonly #parts: FoldWorkerParts;
  readonly #holder: ProcessHolder;
  /** Those with work that wait for their turn. */
  #line: LoadedProcess[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #commits = 0;
  /** So many messages more, while they are being sent, before the next turn. */
  #patience = 0;
  #turning: NodeJS.Immediate | undefined;
  #running = false;

  constructor(parts: FoldWorkerParts) {
    this.#parts = parts;
    this.#holder = new ProcessHolder(parts, (held) => this.#queue(held));
  }

  start(): Promise<void> {
    this.#running = true;
    this.#holder.start();
    return Promise.resolve();
  }

  /** Finishes what is being written, and lets go of everything. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    clearImmediate(this.#turning);
    this.#turning = undefined;
    await this.#holder.pause();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#line = [];
    await this.#holder.stop();
  }

  /** Looks for work now: another process was defined. */
  wake(): void {
    this.#holder.claim();
  }

  /** A message that was sent from here. */
  offer(message: NewMessage, answer: SlotAnswer, actor: string): void {
    const held = this.#holder.get(message.process);
    if (held === undefined) return;
    const most = Math.max(leastText, mostText / this.#holder.size);
    held.offer(message, answer, { actor, most });
    this.#queue(held);
  }

  /** So many messages that were sent from here are kept, or were refused. */
  answered(count: number): void {
    if (this.#patience === 0) return;
    this.#patience = this.#parts.sending() === 0 ? 0 : Math.max(0, this.#patience - count);
    this.#turnSoon();
  }

  #queue(held: LoadedProcess): void {
    if (held.isBusy || !held.hasWork) return;
    held.isBusy = true;
    this.#line.push(held);
    this.#turnSoon();
  }

  /** In another turn of the event loop: what was sent from here has been offered by then. */
  #turnSoon(): void {
    if (!this.#running || this.#commits >= commitsAtOnce || this.#line.length === 0) return;
    if (this.#patience > 0 && this.#parts.sending() > 0) return;
    this.#turning ??= setImmediate(() => {
      this.#turning = undefined;
      this.#turn();
    });
  }

  #turn(): void {
    const { clock, desk } = this.#parts;
    const overAt = clock.elapsed() + turnMs;
    const isOver = (): boolean => clock.elapsed() >= overAt;
    const share = Math.max(leastOfOne, Math.min(mostOfOne, Math.floor(turnMessages / this.#line.length)));
    const commits: ProcessCommit[] = [];
    const at: LoadedProcess[] = [];
    let left = turnMessages;
    let count = 0;
    for (const held of this.#line) {
      if (left <= 0 || (count > 0 && isOver())) break;
      count += 1;
      if (!held.hasMessages && held.stopped === undefined) {
        this.#track(this.#fetch(held));
        continue;
      }
      const commit = held.turn(Math.min(left, share), isOver, desk);
      left -= endOf(commit) - commit.from;
      commits.push(commit);
      at.push(held);
    }
    this.#line.splice(0, count);
    if (commits.length > 0) this.#track(this.#commit(commits, at));
    this.#patience = this.#line.length > 0 ? 0 : patienceAfter(commits.length, turnMessages - left);
    this.#turnSoon();
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async #fetch(held: LoadedProcess): Promise<void> {
    const { storage, onError } = this.#parts;
    try {
      const { process, missing: from } = held;
      held.add(await storage.processes.messages({ process, from, limit: mostOfOne }));
      // They were handled by somebody else, or are not there any more.
      if (!held.hasMessages) held.head = held.missing;
    } catch (error) {
      onError(error);
      this.#holder.lose([held]);
      return;
    }
    held.isBusy = false;
    this.#queue(held);
  }

  async #commit(commits: readonly ProcessCommit[], at: readonly LoadedProcess[]): Promise<void> {
    const { storage, clock, node, onError, onHandled } = this.#parts;
    this.#commits += 1;
    try {
      const heads = await storage.processes.commit({ node, now: clock.now(), commits });
      commits.forEach((commit, index) => {
        const held = at[index];
        const head = heads[index] ?? null;
        if (held === undefined) return;
        if (head === null || commit.parked !== undefined) this.#holder.forget(held);
        else this.#goOn(held, head);
        if (head !== null) onHandled(commit.process, endOf(commit));
      });
    } catch (error) {
      onError(error);
      this.#holder.lose(at);
    }
    this.#commits -= 1;
    this.#turnSoon();
  }

  #goOn(held: LoadedProcess, head: number): void {
    held.head = Math.max(held.head, head);
    held.usedAt = this.#parts.clock.now();
    held.isBusy = false;
    // Others wait, and there is no room: it goes to the end of their line.
    if (held.isSpent || this.#holder.isCrowded) this.#holder.letGo([held]);
    else this.#queue(held);
  }
}

function patienceAfter(processes: number, messages: number): number {
  const isWorthwhile = processes < manyProcesses || messages >= fewMessages * processes;
  return isWorthwhile ? 0 : Math.min(longestPatience, fewMessages * processes);
}
