// The reference of the API as a page, drawn from its OpenAPI document. No scripts, no other origin: it opens where the
// server runs, and works without a network.
import { createHash } from "node:crypto";
import type { FrontPage } from "./front-page.ts";
import type { OpenApiNode } from "./openapi.ts";

const style = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 15%,transparent);--soft:color-mix(in srgb,currentColor 65%,transparent);--get:#0b6e99;--post:#3b7a2a;--put:#9a6700;--delete:#b3261e}
@media(prefers-color-scheme:dark){:root{--get:#6cc4ee;--post:#8fce7a;--put:#e3b341;--delete:#ff8a80}}
*{box-sizing:border-box}
body{font:16px/1.6 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:16rem minmax(0,1fr);max-width:72rem;margin:0 auto}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:2.5rem 1.5rem;font-size:.875rem}
nav a{display:block;color:inherit;text-decoration:none;padding:.125rem 0;overflow-wrap:anywhere}
nav a:hover,nav a:focus-visible{text-decoration:underline}
nav strong{display:block;margin:1.25rem 0 .25rem;text-transform:capitalize}
main{padding:2.5rem 1.5rem 6rem;min-width:0}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.25rem;margin:3rem 0 0;text-transform:capitalize}
h3{font:600 .9375rem/1.5 ui-monospace,monospace;margin:0;overflow-wrap:anywhere}
section{border-top:1px solid var(--line);padding:1.25rem 0;scroll-margin-top:1rem}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}
p{margin:.25rem 0}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.875rem}
caption{text-align:left;font-weight:600;padding-bottom:.25rem}
td{border-top:1px solid var(--line);padding:.3rem .75rem .3rem 0;vertical-align:top}
td:first-child{width:12rem;overflow-wrap:anywhere}
code{font:.8125rem/1.6 ui-monospace,monospace}
@media(max-width:48rem){body{display:block}nav{position:static;max-height:none;padding-bottom:0}nav strong{margin-top:.75rem}td:first-child{width:9rem}}`;

/** `describeApi` made it: what it reads here is there. */
interface Api {
  readonly info: { readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Shape>> };
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Shape;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Partial<Content>>>;
}

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: Shape }>>;
}

interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

export function docsPage(document: OpenApiNode): FrontPage {
  const api: Api = JSON.parse(JSON.stringify(document));
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const nouns = Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? "");
  const menu = [...nouns].map(
    ([noun, list]) =>
      `<strong>${escape(noun)}</strong>${list.map(({ path, method, operation }) => `<a href="#${operation.operationId}"><span class="${method}">${method.toUpperCase()}</span> ${escape(path.replace("/api/v1", ""))}</a>`).join("")}`,
  );
  const body = [...nouns].map(
    ([noun, list]) =>
      `<h2 id="${escape(noun)}">${escape(noun)}</h2>${list.map((one) => section(one.path, one.method, one.operation)).join("")}`,
  );
  const shapes = Object.entries(api.components.schemas).map(
    ([name, shape]) => `<section id="shape-${name}"><h3>${name}</h3>${fields("", shape)}</section>`,
  );
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Escapement API ${escape(api.info.version)}</title>
<style>${style}</style>
<nav aria-label="Routes"><a href="/">Escapement</a>${menu.join("")}<strong>Shapes</strong>${Object.keys(
    api.components.schemas,
  )
    .map((name) => `<a href="#shape-${name}">${name}</a>`)
    .join("")}</nav>
<main>
<h1>The HTTP API</h1>
<p>${escape(api.info.description).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p>
<p class="soft">Version ${escape(api.info.version)}, as this server has it. The same as data: <a href="/openapi.json">/openapi.json</a>.</p>
${body.join("\n")}
<h2>Shapes</h2>
${shapes.join("\n")}
</main>
`;
  const hash = createHash("sha256").update(style).digest("base64");
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
  };
}

function section(path: string, method: string, operation: Operation): string {
  const { parameters = [], requestBody, responses } = operation;
  const rows = parameters.map(({ name, in: place, required, description, schema }) =>
    row(name, required === true, [place, description ?? words(schema)].map(escape).join(" · ")),
  );
  const answers = Object.entries(responses).flatMap(([status, { content }]) => {
    if (!status.startsWith("2")) return [];
    const [type, one] = Object.entries(content ?? {})[0] ?? ["nothing", undefined];
    return row(status, false, type === "application/json" && one !== undefined ? linked(one.schema) : type);
  });
  return `<section id="${operation.operationId}"><h3><span class="${method}">${method.toUpperCase()}</span> ${escape(path)}</h3>
<p>${escape(operation.summary)}</p><p class="soft">${escape(operation.description)}</p>
${table("Parameters", rows)}${requestBody === undefined ? "" : fields("Body", requestBody.content["application/json"]?.schema ?? {})}${table("Answers", answers)}</section>`;
}

function fields(title: string, shape: Shape): string {
  const shapes = shape.anyOf?.some(({ properties }) => properties !== undefined) ? shape.anyOf : [shape];
  return shapes
    .map(({ properties = {}, required = [] }, index) =>
      table(
        index === 0 ? title : `or ${title.toLowerCase()}`,
        Object.entries(properties).map(([name, one]) => row(name, required.includes(name), linked(one))),
      ),
    )
    .join("");
}

function table(title: string, rows: readonly string[]): string {
  if (rows.length === 0) return "";
  return `<table>${title === "" ? "" : `<caption>${title}</caption>`}${rows.join("")}</table>`;
}

function row(name: string, needed: boolean, html: string): string {
  return `<tr><td><code>${escape(name)}</code>${needed ? " needed" : ""}</td><td>${html}</td></tr>`;
}

/** What a shape is, in words, with the way to those that have a name. */
function linked(shape: Shape): string {
  return escape(words(shape)).replaceAll(/§(\w+)§/g, '<a href="#shape-$1">$1</a>');
}

function words(shape: Shape): string {
  if (shape.$ref !== undefined) return `§${shape.$ref.split("/").at(-1) ?? ""}§`;
  if (shape.description !== undefined) return shape.description;
  if (shape.enum !== undefined) return shape.enum.map(String).join(", ");
  if (shape.anyOf !== undefined) return shape.anyOf.map(words).join(" or ");
  if (shape.items !== undefined) return `a list of ${words(shape.items)}`;
  if (shape.properties !== undefined)
    return `{ ${Object.entries(shape.properties)
      .map(([name, one]) =>
        one.$ref === undefined && one.items?.$ref === undefined ? name : `${name}: ${words(one)}`,
      )
      .join(", ")} }`;
  return typeof shape.type === "string" ? shape.type : (shape.type?.join(" or ") ?? "any JSON value");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
