// Hears of commits of other nodes, and tells them of ours: LISTEN and NOTIFY on a connection of its own. A hint and no
// more: whoever misses one polls. Connects again for as long as it takes.
import { randomUUID } from "node:crypto";
import { Client, type ClientConfig, type Notification } from "pg";
import type { CancelledRun, CommitHint, ProcessHead } from "../storage/storage.ts";
import { Connection, type Statements } from "./connection.ts";
import { mergeHints } from "./write-context.ts";

interface ListenerParts {
  readonly config: ClientConfig;
  readonly channel: string;
  readonly statements: Statements;
  /** Another node has committed, or may have while nobody listened. */
  readonly onHint: (hint: CommitHint) => void;
  /** On every connection and then now and then; a connection on which it does not succeed is given up. */
  readonly onBeat: (connection: Connection) => Promise<void>;
}

/** Notifying takes a lock of the whole database for a moment, so it is done no more often than this. */
const notifyEveryMs = 20;
const beatEveryMs = 10_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const now: CommitHint = { runsDueAt: 0, tasksDueAt: 0, messages: [] };

export class Listener {
  readonly #parts: ListenerParts;
  readonly #self = randomUUID();
  #client: Client | undefined;
  #pending: CommitHint | undefined;
  #notifying = false;
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  /** Returns at once; hints come as soon as there is a connection. */
  start(): void {
    void this.#connect();
  }

  /** Tells the other nodes, together with whatever else is to be told by then. */
  tell(hint: CommitHint): void {
    this.#pending = mergeHints(this.#pending ?? {}, hint);
    if (!this.#notifying && this.#client !== undefined) void this.#notify();
  }

  async stop(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new Client({
      ...this.#parts.config,
      application_name: "escapement listener",
      keepAlive: true,
    });
    const lose = (): void => this.#lose(client);
    client.on("error", lose);
    client.on("end", lose);
    client.on("notification", (message) => this.#hear(message));
    try {
      await client.connect();
      await client.query(`LISTEN "${this.#parts.channel}"`);
      await this.#parts.onBeat(new Connection(client, this.#parts.statements));
    } catch {
      client.end().catch(() => undefined);
      this.#again();
      return;
    }
    if (this.#closed) return void client.end().catch(() => undefined);
    this.#client = client;
    this.#pauseMs = firstPauseMs;
    this.#beatLater(client);
    // What was committed while nobody listened was not heard.
    this.#parts.onHint(now);
    if (this.#pending !== undefined) void this.#notify();
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), this.#pauseMs);
    this.#timer.unref();
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }

  /** A connection can be dead without anybody having said so: only an answer proves that it lives. */
  #beatLater(client: Client): void {
    this.#timer = setTimeout(() => {
      const late = setTimeout(() => this.#lose(client), beatEveryMs);
      late.unref();
      this.#parts
        .onBeat(new Connection(client, this.#parts.statements))
        .then(
          () => this.#client === client && this.#beatLater(client),
          () => this.#lose(client),
        )
        .finally(() => clearTimeout(late));
    }, beatEveryMs);
    this.#timer.unref();
  }

  async #notify(): Promise<void> {
    this.#notifying = true;
    while (this.#pending !== undefined && this.#client !== undefined) {
      const payload = payloadOf({ from: this.#self, ...this.#pending });
      this.#pending = undefined;
      try {
        await this.#client.query("SELECT pg_notify($1, $2)", [this.#parts.channel, payload]);
      } catch {
        // The others poll.
      }
      await new Promise((resolve) => setTimeout(resolve, notifyEveryMs).unref());
    }
    this.#notifying = false;
  }

  #hear({ payload = "" }: Notification): void {
    const hint = readHint(payload);
    if (hint !== undefined && hint.from !== this.#self) this.#parts.onHint(hint);
  }
}

/** PostgreSQL carries just under 8,000 bytes. */
const largestPayload = 7_000;

/** A notification as a statement: what is said in a transaction is heard when it commits, and not at all when it does not. */
export function notification(channel: string, hint: CommitHint): { text: string; values: string[] } {
  const payload = payloadOf({ from: "a transaction of the caller's", ...hint });
  return { text: "SELECT pg_notify($1, $2)", values: [channel, payload] };
}

/**
 * A hint that is too long goes without its lists: a worker whose run was cancelled finds out at its next write, and
 * which processes have messages can be asked.
 */
function payloadOf(hint: CommitHint & { readonly from: string }): string {
  const payload = JSON.stringify(hint);
  if (Buffer.byteLength(payload) <= largestPayload) return payload;
  const { cancelled: _cancelled, handled: _handled, stores: _stores, messages, ...rest } = hint;
  return JSON.stringify(messages === undefined ? rest : { ...rest, messages: [] });
}

/** Anybody can notify: what is not ours is not heard. */
function readHint(payload: string): (CommitHint & { readonly from: string }) | undefined {
  try {
    const hint: unknown = JSON.parse(payload);
    if (typeof hint !== "object" || hint === null || !("from" in hint) || typeof hint.from !== "string")
      return undefined;
    const runs =
      "runsDueAt" in hint && typeof hint.runsDueAt === "number" ? { runsDueAt: hint.runsDueAt } : {};
    const tasks =
      "tasksDueAt" in hint && typeof hint.tasksDueAt === "number" ? { tasksDueAt: hint.tasksDueAt } : {};
    const cancelled =
      "cancelled" in hint && Array.isArray(hint.cancelled) ? hint.cancelled.filter(isCancelled) : [];
    const handled =
      "handled" in hint && Array.isArray(hint.handled)
        ? { handled: hint.handled.filter((one) => typeof one === "string") }
        : {};
    const messages =
      "messages" in hint && Array.isArray(hint.messages) ? { messages: hint.messages.filter(isHead) } : {};
    const stores =
      "stores" in hint && Array.isArray(hint.stores)
        ? { stores: hint.stores.filter((one) => typeof one === "string") }
        : {};
    const lists = { ...(cancelled.length === 0 ? {} : { cancelled }), ...handled, ...messages, ...stores };
    return { from: hint.from, ...runs, ...tasks, ...lists };
  } catch {
    return undefined;
  }
}

function isHead(one: unknown): one is ProcessHead {
  return Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "number";
}

function isCancelled(one: unknown): one is CancelledRun {
  return (
    typeof one === "object" &&
    one !== null &&
    "id" in one &&
    typeof one.id === "string" &&
    "reason" in one &&
    typeof one.reason === "string"
  );
}
