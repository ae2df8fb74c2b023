// What the guard may do and how long it waits: the options as callers write them, and the same with every
// default filled in. The defaults are the safe ones.
import { systemClock, type Clock } from "../../base/clock.ts";
import { parseDuration, type Duration } from "../../base/duration.ts";
import { EscapementError } from "../../base/errors.ts";
import { resolveName, type ResolveName } from "./resolve-name.ts";

export interface OutgoingOptions {
  /** Also reach loopback, private and every other range that is not public, but cloud metadata. Default false. */
  readonly allowPrivate?: boolean;
  /** Origins such as `"http://127.0.0.1:8080"` that may be reached at whatever address they have. */
  readonly allowedOrigins?: readonly string[];
  /** For everything together: names, redirects, the body. Default 30 s. */
  readonly timeout?: Duration;
  /** The longest silence. Default 10 s. */
  readonly idleTimeout?: Duration;
  /** A response body may be no larger. Default 10 MiB. */
  readonly maxBodyBytes?: number;
  /** How much of the body is kept as text; the rest is only counted. Default 64 KiB. */
  readonly keepBodyBytes?: number;
  /** Default 5. */
  readonly maxRedirects?: number;
  /** How names become addresses. Default: as the operating system does it. */
  readonly resolve?: ResolveName;
  /** Measures; never waits. Default: the system clock. */
  readonly clock?: Pick<Clock, "elapsed">;
}

export interface OutgoingRules {
  readonly allowPrivate: boolean;
  readonly allowedOrigins: readonly string[];
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly keepBodyBytes: number;
  readonly maxRedirects: number;
  readonly resolve: ResolveName;
  readonly clock: Pick<Clock, "elapsed">;
}

/** Throws `options.invalid` for an allowed origin that is no http(s) URL. */
export function outgoingRules(options: OutgoingOptions = {}): OutgoingRules {
  return {
    allowPrivate: options.allowPrivate ?? false,
    allowedOrigins: (options.allowedOrigins ?? []).map(readOrigin),
    timeoutMs: parseDuration(options.timeout ?? "30s"),
    idleTimeoutMs: parseDuration(options.idleTimeout ?? "10s"),
    maxBodyBytes: options.maxBodyBytes ?? 10 * 1024 * 1024,
    keepBodyBytes: options.keepBodyBytes ?? 64 * 1024,
    maxRedirects: options.maxRedirects ?? 5,
    resolve: options.resolve ?? resolveName,
    clock: options.clock ?? systemClock,
  };
}

/** A whole URL is accepted, too: its origin counts. */
function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url.origin;
  throw new EscapementError(
    "options.invalid",
    `Cannot read allowed origin ${JSON.stringify(text)}: write scheme, host and port, like "http://127.0.0.1:8080".`,
    { details: { value: text } },
  );
}
