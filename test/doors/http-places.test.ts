import { describe, expect, test } from "vitest";
import { httpWorld } from "./http-world.ts";

describe("places beside the API", () => {
  test("[HTP-26] healthz answers always, readyz while the node works", async () => {
    await using world = await httpWorld({ start: false });
    expect((await world.call("GET", "//healthz")).json).toEqual({ status: "ok" });
    const before = await world.call("GET", "//readyz");
    expect(before).toMatchObject({ status: 503, json: { code: "runtime.not-started" } });
    await world.runtime.start();
    expect((await world.call("GET", "//readyz")).json).toEqual({ status: "ready" });
    await world.runtime.stop();
    expect((await world.call("GET", "//healthz")).status).toBe(200);
    const after = await world.call("GET", "//readyz");
    expect(after.status).toBe(503);
    expect(after.headers.get("retry-after")).toBe("1");
  });

  test("[HTP-27] metrics count what happens", async () => {
    await using world = await httpWorld();
    world.runtime.action("say:slow", { run: (_, ctx) => new Promise(() => ctx.signal.throwIfAborted()) });
    await world.call("PUT", "/tasks/a", { type: "interval", schedule: "5s", action: "say:slow" });
    await world.call("POST", "/runs", { action: "say:no" });
    await world.runtime.clock.advance("12s");
    const { headers, text } = await world.call("GET", "//metrics");
    expect(headers.get("content-type")).toContain("text/plain");
    expect(text).toContain('escapement_runs{state="failed"} 1');
    expect(text).toContain('escapement_runs{state="running"} 1');
    expect(text).toContain('escapement_task_skips_total{reason="overlap"} 1');
    await world.call("POST", "/tasks/a/stop");
    await world.runtime.clock.advance("10s");
    await world.call("POST", "/tasks/a/start");
    expect((await world.call("GET", "//metrics")).text).toContain(
      'escapement_task_skips_total{reason="paused"} 2',
    );
    expect(text).toContain("escapement_task_lateness_seconds_count 1");
    expect(text).toContain("escapement_active_handlers 1");
    expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
    expect(text).toContain("process_resident_memory_bytes");
  });

  test("[HTP-28] the front page is a page for people and a list for programs", async () => {
    await using world = await httpWorld();
    const page = await world.call("GET", "//", undefined, { accept: "text/html,*/*;q=0.8" });
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'none'; style-src 'sha256-/);
    expect(page.text).toContain('href="/api/v1/tasks"');
    const list = await world.call("GET", "//");
    for (const { path } of list.json.places) {
      expect([path, (await world.call("GET", `/${path}`)).status]).toEqual([path, 200]);
      expect(page.text).toContain(`href="${path}"`);
    }
    await using plain = await httpWorld({ page: false });
    const answer = await plain.call("GET", "//", undefined, { accept: "text/html" });
    expect(answer.headers.get("content-type")).toContain("application/json");
  });
});
