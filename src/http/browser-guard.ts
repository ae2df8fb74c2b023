// Keeps web pages of other origins from using a browser as their hand. A server without tokens trusts whoever reaches
// it, and a browser on the same machine does: so it answers to names of this machine only (a foreign name that was
// pointed here is refused), and nothing is changed for a request that another site caused.
import { EscapementError } from "../base/errors.ts";

export interface BrowserRules {
  /** Whether callers show a token. */
  readonly tokens: boolean;
}

const reads: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Throws `auth.forbidden`. */
export function guardBrowser(request: Request, rules: BrowserRules): void {
  const { hostname, host } = new URL(request.url);
  if (!rules.tokens && !isLoopback(hostname)) {
    throw new EscapementError(
      "auth.forbidden",
      `This server has no token and answers to localhost only, not to ${JSON.stringify(hostname)}: use http://127.0.0.1, or start it with --token.`,
    );
  }
  if (reads.has(request.method)) return;
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const foreign =
    (site !== null && site !== "same-origin" && site !== "none") ||
    (origin !== null && URL.parse(origin)?.host !== host);
  if (!foreign) return;
  throw new EscapementError(
    "auth.forbidden",
    "A page of another site may not change anything here: call from the same origin, or from a program.",
  );
}

/** Whether a name or an address can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}
