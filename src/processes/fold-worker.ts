// The worker of a node for processes: takes hold of those with messages, folds them turn by turn, commits many at a
// time, and lets go of those that rest. What it holds it keeps loaded. A process with much to do waits its turn like any
// other, and a turn ends when its time is over.
import type { Clock, Timer } from "../base/clock.ts";
import type { Service } from "../base/service.ts";
import { endOf } from "../storage/process-row.ts";
import type {
  ClaimedProcess,
  HeldProcess,
  NewMessage,
  ProcessCommit,
  SlotAnswer,
} from "../storage/processes.ts";
import type { CommitHint, Storage } from "../storage/storage.ts";
import type { EffectDesk } from "./effect-desk.ts";
import { LoadedProcess } from "./loaded-process.ts";
import type { ProcessRegistry } from "./process-registry.ts";

export interface FoldWorkerParts {
  readonly storage: Pick<Storage, "processes" | "onCommit" | "shared">;
  readonly registry: ProcessRegistry;
  readonly clock: Clock;
  readonly node: string;
  readonly desk: EffectDesk;
  /** Hears of what was handled here: the process, and the slot behind. */
  readonly onHandled: (process: string, next: number) => void;
  readonly onError: (error: unknown) => void;
}

/** How many processes are kept loaded. */
const mostHeld = 4_000;
const largestClaim = 250;
const firstMessages = 64;
/** How long a turn may take, so that the rest of the program gets its own. */
const turnMs = 8;
const turnMessages = 1_000;
/** One process alone may do so many in a turn, and fewer the more are in line. */
const mostOfOne = 500;
const leastOfOne = 32;
const commitsAtOnce = 2;
/** A process that rested for so long is let go. */
const restMs = 5_000;
/** The floor under hints from other nodes. */
const pollMs = 5_000;
const againMs = 1_000;

export class FoldWorker implements Service {
  readonly #parts: FoldWorkerParts;
  readonly #held = new Map<string, LoadedProcess>();
  /** Those with work that wait for their turn. */
  #line: LoadedProcess[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #commits = 0;
  #claiming: Promise<void> | undefined;
  #wanted = false;
  /** Heads that were heard of while a claim was under way, which may be of what it takes. */
  readonly #heard = new Map<string, number>();
  /** Nobody knows whether their last commit was taken. */
  #lost: HeldProcess[] = [];
  /** Those that are being let go of. */
  readonly #leaving = new Set<HeldProcess>();
  #turning: NodeJS.Immediate | undefined;
  #timer: Timer | undefined;
  #running = false;
  #unlisten: (() => void) | undefined;

  constructor(parts: FoldWorkerParts) {
    this.#parts = parts;
  }

  start(): Promise<void> {
    if (this.#running) return Promise.resolve();
    this.#running = true;
    this.#unlisten = this.#parts.storage.onCommit((hint) => this.#hear(hint));
    this.#claim();
    this.#watch();
    return Promise.resolve();
  }

  /** Finishes what is being written, and lets go of everything. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#unlisten?.();
    this.#timer?.cancel();
    clearImmediate(this.#turning);
    this.#turning = undefined;
    await this.#claiming;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    const held = [...this.#held.values(), ...this.#lost];
    this.#held.clear();
    this.#line = [];
    if (held.length > 0) await this.#release(held);
  }

  /** Looks for work now: another process was defined. */
  wake(): void {
    this.#claim();
  }

  /** A message that was sent from here. */
  offer(message: NewMessage, answer: SlotAnswer, actor: string): void {
    const held = this.#held.get(message.process);
    if (held === undefined) return;
    held.offer(message, answer, actor);
    this.#queue(held);
  }

  #hear({ messages }: CommitHint): void {
    if (messages === undefined) return;
    let isNew = messages.length === 0;
    for (const [process, head] of messages) {
      if (this.#claiming !== undefined) this.#heard.set(process, head);
      const held = this.#held.get(process);
      if (held === undefined) isNew = true;
      else {
        held.head = Math.max(held.head, head);
        this.#queue(held);
      }
    }
    if (isNew) this.#claim();
    if (messages.length === 0) this.#askForHeads();
  }

  #queue(held: LoadedProcess): void {
    if (held.isBusy || (held.head <= held.missing && !held.hasMessages)) return;
    held.isBusy = true;
    this.#line.push(held);
    this.#turnSoon();
  }

