// The API as an OpenAPI 3.1 document, drawn from the same routes that the server mounts. Shapes that have a name of
// their own (`meta({ id })`) are said once, under components.
import { z } from "zod";
import { problemView } from "../contract/problem.ts";
import { base } from "./base-path.ts";
import type { Route } from "./route.ts";

/** A node of the document; what may stand where is for a validator to say. */
export interface OpenApiNode {
  readonly [key: string]: unknown;
}

interface Shape extends OpenApiNode {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

const statusWords = { 200: "Done.", 201: "Made.", 204: "Done; nothing is answered." } as const;
/** What every route may answer, and what only those that take something in may. */
const problemWords: Readonly<Record<string, string>> = {
  400: "The request cannot be read; `issues` has an entry for each field.",
  401: "No token, or one that is not known.",
  403: "The role of the token does not suffice, or the request comes from another site.",
  404: "There is no such thing.",
  409: "It stands in the way of something that is kept.",
  413: "The body is too large.",
  415: "The body is no JSON in UTF-8.",
  429: "Too many at a time; Retry-After says when to try again.",
  500: "A fault inside; the log has it under the request id.",
  503: "The database or this node cannot answer now.",
};

export function describeApi(routes: readonly Route[], version: string): OpenApiNode {
  const book = new ShapeBook();
  const paths: Record<string, Record<string, OpenApiNode>> = {};
  for (const route of routes) {
    const path = base + route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, book) };
  }
  const problem = book.shape(problemView);
  return {
    openapi: "3.1.0",
    info: {
      title: "Escapement",
      version,
      description:
        "Durable schedules, runs, processes and memory, and the control plane over them. Times go in as ISO 8601 or as milliseconds since 1970 and come out as ISO 8601 in UTC. Lists answer `{ items, next? }`: pass `next` on as the cursor.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, {}],
    tags: [...new Set(routes.map(nounOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...book.named(), Problem: problem },
      responses: Object.fromEntries(
        Object.entries(problemWords).map(([status, description]) => [
          `Problem${status}`,
          {
            description,
            content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
          },
        ]),
      ),
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    },
  };
}

function nounOf({ path }: Route): string {
  return path.split("/")[1] ?? "";
}

function operationOf(route: Route, book: ShapeBook): OpenApiNode {
  const { method, path, summary, needs, statuses } = route;
  const parameters = [
    ...pathParameters(path),
    ...queryParameters(book.shape(route.query)),
    ...headerParameters(route),
  ];
  return {
    operationId: operationId(route),
    tags: [nounOf(route)],
    summary,
    description: `Needs the role ${needs}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(method === "GET" || method === "DELETE"
      ? {}
      : { requestBody: { content: { "application/json": { schema: book.shape(route.body) } } } }),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, answerOf(route, status, book)])),
      ...Object.fromEntries(
        Object.keys(problemWords).map((status) => [
          status,
          { $ref: `#/components/responses/Problem${status}` },
        ]),
      ),
    },
  };
}

/** `GET /tasks/:id/preview` is `getTasksByIdPreview`. */
function operationId({ method, path }: Route): string {
  const words = path
    .split("/")
    .filter((part) => part !== "")
    .map((part) => (part.startsWith(":") ? `By${capital(part.slice(1))}` : capital(part)));
  return method.toLowerCase() + words.join("");
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function answerOf({ answer, types }: Route, status: 200 | 201 | 204, book: ShapeBook): OpenApiNode {
  const description = statusWords[status];
  if (status === 204) return { description };
  const headers =
    status === 201 ? { location: { description: "Where it is.", schema: { type: "string" } } } : undefined;
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: Object.fromEntries(types.map((type) => [type, { schema: schemaOf(type, answer, book) }])),
  };
}

/** Lines of text have no shape of their own. */
function schemaOf(type: string, answer: z.ZodType, book: ShapeBook): Shape {
  return type === "application/json" ? book.shape(answer) : { type: "string" };
}

function pathParameters(path: string): OpenApiNode[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ properties = {}, required = [] }: Shape): OpenApiNode[] {
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(shape.description === undefined ? {} : { description: shape.description }),
    schema: shape,
  }));
}

function headerParameters({ headers }: Route): OpenApiNode[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
}

/** Turns shapes into JSON Schema, and gathers those that have a name. */
class ShapeBook {
  readonly #named = new Map<string, Shape>();

  /** What goes over the wire: the input of what is read, and the encoded side of what is answered, which is its input, too. */
  shape(type: z.ZodType): Shape {
    const schema: Shape & { $defs?: Readonly<Record<string, Shape>> } = JSON.parse(
      JSON.stringify(z.toJSONSchema(type, { io: "input", unrepresentable: "any" })).replaceAll(
        '"#/$defs/',
        '"#/components/schemas/',
      ),
    );
    const { $defs = {}, $schema: _dialect, id: _id, ...rest } = schema;
    for (const [name, { id: _name, ...shape }] of Object.entries($defs)) this.#named.set(name, shape);
    return rest;
  }

  named(): Readonly<Record<string, Shape>> {
    return Object.fromEntries([...this.#named].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }
}
