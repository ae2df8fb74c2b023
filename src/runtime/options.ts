// The options of a runtime with their defaults, in one visible place.
import { hostname } from "node:os";
import { pid } from "node:process";
import { systemClock, type Clock } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { defaultPayloadBytes } from "../base/json.ts";
import { checkOptions } from "../base/options.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";
import { systemRandom, type Random } from "../base/random.ts";
import type { Embedder } from "../memory/embedder.ts";
import type { Storage } from "../storage/storage.ts";
import { outgoingRules, type OutgoingOptions } from "../subsystems/outgoing/outgoing-options.ts";

/** Where a runtime says what it cannot tell any caller. `pino()` and `console` fit. */
export interface Logger {
  error(details: unknown, message?: string): void;
}

export interface WorkOptions {
  /** How many handlers run at the same time on this node. Default 64. */
  readonly concurrency?: number;
  /** Only these actions run here. Default: every action that is defined here. */
  readonly actions?: readonly string[];
}

export interface RuntimeOptions {
  readonly storage: Storage;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** The name of this node in the journal and in leases. Default: host, pid and a random part. */
  readonly node?: string;
  /** How long after its last sign of life a node is taken for dead and its runs are given to others. Default 30 s. */
  readonly lease?: Duration;
  /** `false`: this node fires tasks and takes calls, but executes no runs. */
  readonly work?: false | WorkOptions;
  readonly retention?: {
    /** How long finished runs and the ledger are kept. Default 30 days. */
    readonly runs?: Duration;
    /** Default 90 days. */
    readonly journal?: Duration;
  };
  /** The most bytes of one payload: an input, a result, the result of a step. Default 1 MiB, 64 MiB at most. */
  readonly payloadLimit?: number;
  /** A folder: what retention takes out of the journal is kept there, and still read, exported and verified. */
  readonly archive?: string;
  /** Turns text into vectors, for search by meaning; see `escapement/embedder`. Default: none, and only words are searched. */
  readonly embedder?: Embedder;
  /** Where `http:request` may go beside public addresses. Default: nowhere else. */
  readonly outgoing?: Pick<OutgoingOptions, "allowPrivate" | "allowedOrigins">;
}

export interface Settings {
  readonly embedder: Embedder | undefined;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly node: string;
  readonly leaseMs: number;
  readonly work: false | { readonly concurrency: number; readonly actions?: readonly string[] };
  readonly retention: { readonly runsMs: number; readonly journalMs: number };
  readonly payloadLimit: number;
  readonly archive?: string;
  readonly outgoing: OutgoingOptions;
}

const defaultConcurrency = 64;
const defaultLease = "30s";
const shortestLeaseMs = 1_000;
const silent: Logger = { error: () => undefined };

const fields = [
  ..."storage clock random logger node lease work".split(" "),
  ..."retention archive payloadLimit outgoing embedder".split(" "),
];
const longestNode = 200;
const smallestLimit = 1_024;
const largestLimit = 67_108_864;

/** Throws `options.invalid` and `duration.invalid`. */
export function readOptions(options: RuntimeOptions): Settings {
  checkOptions(options, fields, refusal);
  const { storage, random = systemRandom, logger = silent, outgoing = {}, payloadLimit } = options;
  if (typeof storage?.open !== "function") {
    throw invalid(
      'createRuntime needs a storage: createRuntime({ storage: sqlite("app.db") }) with sqlite from "escapement/sqlite".',
    );
  }
  checkOptions(outgoing, ["allowPrivate", "allowedOrigins"], refusal);
  outgoingRules(outgoing); // an origin that cannot be read is said before anything is opened
  return {
    embedder: options.embedder,
    storage,
    clock: options.clock ?? storage.clock ?? systemClock,
    random,
    logger,
    node: readNode(options.node, random),
    leaseMs: readLease(options.lease),
    work: readWork(options.work),
    retention: readRetention(options.retention),
    payloadLimit: readLimit(payloadLimit),
    ...(options.archive === undefined ? {} : { archive: readArchive(options.archive) }),
    outgoing,
  };
}

function readNode(given: string | undefined, random: Random): string {
  const node = given ?? `${hostname()}-${pid}-${Math.floor(random.next() * 0x1000000).toString(16)}`;
  if (typeof node === "string" && node !== "" && node.length <= longestNode && isPlain(node)) return node;
  throw invalid(
    `Cannot name the node ${show(node)}: a name has 1 to ${longestNode} characters, and none of them is a control character.`,
  );
}

function readLease(lease: Duration = defaultLease): number {
  const leaseMs = parseDuration(lease);
  if (leaseMs >= shortestLeaseMs) return leaseMs;
  throw invalid(
    `Cannot hold a lease of ${leaseMs} ms: a node must find the time to renew it, so give lease at least "1s".`,
  );
}

function readWork(work: RuntimeOptions["work"] = {}): Settings["work"] {
  if (work === false) return false;
  checkOptions(work, ["concurrency", "actions"], refusal);
  const { concurrency = defaultConcurrency, actions } = work;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw invalid(
      `Cannot run ${show(concurrency)} handlers at the same time: work.concurrency is a whole number from 1; work: false runs none.`,
    );
  }
  if (actions === undefined) return { concurrency };
  if (Array.isArray(actions) && actions.every((name) => typeof name === "string"))
    return { concurrency, actions };
  throw invalid(`Cannot work on ${show(actions)}: work.actions is a list of names of actions.`);
}

function readRetention(retention: RuntimeOptions["retention"] = {}): Settings["retention"] {
  checkOptions(retention, ["runs", "journal"], refusal);
  const { runs = "30d", journal = "90d" } = retention;
  return { runsMs: parseDuration(runs), journalMs: parseDuration(journal) };
}

function readArchive(folder: string): string {
  if (typeof folder === "string" && folder !== "" && !folder.includes("\0")) return folder;
  throw invalid(`Cannot archive the journal in ${show(folder)}: archive is the path of a folder.`);
}

function readLimit(limit: number = defaultPayloadBytes): number {
  if (Number.isSafeInteger(limit) && limit >= smallestLimit && limit <= largestLimit) return limit;
  throw invalid(
    `Cannot limit payloads to ${show(limit)} bytes: payloadLimit is a whole number from ${smallestLimit} to ${largestLimit}.`,
  );
}

const refusal = { code: "options.invalid", what: "Cannot make a runtime." } as const;

function invalid(message: string): EscapementError {
  return new EscapementError("options.invalid", message);
}
