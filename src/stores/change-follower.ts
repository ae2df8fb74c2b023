// Follows the journal for changes of documents, whoever made them: another node, a transaction, this node itself.
// A hint says when to look; where commits of others may go unheard, every hint does, now and then.
import type { Clock } from "../base/clock.ts";
import { decodeJson } from "../base/json.ts";
import { encodeKey, type KeyPart } from "../document/key.ts";
import type { EventRecord } from "../storage/journal.ts";
import type { CommitHint, Storage } from "../storage/storage.ts";

/** A change that was committed. */
export interface HeardChange {
  readonly store: string;
  readonly key: string;
  /** Absent when the document was deleted. */
  readonly version?: number;
}

interface Parts {
  readonly storage: Pick<Storage, "journal" | "onCommit" | "shared">;
  readonly clock: Clock;
  readonly onChange: (change: HeardChange) => void;
  /** Changes may go unheard from now on, until the next one is heard. */
  readonly onLost: () => void;
}

const pageSize = 1_000;
/** Where nobody says which stores were changed, looking more often would cost more than it tells. */
const lookEveryMs = 500;
const subjectPrefix = "store:";

export class ChangeFollower {
  readonly #parts: Parts;
  #started: Promise<void> | undefined;
  #cursor = 0;
  #reading = false;
  #wanted = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #unlisten: (() => void) | undefined;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when every change from now on will be heard. */
  start(): Promise<void> {
    this.#started ??= this.#begin().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  async #begin(): Promise<void> {
    this.#cursor = await this.#parts.storage.journal.head();
    if (!this.#isOver) this.#unlisten = this.#parts.storage.onCommit((hint) => this.#hear(hint));
  }

  stop(): void {
    this.#isOver = true;
    this.#unlisten?.();
  }

  #hear(hint: CommitHint): void {
    const { storage, clock } = this.#parts;
    const now = clock.elapsed();
    if (hint.stores === undefined && !(storage.shared && now - this.#lookedAt >= lookEveryMs)) return;
    this.#lookedAt = now;
    this.#wanted = true;
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#wanted && !this.#isOver) {
        this.#wanted = false;
        await this.#readBehind();
      }
    } catch {
      // It is read again at the next hint; until then nobody knows.
      this.#parts.onLost();
    } finally {
      this.#reading = false;
    }
  }

  async #readBehind(): Promise<void> {
    const { journal } = this.#parts.storage;
    for (;;) {
      // Asked first, so that whatever comes behind it is found the next time.
      const head = await journal.head();
      const events = await journal.read({ after: this.#cursor, limit: pageSize, category: "memory" });
      for (const event of events) this.#tell(event);
      const last = events.at(-1)?.seq ?? 0;
      this.#cursor = events.length < pageSize ? Math.max(this.#cursor, head, last) : last;
      if (events.length < pageSize) return;
    }
  }

  #tell({ kind, subject, data }: EventRecord): void {
    const isStored = kind === "document.stored";
    if ((!isStored && kind !== "document.deleted") || data === undefined) return;
    const told = decodeJson(data);
    if (typeof told !== "object" || told === null || !("key" in told) || !Array.isArray(told["key"])) return;
    const key = encodeKey(told["key"].filter(isPart));
    const version = "version" in told && typeof told["version"] === "number" ? told["version"] : 0;
    this.#parts.onChange({
      store: subject.slice(subjectPrefix.length),
      key,
      ...(isStored ? { version } : {}),
    });
  }
}

function isPart(part: unknown): part is KeyPart {
  return typeof part === "string" || typeof part === "number" || typeof part === "boolean";
}
