// The reference of the HTTP API, drawn from the routes and their shapes.
import { z } from "zod";
import { EscapementError, errorFamilies, isErrorCode } from "../../src/base/errors.ts";
import { statusOf } from "../../src/http/problem.ts";
import type { Route } from "../../src/http/route.ts";

const head = `# The HTTP API

Drawn from the routes themselves; the rules behind them are in [the spec](../spec/http.md).

The base is \`/api/v1\`. Requests and answers are JSON in UTF-8; a body is at most 1 MiB. Times go in as ISO 8601 or as
milliseconds since 1970, and come out as ISO 8601 in UTC. Fields and parameters that do not exist are refused.
An id in a path is percent-encoded. Lists answer \`{ items, next? }\`: pass \`next\` on as the cursor.

Without tokens the server answers to names of this machine only, and everybody who reaches it may do everything. With
\`--token\` every request shows one: \`Authorization: Bearer SECRET\`. A role may do what those before it may: viewer, operator, admin.

Beside the API: \`/\` (a page, or a list of places as JSON), \`/healthz\`, \`/readyz\`, \`/metrics\` (Prometheus; needs a viewer).

\`\`\`sh
curl -s http://127.0.0.1:4040/api/v1/runs?state=failed
curl -s -X PUT -H 'content-type: application/json' http://127.0.0.1:4040/api/v1/tasks/site \\
  -d '{"type":"interval","schedule":"1m","action":"http:request","params":{"url":"https://example.com"}}'
\`\`\`
`;

const faults = `## Errors

Every error is \`application/problem+json\`: \`title\`, \`status\`, \`detail\` (one sentence), \`code\`, \`requestId\` (the same as in
the header \`x-request-id\`), and for wrong input \`issues\`, one \`{ field, message }\` for each field.
`;

export function renderHttpReference(routes: readonly Route[]): string {
  return [head, ...routes.map(renderRoute), faults, ...codesByStatus()].join("\n");
}

function renderRoute(route: Route): string {
  const { method, path, summary, needs, query, body } = route;
  return [
    `## ${method} ${path}`,
    "",
    `${summary} Needs: ${needs}.`,
    "",
    ...fieldsOf("Query", query),
    ...(method === "GET" ? [] : fieldsOf("Body", body)),
  ].join("\n");
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly items?: Shape;
}

function fieldsOf(title: string, schema: z.ZodType): readonly string[] {
  const shape: Shape = JSON.parse(
    JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })),
  );
  const shapes = shape.anyOf?.some(({ properties }) => properties !== undefined) ? shape.anyOf : [shape];
  const blocks = shapes.map((one) => rowsOf(one)).filter((rows) => rows.length > 0);
  if (blocks.length === 0)
    return shape.description === undefined ? [] : [`${title}: ${shape.description}.`, ""];
  return blocks.flatMap((rows, index) => [
    `| ${index === 0 ? title : `or ${title.toLowerCase()}`} | |`,
    "|---|---|",
    ...rows,
    "",
  ]);
}

function rowsOf({ properties = {}, required = [] }: Shape): readonly string[] {
  return Object.entries(properties).map(
    ([name, shape]) => `| \`${name}\`${required.includes(name) ? ", needed" : ""} | ${wordsOf(shape)} |`,
  );
}

function wordsOf(shape: Shape): string {
  if (shape.description !== undefined) return shape.description;
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${String(value)}\``).join(" ");
  if (shape.anyOf !== undefined) return shape.anyOf.map(wordsOf).join(" or ");
  if (shape.items !== undefined) return `a list of ${wordsOf(shape.items)}`;
  if (shape.properties !== undefined) return `{ ${Object.keys(shape.properties).join(", ")} }`;
  return String(shape.type ?? "any JSON value");
}

function codesByStatus(): readonly string[] {
  const codes = new Map<number, string[]>();
  for (const code of Object.keys(errorFamilies).filter(isErrorCode)) {
    const status = statusOf(new EscapementError(code, ""));
    codes.set(status, [...(codes.get(status) ?? []), `\`${code}\``]);
  }
  const rows = [...codes]
    .toSorted(([a], [b]) => a - b)
    .map(([status, found]) => `| ${status} | ${found.join(" ")} |`);
  return ["| Status | Codes |", "|---|---|", ...rows, ""];
}
