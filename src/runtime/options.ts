// The options of a runtime with their defaults, in one visible place.
import { hostname } from "node:os";
import { pid } from "node:process";
import { systemClock, type Clock } from "../base/clock.ts";
import { parseDuration, type Duration } from "../base/duration.ts";
import { EscapementError } from "../base/errors.ts";
import { systemRandom, type Random } from "../base/random.ts";
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
  /** A folder: what retention takes out of the journal is kept there, and still read, exported and verified. */
  readonly archive?: string;
  /** Where `http:request` may go beside public addresses. Default: nowhere else. */
  readonly outgoing?: Pick<OutgoingOptions, "allowPrivate" | "allowedOrigins">;
}

export interface Settings {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly node: string;
  readonly leaseMs: number;
  readonly work: false | { readonly concurrency: number; readonly actions?: readonly string[] };
  readonly retention: { readonly runsMs: number; readonly journalMs: number };
  readonly archive?: string;
  readonly outgoing: OutgoingOptions;
}

const defaultConcurrency = 64;
const defaultLease = "30s";
const shortestLeaseMs = 1_000;
const silent: Logger = { error: () => undefined };

/** Throws `options.invalid`. */
export function readOptions(options: RuntimeOptions): Settings {
  const {
    storage,
    clock = storage?.clock ?? systemClock,
    random = systemRandom,
    logger = silent,
    work = {},
    retention = {},
    outgoing = {},
  } = options;
  if (typeof storage?.open !== "function") {
    throw new EscapementError(
      "options.invalid",
      'createRuntime needs a storage: createRuntime({ storage: sqlite("app.db") }) with sqlite from "escapement/sqlite".',
    );
  }
  const concurrency = work === false ? 1 : (work.concurrency ?? defaultConcurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new EscapementError(
      "options.invalid",
      `Cannot run ${concurrency} handlers at the same time: work.concurrency is a whole number from 1; work: false runs none.`,
    );
  }
  outgoingRules(outgoing); // an origin that cannot be read is said before anything is opened
  const node = options.node ?? `${hostname()}-${pid}-${Math.floor(random.next() * 0x1000000).toString(16)}`;
  if (node === "" || node.length > 200)
    throw new EscapementError(
      "options.invalid",
      `Cannot name the node ${JSON.stringify(node)}: a name has 1 to 200 characters.`,
    );
  const leaseMs = parseDuration(options.lease ?? defaultLease);
  if (leaseMs < shortestLeaseMs)
    throw new EscapementError(
      "options.invalid",
      `Cannot hold a lease of ${leaseMs} ms: a node must find the time to renew it, so give lease at least "1s".`,
    );
  return {
    storage,
    clock,
    random,
    logger,
    node,
    leaseMs,
    work:
      work === false
        ? false
        : { concurrency, ...(work.actions === undefined ? {} : { actions: work.actions }) },
    retention: {
      runsMs: parseDuration(retention.runs ?? "30d"),
      journalMs: parseDuration(retention.journal ?? "90d"),
    },
    ...(options.archive === undefined ? {} : { archive: options.archive }),
    outgoing,
  };
}