  /** In another turn of the event loop: what was sent from here has been offered by then. */
  #turnSoon(): void {
    if (!this.#running || this.#commits >= commitsAtOnce) return;
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
      if (!held.hasMessages && held.stopped === undefined) this.#track(this.#fetch(held));
      else {
        const commit = held.turn(Math.min(left, share), isOver, desk);
        left -= endOf(commit) - commit.from;
        commits.push(commit);
        at.push(held);
      }
    }
    this.#line.splice(0, count);
    if (commits.length > 0) this.#track(this.#commit(commits, at));
    if (this.#line.length > 0) this.#turnSoon();
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async #fetch(held: LoadedProcess): Promise<void> {
    const { storage, onError } = this.#parts;
    try {
      const { process, missing: from } = held;
      const messages = await storage.processes.messages({ process, from, limit: mostOfOne });
      held.add(messages);
      // They were handled by somebody else, or are not there any more.
      if (!held.hasMessages) held.head = held.missing;
    } catch (error) {
      onError(error);
      this.#lose([held]);
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
        const head = heads[index];
        if (held === undefined) return;
        if (head === null || head === undefined || commit.parked !== undefined) this.#forget(held);
        else this.#goOn(held, head);
        if (typeof head === "number") onHandled(commit.process, endOf(commit));
      });
    } catch (error) {
      onError(error);
      this.#lose(at);
    }
    this.#commits -= 1;
    if (this.#line.length > 0) this.#turnSoon();
    if (this.#wanted) this.#claim();
  }

  #goOn(held: LoadedProcess, head: number): void {
    held.head = Math.max(held.head, head);
    held.usedAt = this.#parts.clock.now();
    held.isBusy = false;
    // Others wait to be taken hold of, and there is no room: it goes to the end of their line.
    if (this.#wanted && this.#held.size >= mostHeld) this.#letGo([held]);
    else this.#queue(held);
  }

  #forget(held: LoadedProcess): void {
    if (this.#held.get(held.process) === held) this.#held.delete(held.process);
  }

  /** Their state here may be another than what is stored: they are let go of, as soon as that can be said. */
  #lose(lost: readonly LoadedProcess[]): void {
    for (const held of lost) this.#forget(held);
    this.#lost.push(...lost);
    this.#watch();
  }

  #letGo(resting: readonly LoadedProcess[]): void {
    for (const held of resting) {
      held.isBusy = true;
      this.#forget(held);
    }
    this.#track(this.#release(resting));
  }

  async #release(all: readonly HeldProcess[]): Promise<void> {
    const { storage, clock, node, onError } = this.#parts;
    const processes = all.map(({ process, fence }) => ({ process, fence }));
    for (const one of all) this.#leaving.add(one);
    try {
      await storage.processes.release({ node, now: clock.now(), processes });
    } catch (error) {
      onError(error);
      this.#lost.push(...all);
      this.#watch();
    }
    for (const one of all) this.#leaving.delete(one);
    if (this.#wanted) this.#claim();
  }

  #claim(): void {
    const { storage, registry, clock, node, onError } = this.#parts;
    const names = registry.names();
    if (!this.#running || names.length === 0) return;
    const room = mostHeld - this.#held.size;
    if (this.#claiming !== undefined || room <= 0) {
      this.#wanted = true;
      if (room <= 0) this.#makeRoom();
      return;
    }
    this.#wanted = false;
    this.#heard.clear();
    const limit = Math.min(room, largestClaim);
    this.#claiming = storage.processes
      .claim({ node, now: clock.now(), names, limit, messages: firstMessages })
      .then(
        (claimed) => this.#receive(claimed, claimed.length === limit),
        (error: unknown) => {
          this.#claiming = undefined;
          this.#wanted = true;
          onError(error);
          this.#watch();
        },
      );
  }

  #receive(claimed: readonly ClaimedProcess[], isMore: boolean): void {
    this.#claiming = undefined;
    const { registry, clock } = this.#parts;
    for (const one of claimed) {
      const definition = registry.find(one.process);
      const held = new LoadedProcess(one, definition, clock.now());
      held.head = Math.max(held.head, this.#heard.get(one.process) ?? 0);
      this.#held.set(one.process, held);
      if (this.#running) this.#queue(held);
    }
    if (claimed.length > 0) this.#watch();
    if (isMore || this.#wanted) this.#claim();
  }

  /** Those that rest make room for those that wait. */
  #makeRoom(): void {
    const resting = [...this.#held.values()].filter((held) => !held.isBusy);
    const oldest = resting.toSorted((one, other) => one.usedAt - other.usedAt);
    if (oldest.length > 0) this.#letGo(oldest.slice(0, largestClaim));
  }

  /** What was sent by other nodes to processes that are held here. */
  #askForHeads(): void {
    const { storage, clock, node, onError } = this.#parts;
    const wasClaiming = this.#claiming;
    const hear = ({ process, fence, head }: HeldProcess & { readonly head: number }): void => {
      const held = this.#held.get(process);
      if (held !== undefined) {
        held.head = Math.max(held.head, head);
        this.#queue(held);
      } else if (wasClaiming === undefined && this.#claiming === undefined) this.#disown({ process, fence });
    };
    const asked = storage.processes.waiting({ node, now: clock.now() });
    this.#track(asked.then((waiting) => waiting.forEach(hear)).catch(onError));
  }

  /** It stands under the name of this node, which knows nothing of it: the answer to a claim was lost. */
  #disown(one: HeldProcess): void {
    const isLeaving = [...this.#lost, ...this.#leaving].some(
      ({ process, fence }) => process === one.process && fence === one.fence,
    );
    if (!isLeaving) this.#track(this.#release([one]));
  }

  /** A timer only while something is held, lost or wanted, or can come from elsewhere: an idle node does nothing. */
  #watch(): void {
    const { clock, storage } = this.#parts;
    const isWanting = this.#wanted || this.#lost.length > 0;
    if (this.#timer !== undefined || !this.#running) return;
    if (!isWanting && this.#held.size === 0 && !storage.shared) return;
    const everyMs = isWanting ? againMs : storage.shared ? pollMs : restMs;
    this.#timer = clock.timer(clock.now() + everyMs, () => {
      this.#timer = undefined;
      this.#lookAround();
      this.#watch();
    });
  }

  #lookAround(): void {
    const { clock, storage } = this.#parts;
    const restedAt = clock.now() - restMs;
    const resting = [...this.#held.values()].filter((held) => !held.isBusy && held.usedAt <= restedAt);
    if (resting.length > 0) this.#letGo(resting);
    if (this.#lost.length > 0) this.#track(this.#release(this.#lost.splice(0)));
    if (this.#wanted || storage.shared) this.#claim();
    if (storage.shared) this.#askForHeads();
  }
}
