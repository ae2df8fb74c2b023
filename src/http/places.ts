// The places beside the API: the front page, health for load balancers, metrics for Prometheus.
import type { Hono } from "hono";
import type { Runtime } from "../runtime/runtime.ts";
import { admit } from "./access.ts";
import type { AppEnv, AppSettings } from "./app-options.ts";
import { describeServer, frontPage } from "./front-page.ts";
import { createMetrics } from "./metrics.ts";
import { refuseOthers } from "./mount-routes.ts";

export function mountPlaces(app: Hono<AppEnv>, runtime: Runtime, settings: AppSettings): void {
  const { html, policy } = frontPage();
  const metrics = createMetrics(runtime);
  app.get("/", (context) => {
    const wantsPage = settings.page && (context.req.header("accept") ?? "").includes("text/html");
    if (!wantsPage) return context.json(describeServer());
    context.header("content-security-policy", policy);
    return context.html(html);
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    await runtime.ready();
    return context.json({ status: "ready" });
  });
  app.get("/metrics", async (context) => {
    admit(settings.tokens, context.req.header("authorization"), "viewer");
    return context.body(await metrics.read(), 200, { "content-type": metrics.contentType });
  });
  for (const path of ["/", "/healthz", "/readyz", "/metrics"]) refuseOthers(app, path, ["GET"]);
}
