// The places beside the API: the front page, the description of the API, health for load balancers, metrics for Prometheus.
import type { Hono } from "hono";
import type { Runtime } from "../runtime/runtime.ts";
import { admit } from "./access.ts";
import type { AppEnv, AppSettings } from "./app-options.ts";
import { describeServer, frontPage } from "./front-page.ts";
import { docsPage } from "./docs-page.ts";
import { createMetrics } from "./metrics.ts";
import { refuseOthers } from "./mount-routes.ts";
import { describeApi, type OpenApiNode } from "./openapi.ts";
import { apiRoutes } from "./routes.ts";
import { version } from "./version.ts";

export function mountPlaces(app: Hono<AppEnv>, runtime: Runtime, settings: AppSettings): void {
  const { html, policy } = frontPage();
  const metrics = createMetrics(runtime);
  app.get("/", (context) => {
    const wantsPage = settings.page && (context.req.header("accept") ?? "").includes("text/html");
    if (!wantsPage) return context.json(describeServer());
    context.header("content-security-policy", policy);
    return context.html(html);
  });
  mountDescription(app, runtime);
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    await runtime.ready();
    return context.json({ status: "ready" });
  });
  app.get("/metrics", async (context) => {
    admit(settings.tokens, context.req.header("authorization"), "viewer");
    return context.body(await metrics.read(), 200, { "content-type": metrics.contentType });
  });
  for (const path of ["/", "/openapi.json", "/docs", "/healthz", "/readyz", "/metrics"])
    refuseOthers(app, path, ["GET"]);
}

/** The API as a document and as a page, drawn when somebody first asks. */
function mountDescription(app: Hono<AppEnv>, runtime: Runtime): void {
  let api: OpenApiNode | undefined;
  const describe = (): OpenApiNode => (api ??= describeApi(apiRoutes(runtime), version()));
  app.get("/openapi.json", (context) => context.json(describe()));
  app.get("/docs", (context) => {
    const { html, policy } = docsPage(describe());
    context.header("content-security-policy", policy);
    return context.html(html);
  });
}
