// What a node holds: takes hold of processes that wait, hears of their messages, and lets go of those that rest. Whoever
// works on them is told which have something to do. Nothing is held that nobody knows of: what may have been taken
// without an answer is asked for and let go.
import type { Clock, Timer } from "../base/clock.ts";
import type { ClaimedProcess, HeldProcess } from "../storage/processes.ts";
import type { CommitHint, Storage } from "../storage/storage.ts";
import { LoadedProcess } from "./loaded-process.ts";
import type { ProcessRegistry } from "./process-registry.ts";
import { Releases } from "./releases.ts";

export interface HolderParts {
  readonly storage: Pick<Storage, "processes" | "onCommit" | "shared">;
  readonly registry: ProcessRegistry;
  readonly clock: Clock;
  readonly node: string;
  readonly onError: (error: unknown) => void;
}

/** How many processes are kept loaded. */
const mostHeld = 4_000;
const largestClaim = 250;
const firstMessages = 64;
/** A process that rested for so long is let go. */
const restMs = 5_000;
/** The floor under hints from other nodes. */
const pollMs = 5_000;
const againMs = 1_000;

export class ProcessHolder {
  readonly #parts: HolderParts;
  readonly #onWork: (held: LoadedProcess) => void;
  readonly #held = new Map<string, LoadedProcess>();
  readonly #underWay = new Set<Promise<void>>();
  #claiming: Promise<void> | undefined;
  #wanted = false;
  /** Heads that were heard of while a claim was under way, which may be of what it takes. */
  readonly #heard = new Map<string, number>();
  readonly #releases: Releases;
  #timer: Timer | undefined;
  #running = false;
  #unlisten: (() => void) | undefined;

  constructor(parts: HolderParts, onWork: (held: LoadedProcess) => void) {
    this.#parts = parts;
    this.#onWork = onWork;
    this.#releases = new Releases(parts);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#unlisten = this.#parts.storage.onCommit((hint) => this.#hear(hint));
    this.claim();
    this.#watch();
  }

  /** Takes nothing new. */
  async pause(): Promise<void> {
    this.#running = false;
    this.#unlisten?.();
    this.#timer?.cancel();
    await this.#claiming;
  }

  /** Lets go of everything. */
  async stop(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    const held = [...this.#held.values(), ...this.#releases.takeLost()];
    this.#held.clear();
    if (held.length > 0) await this.#release(held);
  }

  get size(): number {
    return this.#held.size;
  }

  get(process: string): LoadedProcess | undefined {
    return this.#held.get(process);
  }

  /** Others wait to be taken hold of, and there is no room for them. */
  get isCrowded(): boolean {
    return this.#wanted && this.#held.size >= mostHeld;
  }

  forget(held: LoadedProcess): void {
    if (this.#held.get(held.process) === held) this.#held.delete(held.process);
  }

  /** Their state here may be another than what is stored. */
  lose(lost: readonly LoadedProcess[]): void {
    for (const held of lost) this.forget(held);
    this.#releases.lose(lost);
    this.#watch();
  }

  letGo(resting: readonly LoadedProcess[]): void {
    for (const held of resting) {
      held.isBusy = true;
      this.forget(held);
    }
    this.#track(this.#release(resting));
  }

  claim(): void {
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
    const request = { node, now: clock.now(), names, limit, messages: firstMessages };
    this.#claiming = storage.processes.claim(request).then(
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
      const held = new LoadedProcess(one, registry.find(one.process), clock.now());
      held.head = Math.max(held.head, this.#heard.get(one.process) ?? 0);
      this.#held.set(one.process, held);
      if (this.#running) this.#onWork(held);
    }
    if (claimed.length > 0) this.#watch();
    if (isMore || this.#wanted) this.claim();
  }

  #hear({ messages }: CommitHint): void {
    if (messages === undefined) return;
    let isNew = messages.length === 0;
    for (const [process, head] of messages) {
      if (this.#claiming !== undefined) this.#heard.set(process, head);
      const held = this.#held.get(process);
      if (held === undefined) isNew = true;
      else this.#raise(held, head);
    }
    if (isNew) this.claim();
    if (messages.length === 0) this.#askForHeads();
  }

  #raise(held: LoadedProcess, head: number): void {
    held.head = Math.max(held.head, head);
    this.#onWork(held);
  }

  /** Those that rest make room for those that wait. */
  #makeRoom(): void {
    const resting = [...this.#held.values()].filter((held) => !held.isBusy);
    const oldest = resting.toSorted((one, other) => one.usedAt - other.usedAt);
    if (oldest.length > 0) this.letGo(oldest.slice(0, largestClaim));
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async #release(all: readonly HeldProcess[]): Promise<void> {
    await this.#releases.release(all);
    this.#watch();
    if (this.#wanted) this.claim();
  }

  /** What was sent by other nodes to processes that are held here. */
  #askForHeads(): void {
    const wasClaiming = this.#claiming !== undefined;
    this.#track(this.#ask(wasClaiming));
  }

  async #ask(wasClaiming: boolean): Promise<void> {
    const { storage, clock, node, onError } = this.#parts;
    try {
      const waiting = await storage.processes.waiting({ node, now: clock.now() });
      const isClaiming = wasClaiming || this.#claiming !== undefined;
      for (const { process, fence, head } of waiting) {
        const held = this.#held.get(process);
        if (held !== undefined) this.#raise(held, head);
        else if (!isClaiming) this.#disown({ process, fence });
      }
    } catch (error) {
      onError(error);
    }
  }

  /** It stands under the name of this node, which knows nothing of it: the answer to a claim was lost. */
  #disown(one: HeldProcess): void {
    if (!this.#releases.isLeaving(one)) this.#track(this.#release([one]));
  }

  /** A timer only while something is held, lost or wanted, or can come from elsewhere: an idle node does nothing. */
  #watch(): void {
    const { clock, storage } = this.#parts;
    const isWanting = this.#wanted || this.#releases.hasLost;
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
    if (resting.length > 0) this.letGo(resting);
    if (this.#releases.hasLost) this.#track(this.#release(this.#releases.takeLost()));
    if (!storage.shared) {
      if (this.#wanted) this.claim();
      return;
    }
    // One after the other: what a claim is about to be given cannot be told from what nobody knows of.
    this.#track(this.#ask(this.#claiming !== undefined).then(() => this.claim()));
  }
}
