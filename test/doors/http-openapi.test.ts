// The description of the API: what a public validator says of it, and that it describes the server that serves it.
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { apiRoutes } from "../../src/http/routes.ts";
import { httpWorld, type World } from "./http-world.ts";

interface Shape {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Shape }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Shape } } };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Api {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function apiOf(world: World): Promise<Api> {
  return (await world.call("GET", "//openapi.json")).json;
}

describe("the OpenAPI document", () => {
  test("[HTP-90] a public validator finds it valid", async () => {
    await using world = await httpWorld({ start: false });
    const document: object = JSON.parse(JSON.stringify(await apiOf(world)));
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document });
    expect([errors, valid, validator.version]).toEqual([undefined, true, "3.1"]);
  });

  test("[HTP-90] it has every route that is mounted, and no other", async () => {
    await using world = await httpWorld({ start: false });
    const { paths } = await apiOf(world);
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const mounted = apiRoutes(world.runtime).map(
      ({ method, path }) => `${method} /api/v1${path.replaceAll(/:(\w+)/g, "{$1}")}`,
    );
    expect(described.toSorted()).toEqual(mounted.toSorted());
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("[HTP-91] the page of the reference shows every route, without scripts and without another origin", async () => {
    await using world = await httpWorld({ start: false });
    const { text, headers } = await world.call("GET", "//docs");
    const { paths } = await apiOf(world);
    for (const [path, methods] of Object.entries(paths))
      for (const [method, { operationId }] of Object.entries(methods)) {
        expect(text).toContain(`id="${operationId}"`);
        expect(text).toContain(`<span class="${method}">${method.toUpperCase()}</span> ${path}</h3>`);
      }
    expect(text).not.toMatch(/<script|https?:\/\/|@import|url\(/);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    for (const [, target = ""] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(`id="${target}"`);
  });
});

/** Values that this shape has to refuse. */
function wrongFor(shape: Shape): readonly unknown[] {
  if (shape.enum !== undefined) return ["no such word", 7, null];
  if (shape.type === "integer") return ["seven", 1.5, null, {}];
  if (shape.type === "boolean") return ["yes", 1, null];
  if (shape.type === "string") return [7, null, {}];
  if (shape.type === "array") return ["not a list", 7, { 0: 1 }];
  if (shape.type === "object" && shape.properties !== undefined) return ["no object", 7, []];
  return [];
}

/** The body of a request with one field wrong, for each field of each form that the body may have. */
function wrongBodies(shape: Shape): readonly unknown[] {
  return [shape, ...(shape.anyOf ?? [])].flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, field]) =>
      wrongFor(field).map((value) => ({ [name]: value })),
    ),
  );
}

/** A fixed word may also be read as an id: `/tasks/preview` is a place of its own, and the place of a task. */
function methodsAt(paths: Api["paths"], place: string): ReadonlySet<string> {
  const fits = (path: string): boolean => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(place);
  const found = Object.entries(paths).filter(([path]) => fits(path));
  return new Set(found.flatMap(([, methods]) => Object.keys(methods).map((method) => method.toUpperCase())));
}

const strange: readonly (readonly [string, string | undefined, Record<string, string>])[] = [
  ["truncated JSON", '{"a": [1, 2', {}],
  ["a list where an object belongs", "[1,2,3]", {}],
  ["nothing but a number", "7", {}],
  ["no UTF-8", '{"a":"\u0000"}', { "content-type": "application/json; charset=utf-16" }],
  ["another type", "a=b", { "content-type": "application/x-www-form-urlencoded" }],
  ["an encoding that is none of ours", "{}", { "content-encoding": "gzip" }],
  ["two megabytes", JSON.stringify({ a: "x".repeat(2_000_000) }), {}],
  ["a field that does not exist", '{"__proto__x": 1}', {}],
  ["nothing", undefined, {}],
];

describe("every route of the OpenAPI document", () => {
  test("[HTP-92] answers whatever is wrong with a request with a problem of the client, never with 500", async () => {
    await using world = await httpWorld();
    const { paths } = await apiOf(world);
    let asked = 0;
    const expectProblem = async (
      what: string,
      method: string,
      path: string,
      body?: unknown,
      headers?: Record<string, string>,
    ): Promise<void> => {
      asked++;
      const answer = await world.call(method, `/${path}`, body, headers);
      // With nothing wrong that the shapes can see, the route may as well do it, or miss what it is about.
      expect(answer.status, `${method} ${path} with ${what}: ${answer.text}`).toBeLessThan(500);
      if (answer.status >= 400)
        expect(answer.json, `${method} ${path} with ${what}`).toMatchObject({
          status: answer.status,
          code: expect.stringMatching(/^[a-z-]+\.[a-z-]+$/),
        });
    };
    for (const [path, methods] of Object.entries(paths)) {
      const place = path.replaceAll(/\{\w+\}/g, "nobody");
      for (const [lower, { parameters = [], requestBody }] of Object.entries(methods)) {
        const method = lower.toUpperCase();
        for (const { name, in: where } of parameters.filter((one) => one.in === "query")) {
          await expectProblem(`a wrong ${where} ${name}`, method, `${place}?${name}=%00&${name}=-1`);
          await expectProblem(`a wrong ${where} ${name}`, method, `${place}?${name}=${"x".repeat(5_000)}`);
        }
        await expectProblem("an unknown parameter", method, `${place}?nonsense=1`);
        if (requestBody === undefined) continue;
        const { schema } = requestBody.content["application/json"];
        for (const body of wrongBodies(schema))
          await expectProblem(JSON.stringify(body), method, place, body);
        for (const [what, body, headers] of strange) await expectProblem(what, method, place, body, headers);
      }
      const taken = methodsAt(paths, place);
      const other = ["PUT", "POST", "DELETE", "GET"].find((method) => !taken.has(method));
      if (other !== undefined)
        expect((await world.call(other, `/${place}`)).status, `${other} ${place}`).toBe(405);
    }
    expect(asked).toBeGreaterThan(300);
  });

  test("[HTP-92] refuses a field of the wrong type with 400 and names it", async () => {
    await using world = await httpWorld();
    const { paths } = await apiOf(world);
    const { schema } = paths["/api/v1/runs"]?.["post"]?.requestBody?.content["application/json"] ?? {
      schema: {},
    };
    const bodies = wrongBodies(schema);
    expect(bodies.length).toBeGreaterThan(10);
    for (const body of bodies) {
      const { status, json } = await world.call("POST", "/runs", body);
      expect([body, status, json.code]).toEqual([body, 400, "run.invalid"]);
    }
    expect((await world.runtime.runs.counts()).waiting).toBe(0);
  });
});
