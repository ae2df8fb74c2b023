import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { EscapementError } from "../../src/base/errors.ts";
import { problemView } from "../../src/contract/problem.ts";
import { createApp } from "../../src/http/app.ts";
import { statusOf } from "../../src/http/problem.ts";
import { apiRoutes } from "../../src/http/routes.ts";
import { httpWorld } from "./http-world.ts";

describe("faults over HTTP", () => {
  test("[HTP-11] the family of the code decides the status", () => {
    const status = (code: ConstructorParameters<typeof EscapementError>[0]): number =>
      statusOf(new EscapementError(code, ""));
    expect(status("task.invalid")).toBe(400);
    expect(status("run.not-found")).toBe(404);
    expect(status("run.conflict")).toBe(409);
    expect(status("storage.busy")).toBe(503);
    expect(status("storage.broken")).toBe(500);
  });

  test("[HTP-11] an error is a problem with a code and the request id", async () => {
    await using world = await httpWorld();
    const { status, headers, json } = await world.call("GET", "/tasks/nobody", undefined, {
      "x-request-id": "mine-7",
    });
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(json).toEqual({
      title: "Not Found",
      status: 404,
      detail: expect.stringContaining('"nobody"'),
      code: "task.not-found",
      requestId: "mine-7",
    });
  });

  test("[HTP-12] every parameter that is wrong has its issue", async () => {
    await using world = await httpWorld();
    const fields = async (path: string): Promise<unknown> => {
      const { status, json } = await world.call("GET", path);
      expect(status).toBe(400);
      return json.issues.map(({ field }: { field: string }) => field).toSorted();
    };
    expect(await fields("/runs?state=done&limit=0&from=soon&color=red")).toEqual([
      "color",
      "from",
      "limit",
      "state",
    ]);
    expect(await fields("/runs?limit=1&limit=2")).toEqual(["limit"]);
    expect(await fields("/runs?limit=1001")).toEqual(["limit"]);
    expect(await fields("/tasks?enabled=yes")).toEqual(["enabled"]);
    expect(await fields("/journal?after=-1&category=none")).toEqual(["after", "category"]);
    expect(await fields("/tasks/a/explain")).toEqual(["at"]);
    const missing = await world.call("POST", "/runs", {});
    expect(missing.json.issues).toEqual([{ field: "action", message: "is missing" }]);
  });

  test("[HTP-14] a body that cannot be read is refused for what it is", async () => {
    await using world = await httpWorld({ bodyLimitBytes: 100 });
    const send = async (
      body: string | Uint8Array<ArrayBuffer> | ReadableStream,
      headers: Record<string, string> = {},
    ): Promise<unknown> => {
      const response = await world.app.request("/api/v1/runs", {
        method: "POST",
        body,
        duplex: "half",
        headers: { "content-type": "application/json", ...headers },
      });
      return [response.status, problemView.parse(await response.json()).code];
    };
    expect(await send("{")).toEqual([400, "json.invalid"]);
    expect(await send(new Uint8Array([0x22, 0xff, 0x22]))).toEqual([400, "json.invalid"]);
    expect(await send("a=1", { "content-type": "text/plain" })).toEqual([415, "request.wrong-type"]);
    expect(await send("{}", { "content-type": "" })).toEqual([415, "request.wrong-type"]);
    expect(await send("{}", { "content-type": "application/json; charset=latin1" })).toEqual([
      415,
      "request.wrong-type",
    ]);
    expect(await send("{}", { "content-encoding": "gzip" })).toEqual([415, "request.wrong-type"]);
    expect(await send("{}", { "content-type": "application/json; charset=UTF-8" })).toEqual([
      400,
      "run.invalid",
    ]);
    expect(await send(`"${"x".repeat(99)}"`)).toEqual([413, "request.too-large"]);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("[1],")),
    });
    expect(await send(stream)).toEqual([413, "request.too-large"]);
  });

  test("[HTP-14] a body that is nested without end is refused before anybody walks over it", async () => {
    await using world = await httpWorld();
    const nested = (depth: number): string =>
      `{"action":"say:hello","input":${"[".repeat(depth)}"]]]"${"]".repeat(depth)}}`;
    expect((await world.call("POST", "/runs", nested(150))).status).toBe(201);
    const escaped = await world.call(
      "POST",
      "/runs",
      `{"action":"say:hello","input":"${'\\"['.repeat(300_000)}"}`,
    );
    expect(escaped.status).toBe(201);
    for (const depth of [300, 200_000]) {
      expect(await world.call("POST", "/runs", nested(depth))).toMatchObject({
        status: 400,
        json: { code: "json.invalid" },
      });
    }
  });

  test("[HTP-15] unknown paths and unknown methods are problems, too", async () => {
    await using world = await httpWorld();
    for (const path of ["/nothing", "//api", "//api/v2/tasks", "/tasks/a/b/c", "//index.php"]) {
      const { status, json } = await world.call("GET", path);
      expect([path, status, json.code]).toEqual([path, 404, "request.not-found"]);
    }
    const { status, headers, json } = await world.call("PATCH", "/tasks/a", {});
    expect([status, json.code]).toEqual([405, "request.wrong-method"]);
    expect(headers.get("allow")).toBe("GET, PUT, DELETE, HEAD");
    for (const path of ["/tasks", "/runs/counts", "/journal", "/control", "//", "//healthz"]) {
      expect((await world.call("DELETE", path)).status).toBe(405);
    }
  });

  test("[HTP-16] an error that nobody foresaw stays inside", async () => {
    await using world = await httpWorld();
    const heard = vi.fn<(error: unknown, requestId: string) => void>();
    const runs = Object.assign(Object.create(world.runtime.runs), {
      counts: () => Promise.reject(new TypeError("secret /etc/passwd")),
    });
    const app = createApp({ ...world.runtime, runs }, { onError: heard });
    const response = await app.request("/api/v1/runs/counts", { headers: { "x-request-id": "r1" } });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain("r1");
    expect(text).not.toContain("secret");
    expect(heard).toHaveBeenCalledWith(expect.any(TypeError), "r1");
  });

  test("[HTP-17] whatever is sent to whatever route, the answer is JSON and never 500", async () => {
    await using world = await httpWorld();
    await world.call("PUT", "/tasks/a", { type: "interval", schedule: "1h", action: "say:hello" });
    world.runtime.process("counter", {
      state: z.number(),
      initial: () => 0,
      messages: { add: { input: z.number(), handle: (sum, by) => ({ state: sum + by }) } },
    });
    await world.runtime.processes.send("counter/a", "add", 1);
    const routes = apiRoutes(world.runtime);
    const words = [
      "a",
      "nobody",
      "all",
      "task:a",
      "soon",
      "5s",
      "-1",
      "1e99",
      "2026-01-01",
      "\u0000",
      "💥",
      "{}",
      "",
    ];
    const word = fc.oneof(fc.constantFrom(...words), fc.string());
    const names =
      "id type schedule action params task items input delay at from to limit after before count tags per as message key skip";
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .dictionary(fc.constantFrom(...names.split(" ")), fc.oneof(word, fc.jsonValue()), { maxKeys: 5 })
        .map((value) => JSON.stringify(value)),
    );
    const request = fc.record({
      route: fc.constantFrom(...routes),
      id: word,
      query: fc.dictionary(fc.constantFrom(...names.split(" "), "state", "q"), word, { maxKeys: 3 }),
      body,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ route, id, query, body }) => {
        const path = route.path
          .replace(":name", "counter")
          .replace(":id", encodeURIComponent(id.toWellFormed()));
        const { status, json, text } = await world.call(
          route.method,
          `${path}?${new URLSearchParams(query).toString()}`,
          route.method === "GET" ? undefined : body,
        );
        expect([status, text]).not.toEqual([500, text]);
        const isText = status === 200 && !route.types.includes("application/json");
        expect(status === 204 || isText || json !== undefined).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
