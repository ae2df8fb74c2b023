// What `/` shows until the console is there: what this is, and where things are. No scripts, no other origin.
import { createHash } from "node:crypto";
import { base } from "./base-path.ts";

export interface FrontPage {
  readonly html: string;
  /** Allows the one style sheet of the page and nothing else. */
  readonly policy: string;
}

const places: readonly (readonly [string, string])[] = [
  [`${base}/tasks`, "tasks: what is scheduled"],
  [`${base}/runs`, "runs: what was executed, newest first"],
  [`${base}/runs/counts`, "how many runs stand where"],
  [`${base}/journal`, "the journal: everything that happened, newest first"],
  [`${base}/control`, "switches, clusters and limits"],
  ["/docs", "the reference of this API"],
  ["/openapi.json", "the same as an OpenAPI 3.1 document"],
  ["/metrics", "numbers for Prometheus"],
  ["/healthz", "the process answers"],
  ["/readyz", "the database answers and this node works"],
];

const style = `:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1.5rem}
h1{font-size:1.25rem;font-weight:600;margin:0 0 .25rem}
p{margin:.25rem 0 1.5rem;opacity:.75}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.5rem;margin:0}
dd{margin:0;opacity:.75}
a,code{font:14px/1.7 ui-monospace,monospace;color:inherit}
@media(max-width:32rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.75rem}}`;

/** The same as data, for programs. */
export function describeServer(): { readonly name: string; readonly places: readonly object[] } {
  return { name: "escapement", places: places.map(([path, holds]) => ({ path, holds })) };
}

export function frontPage(): FrontPage {
  const hash = createHash("sha256").update(style).digest("base64");
  const rows = places.map(([path, holds]) => `<dt><a href="${path}">${path}</a></dt><dd>${holds}</dd>`);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Escapement</title>
<style>${style}</style>
<h1>Escapement is running</h1>
<p>The console is not built yet. Everything it will show is here as JSON.</p>
<dl>
${rows.join("\n")}
</dl>
`;
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
  };
}
