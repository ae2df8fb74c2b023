// One request of a chain of redirects, and the one that follows it. Pure: nothing is sent here.
// Rules as browsers follow them (Fetch standard, "HTTP-redirect fetch"), but stricter about headers.
import type { Headers } from "./outgoing-headers.ts";
import { parseOutgoingUrl } from "./outgoing-url.ts";

export const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof methods)[number];

export interface Hop {
  readonly url: URL;
  readonly method: Method;
  readonly headers: Headers;
  readonly body?: string | Uint8Array;
}

/** What may be told to another origin than the one it was meant for. */
const harmless: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-language",
  "content-type",
  "user-agent",
]);

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Throws `http.refused` when the new URL is one that may not be requested. */
export function followRedirect(hop: Hop, status: number, location: string): Hop {
  const url = parseOutgoingUrl(location, hop.url);
  const headers =
    url.origin === hop.url.origin ? hop.headers : keepHeaders(hop.headers, (name) => harmless.has(name));
  if (!becomesGet(hop.method, status)) return { ...hop, url, headers };
  return { url, method: "GET", headers: keepHeaders(headers, (name) => !name.startsWith("content-")) };
}

function becomesGet(method: Method, status: number): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

function keepHeaders(headers: Headers, keep: (name: string) => boolean): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keep(name)));
}
