// The one guard through which outgoing HTTP goes. It decides where a request may go, how long it may take and how
// much may come back, and holds every redirect against the same rules. Nothing else in Escapement opens an
// outgoing HTTP connection.
import type { IncomingMessage } from "node:http";
import { EscapementError } from "../../base/errors.ts";
import { exchange, type Exchange, type HopTiming } from "./exchange.ts";
import { followRedirect, isRedirect, methods, type Hop, type Method } from "./hop.ts";
import { networkFailure } from "./network-failure.ts";
import { outgoingHeaders, type Headers } from "./outgoing-headers.ts";
import { outgoingRules, type OutgoingOptions, type OutgoingRules } from "./outgoing-options.ts";
import { parseOutgoingUrl, showUrl } from "./outgoing-url.ts";
import { readBody } from "./response-body.ts";
import { TimeLimit } from "./time-limit.ts";

export interface OutgoingRequest {
  readonly url: string;
  /** Default GET. */
  readonly method?: Method;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** A redirect whose status is wanted is an answer and is not followed. Default: every redirect is followed. */
  readonly wantsStatus?: (status: number) => boolean;
}

/** Of the last hop, in milliseconds; `totalMs` is everything, redirects and body included. */
interface OutgoingTiming extends HopTiming {
  readonly totalMs: number;
}

export interface OutgoingResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Headers;
  /** The beginning of the body as text, up to `keepBodyBytes`. */
  readonly body: string;
  readonly bodyBytes: number;
  readonly timing: OutgoingTiming;
  readonly finalUrl: string;
  readonly redirects: number;
}

/**
 * Resolves to whatever status the server answered with. Rejects with `http.refused` (the rules forbid it),
 * `http.failed` (the network), `http.timeout`, `http.too-large`, or the reason of the signal.
 */
export async function guardedRequest(
  request: OutgoingRequest,
  options: OutgoingOptions = {},
): Promise<OutgoingResponse> {
  const rules = outgoingRules(options);
  const first = firstHop(request);
  const startedAt = rules.clock.elapsed();
  const subject = `${first.method} ${showUrl(first.url)}`;
  using limit = new TimeLimit(subject, { ...rules, ...(request.signal && { signal: request.signal }) });
  try {
    limit.signal.throwIfAborted();
    const { hop, answer, redirects } = await chase(first, rules, limit, request.wantsStatus ?? (() => false));
    const bodyRules = { ...rules, method: hop.method, moved: () => limit.moved() };
    const body = await readBody(answer.response, subject, bodyRules);
    return {
      status: statusOf(answer.response),
      headers: joinHeaders(answer.response),
      body: body.text,
      bodyBytes: body.bytes,
      timing: { ...answer.timing, totalMs: rules.clock.elapsed() - startedAt },
      finalUrl: hop.url.href,
      redirects,
    };
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : networkFailure(subject, error);
  }
}

interface Arrival {
  readonly hop: Hop;
  readonly answer: Exchange;
  readonly redirects: number;
}

/** Follows redirects until there is an answer. */
async function chase(
  first: Hop,
  rules: OutgoingRules,
  limit: TimeLimit,
  wants: (status: number) => boolean,
): Promise<Arrival> {
  let hop = first;
  for (let redirects = 0; ; redirects++) {
    const answer = await exchange(hop, rules, limit.signal);
    const status = statusOf(answer.response);
    const location = answer.response.headers.location;
    limit.moved();
    if (!isRedirect(status) || location === undefined || wants(status)) return { hop, answer, redirects };
    answer.response.destroy();
    if (redirects === rules.maxRedirects) throw tooManyRedirects(first, hop, redirects);
    hop = followRedirect(hop, status, location);
  }
}

function firstHop(request: OutgoingRequest): Hop {
  const url = parseOutgoingUrl(request.url);
  const method = methods.find((name) => name === (request.method ?? "GET").toUpperCase());
  if (method === undefined) {
    throw refuse(url, `the method ${JSON.stringify(request.method)} is not one of ${methods.join(", ")}`);
  }
  const headers = outgoingHeaders(request.headers);
  if (request.body === undefined) return { url, method, headers };
  if (method === "GET" || method === "HEAD") throw refuse(url, `a ${method} request carries no body`);
  return { url, method, headers, body: request.body };
}

function refuse(url: URL, why: string): EscapementError {
  return new EscapementError("http.refused", `Refused ${showUrl(url)}: ${why}.`, {
    details: { url: showUrl(url) },
  });
}

function tooManyRedirects(first: Hop, last: Hop, redirects: number): EscapementError {
  const message = `${first.method} ${showUrl(first.url)} was redirected more than ${redirects} times, at last by ${showUrl(last.url)}. Ask for the final URL instead.`;
  return new EscapementError("http.failed", message, { details: { redirects } });
}

function statusOf(response: IncomingMessage): number {
  return response.statusCode ?? 0;
}

function joinHeaders(response: IncomingMessage): Headers {
  const entries = Object.entries(response.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(", ")]));
}
