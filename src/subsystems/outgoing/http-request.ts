// The action `http:request`: one HTTP request through the guard, and whether the answer is what was expected.
// The result holds numbers and the final address without its query, never the body: results are stored.
import { z } from "zod";
import type { Action } from "../../actions/action.ts";
import { EscapementError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { findDisappointment, namesStatus, type Expectation } from "./expectation.ts";
import { guardedRequest, type OutgoingRequest, type OutgoingResponse } from "./guarded-request.ts";
import { methods, type Method } from "./hop.ts";
import { findHeaderFault, type Headers } from "./outgoing-headers.ts";
import { outgoingRules, type OutgoingOptions } from "./outgoing-options.ts";
import { parseOutgoingUrl, showUrl } from "./outgoing-url.ts";

export interface HttpRequestInput {
  readonly url: string;
  /** Default GET, or POST when there is a body. */
  readonly method?: Method;
  readonly headers?: Headers;
  /** Text is sent as it is, any other JSON value as `application/json`. */
  readonly body?: Json;
  readonly expect?: Expectation;
}

export interface HttpRequestOutput {
  readonly status: number;
  /** Always true: an answer that was not expected is the error `http.unexpected`. */
  readonly ok: true;
  /** Everything, redirects and body included. */
  readonly durationMs: number;
  readonly dnsMs: number | null;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly bodyBytes: number;
  readonly finalUrl: string;
  readonly redirects: number;
}

const status = z.union([
  z.int().min(100).max(599),
  z.enum(["1xx", "2xx", "3xx", "4xx", "5xx"], 'write a status such as 200, or a class such as "2xx"'),
]);

const fields = z.strictObject({
  url: z.string().superRefine((text, context) => {
    const fault = findUrlFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  }),
  method: z.enum(methods).exactOptional(),
  headers: z.record(z.string(), z.string()).superRefine(checkHeaders).exactOptional(),
  body: z.json().exactOptional(),
  expect: z
    .strictObject({
      status: z.union([status, z.array(status).min(1)]).exactOptional(),
      contains: z.string().min(1).exactOptional(),
    })
    .exactOptional(),
});

const input = fields.superRefine(({ method, body }, context) => {
  if (body === undefined || (method !== "GET" && method !== "HEAD")) return;
  context.addIssue({ code: "custom", path: ["body"], message: `a ${method} request carries no body` });
});

/** Throws at once for options that cannot be read; see `guardedRequest` for the errors of a run. */
export function httpRequest(options: OutgoingOptions = {}): Action<HttpRequestInput, HttpRequestOutput> {
  const { maxBodyBytes } = outgoingRules(options);
  return {
    name: "http:request",
    input,
    async run(asked, ctx) {
      const expectation = asked.expect ?? {};
      // Text can only be found in what has been kept.
      const keepBodyBytes = expectation.contains === undefined ? 0 : maxBodyBytes;
      const request = { ...toRequest(asked), signal: ctx.signal };
      const response = await guardedRequest(request, { ...options, keepBodyBytes });
      const missing = findDisappointment(expectation, response.status, response.body);
      if (missing !== undefined) throw unexpected(request, response, missing);
      return toOutput(response);
    },
  };
}

function toRequest(asked: HttpRequestInput): OutgoingRequest {
  const expectation = asked.expect ?? {};
  const { url, body, headers = {}, method = body === undefined ? "GET" : "POST" } = asked;
  const request = { url, method, headers, wantsStatus: (code: number) => namesStatus(expectation, code) };
  if (body === undefined) return request;
  const named = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const contentType = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
  return {
    ...request,
    headers: named ? headers : { ...headers, "content-type": contentType },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

function toOutput(response: OutgoingResponse): HttpRequestOutput {
  const { timing } = response;
  return {
    status: response.status,
    ok: true,
    durationMs: tenths(timing.totalMs),
    dnsMs: timing.dnsMs === null ? null : tenths(timing.dnsMs),
    connectMs: tenths(timing.connectMs),
    firstByteMs: tenths(timing.firstByteMs),
    bodyBytes: response.bodyBytes,
    finalUrl: showUrl(new URL(response.finalUrl)),
    redirects: response.redirects,
  };
}

function unexpected(request: OutgoingRequest, response: OutgoingResponse, missing: string): EscapementError {
  const url = showUrl(new URL(response.finalUrl));
  const took = Math.round(response.timing.totalMs);
  return new EscapementError(
    "http.unexpected",
    `${request.method} ${url} answered ${response.status} with ${response.bodyBytes} bytes after ${took} ms; expected ${missing}.`,
    { details: { url, status: response.status, bodyBytes: response.bodyBytes } },
  );
}

function findUrlFault(text: string): string | undefined {
  try {
    parseOutgoingUrl(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function checkHeaders(headers: Headers, context: z.RefinementCtx): void {
  for (const [name, value] of Object.entries(headers)) {
    const message = findHeaderFault(name, value);
    if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
