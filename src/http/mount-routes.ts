// Puts routes on the server: who may, what came, what goes out; and 405 for a known path with another method.
import type { Context, Hono } from "hono";
import { EscapementError } from "../base/errors.ts";
import { admit } from "./access.ts";
import type { AppEnv, AppSettings } from "./app-options.ts";
import { base } from "./base-path.ts";
import { problemResponse } from "./problem.ts";
import { readBody } from "./read-body.ts";
import type { Route } from "./route.ts";
import { liveBody } from "./stream/live-body.ts";

export function mountRoutes(app: Hono<AppEnv>, routes: readonly Route[], settings: AppSettings): void {
  for (const route of routes) {
    app.on(route.method, base + route.path, (context) => answer(context, route, settings));
  }
  for (const [path, methods] of methodsByPath(routes)) refuseOthers(app, base + path, methods);
}

/** Any other method at this path is 405, and the answer says which there are. */
export function refuseOthers(app: Hono<AppEnv>, path: string, methods: readonly string[]): void {
  const allow = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  app.all(path, (context) => {
    const error = new EscapementError(
      "request.wrong-method",
      `${context.req.method} does nothing at ${context.req.path}: use ${methods.join(", ")}.`,
    );
    return problemResponse(error, context.get("requestId"), { allow: allow.join(", ") });
  });
}

async function answer(
  context: Context<AppEnv>,
  route: Route,
  { tokens, bodyLimitBytes }: AppSettings,
): Promise<Response> {
  const { req } = context;
  // First who asks: nobody's body is read before.
  const caller = admit(tokens, req.header("authorization"), route.needs);
  const reply = await route.run({
    id: [req.param("name"), req.param("id")].filter((part) => part !== undefined).join("/"),
    query: req.queries(),
    body: route.method === "GET" ? {} : await readBody(req.raw, bodyLimitBytes),
    ...caller,
    header: (name) => req.header(name),
  });
  const { status, headers = {} } = reply;
  if ("live" in reply) return new Response(liveBody(reply.live), { status, headers });
  if ("lines" in reply) return new Response(bytesOf(reply.lines), { status, headers });
  if (status === 204) return new Response(null, { status, headers });
  return Response.json(reply.answer, { status, headers });
}

const chunkLength = 65_536;

/** Many lines at once: each chunk costs a write. Reads on only as fast as they are taken. */
function bytesOf(lines: AsyncIterable<string>): ReadableStream<Uint8Array> {
  async function* chunks(): AsyncGenerator<string> {
    let chunk = "";
    for await (const line of lines) {
      chunk += line;
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = "";
    }
    if (chunk !== "") yield chunk;
  }
  return ReadableStream.from(chunks()).pipeThrough(new TextEncoderStream());
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, method } of routes) found.set(path, [...(found.get(path) ?? []), method]);
  return found;
}
