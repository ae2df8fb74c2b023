// The HTTP door: translates requests into calls of the runtime and answers into JSON, and decides nothing.
import { Hono } from "hono";
import { EscapementError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { AppEnv, AppOptions, AppSettings } from "./app-options.ts";
import { base } from "./base-path.ts";
import { guardBrowser } from "./browser-guard.ts";
import { mountRoutes } from "./mount-routes.ts";
import { mountPlaces } from "./places.ts";
import { problemResponse } from "./problem.ts";
import { requestIdOf } from "./request-id.ts";
import { apiRoutes } from "./routes.ts";
import { securityHeaders } from "./security-headers.ts";

/** `createApp(runtime).fetch(request)` is a plain fetch handler. */
export function createApp(runtime: Runtime, options: AppOptions = {}): Hono<AppEnv> {
  const settings: AppSettings = {
    tokens: [],
    page: true,
    // An input as large as a payload may be, and what stands around it.
    bodyLimitBytes: Math.max(1_048_576, runtime.payloadLimit + 65_536),
    onError: () => undefined,
    ...options,
  };
  const app = new Hono<AppEnv>();
  app.use(async (context, next) => {
    const requestId = requestIdOf(context.req.header("x-request-id"));
    context.set("requestId", requestId);
    await next();
    context.header("x-request-id", requestId);
    for (const [name, value] of securityHeaders) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
  });
  app.use(async (context, next) => {
    guardBrowser(context.req.raw, { tokens: settings.tokens.length > 0 });
    await next();
  });
  mountPlaces(app, runtime, settings);
  mountRoutes(app, apiRoutes(runtime), settings);
  answerFaults(app, settings);
  return app;
}

function answerFaults(app: Hono<AppEnv>, settings: AppSettings): void {
  app.notFound((context) => {
    const { method, path } = context.req;
    const error = new EscapementError(
      "request.not-found",
      `There is no ${method} ${path}: GET / names what is there, and the API begins with ${base}.`,
    );
    return problemResponse(error, context.get("requestId"));
  });
  app.onError((error, context) => {
    const requestId = context.get("requestId");
    const response = problemResponse(error, requestId);
    if (response.status === 500) settings.onError(error, requestId);
    return response;
  });
}
